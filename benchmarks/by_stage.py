"""One `recurcast` command that notes what its stages take. Usage: by_stage.py NOTES ARGUMENT... (of `recurcast`).

NOTES becomes a JSON file: for each stage of the last interval, in order, seconds on the wall and on the processors, and
how many of these went into imports. Measured from outside: the chain is given a progress that looks at the clocks, and
`import` one that does. What comes before the chain (interpreter, command line, configuration, ticks) is `start`.
"""

import builtins
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _since_process_start() -> float:
    """Seconds on the wall since the kernel made this process; Linux."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


class _Notes:
    """Clocks at the borders of stages, and imports within them; those inside another import count once."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._name = "start"
        self._begin = (time.perf_counter() - _since_process_start(), 0.0)
        self._imports = [0.0, 0.0]
        self._depth = 0

    def stage(self, name: str) -> None:
        now = (time.perf_counter(), time.process_time())
        wall, cpu = now[0] - self._begin[0], now[1] - self._begin[1]
        noted = {"wall": wall, "cpu": cpu, "import wall": self._imports[0], "import cpu": self._imports[1]}
        self.stages[self._name] = noted
        self._name, self._begin, self._imports = name, now, [0.0, 0.0]

    def importing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def importer(*arguments: Any, **named: Any) -> Any:
            if self._depth:
                return original(*arguments, **named)
            self._depth, begin = 1, (time.perf_counter(), time.process_time())
            try:
                return original(*arguments, **named)
            finally:
                self._depth = 0
                self._imports[0] += time.perf_counter() - begin[0]
                self._imports[1] += time.process_time() - begin[1]

        return importer


def main() -> None:
    """Run the command; whatever becomes of it, the notes are written."""
    notes, target = _Notes(), Path(sys.argv[1])
    builtins.__import__ = notes.importing(builtins.__import__)
    importlib.import_module = notes.importing(importlib.import_module)
    from recurcast import environment
    from recurcast.cli import main as cli

    environment.prepare()
    from recurcast.pipelines import train as pipeline

    run_interval = pipeline.run_interval

    def noted(request: Any, stages: Any, progress: Any = None) -> Any:
        class Progress:
            def stage(self, name: str) -> None:
                notes.stage(name)
                if progress is not None:
                    progress.stage(name)

            def epoch(self, *arguments: Any) -> None:
                if progress is not None:
                    progress.epoch(*arguments)

        return run_interval(request, stages, Progress())

    pipeline.run_interval = noted
    sys.argv = ["recurcast", *sys.argv[2:]]
    try:
        cli.main()
    finally:
        notes.stage("end")
        target.write_text(json.dumps(notes.stages))


if __name__ == "__main__":
    main()
