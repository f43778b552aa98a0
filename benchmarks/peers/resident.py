"""How much memory of a process is resident, and an end to what takes more than it may. Standard library alone; Linux."""

import os
import resource
import sys
import threading
import time
from pathlib import Path

_LOOK_AGAIN = 0.05  # seconds


def end_above(limit: float) -> None:
    """End this process with a word once more than so many GB of it are resident."""
    pages = limit * 1e9 / resource.getpagesize()

    def look() -> None:
        while int(Path("/proc/self/statm").read_text().split()[1]) < pages:
            time.sleep(_LOOK_AGAIN)
        sys.stdout.flush()
        os.write(1, f"ended: more than {limit:g} GB were resident\n".encode())
        os._exit(9)

    threading.Thread(target=look, daemon=True).start()


def most_mapped() -> int:
    """Return how much address space this process had at most, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmPeak")) / 1024)
