"""What `up` writes down for whoever comes later: the parts that it started, where they listen, who holds them."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TextIO

from recurcast.errors import RecurcastError

FOLDER = Path(".recurcast")
RECORD = FOLDER / "stack.json"
MLFLOW, PREFECT, WORKER = "mlflow", "prefect", "worker"


@dataclass(frozen=True)
class Part:
    """A process that leads a part of the stack; `created` tells it from a later one of the same number.

    `address` is where it listens, or which work pool it serves.
    """

    name: str
    pid: int
    created: float
    address: str


@dataclass(frozen=True)
class StackRecord:
    """The parts by their names, and the process of an `up` that waits in a terminal for ctrl-c."""

    parts: dict[str, Part] = field(default_factory=dict)
    holder: Part | None = None

    def having(self, part: Part) -> "StackRecord":
        """Return the record with this part in the place of an earlier one of its name."""
        return replace(self, parts={**self.parts, part.name: part})

    @property
    def workers(self) -> tuple[Part, ...]:
        """Return the parts that serve work pools."""
        return tuple(part for name, part in self.parts.items() if name.startswith(WORKER))


def read_record(root: Path) -> StackRecord:
    """Return what is recorded of the project's stack; empty where nothing is, or nothing that can be read."""
    try:
        content = json.loads((root / RECORD).read_text())
        holder = content.get("holder")
        parts = {name: Part(**part) for name, part in content["parts"].items()}
        return StackRecord(parts, Part(**holder) if holder else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return StackRecord()


def write_record(root: Path, record: StackRecord) -> None:
    """Write the record, whole or not at all."""
    partial = root / FOLDER / f".{RECORD.name}.{os.getpid()}"
    try:
        partial.write_text(json.dumps(asdict(record), indent=1))
        os.replace(partial, root / RECORD)
    finally:
        partial.unlink(missing_ok=True)


def remove_record(root: Path) -> None:
    """Remove the record: there is no stack."""
    (root / RECORD).unlink(missing_ok=True)


def log_of(root: Path, part: str) -> Path:
    """Return where a part's output goes."""
    return root / FOLDER / "logs" / f"{part}.log"


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the stack while it is started or stopped.

    A RecurcastError says that another process does so now, or that the stack's folder can't be written.
    """
    lock = root / FOLDER / "lock"
    try:
        opened = lock.open("w")
    except OSError as error:
        raise not_writable(root / FOLDER, error) from error
    with opened as held:
        if not _locked(held, lock):
            raise RecurcastError(
                "the stack is started or stopped by one process at a time; another one does so now. Try again when it is done."
            )
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def not_writable(folder: Path, error: OSError) -> RecurcastError:
    """Return the error to raise where the stack's folder can't be written."""
    return RecurcastError(
        f"the stack keeps its state in {folder}; it can't be written: {error.strerror}. "
        "Check the folder's permissions and the room on its disk."
    )


def _locked(held: TextIO, lock: Path) -> bool:
    """Lock the file, which its last holder may have removed since it was opened: then another one counts by now."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(held.fileno()).st_ino == lock.stat().st_ino
    except OSError:
        return False
