"""The place where a run happens: what must be set before heavy libraries are imported, and what keeps them quiet."""

import contextlib
import gc
import logging
import os
import platform
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from recurcast.errors import ConfigurationError
from recurcast.lean import without_unused
from recurcast.masking import masked
from recurcast.own_warnings import show_own_warnings

THREADS = "TF_NUM_INTRAOP_THREADS"
_DEFAULTS = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GIT_PYTHON_REFRESH": "quiet",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

_SILENCE = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "MLFLOW_LOGGING_LEVEL": "CRITICAL"}
_SILENCED = "RECURCAST_SILENCED"
"""Names the variables that were set to keep this terminal quiet, and not by the user; inherited as they are."""

_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_LOUD = ("mlflow", "alembic", "great_expectations", "prefect", "tensorflow", "absl", "matplotlib", "git", "distributed")
_MANY_MODULES = 50
"""What is frozen is never looked at again, so only what is worth it: an import, and no other objects of the moment."""


def prepare() -> None:
    """Set what the user has not set: no telemetry, quiet start-up; logs without passwords."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    for library in (
        "great_expectations",
        "alembic",
        "mlflow.pyfunc",
    ):  # on a worker their notes would stand in the run's log
        logging.getLogger(library).setLevel(logging.WARNING)
    if not isinstance(logging.getLogRecordFactory(), _MaskedRecords):
        logging.setLogRecordFactory(_MaskedRecords(logging.getLogRecordFactory()))


class _MaskedRecords:
    """Makes records of any logger, a library's too, that hold no password: on a worker they go to Prefect's server."""

    def __init__(self, made_by: Callable[..., logging.LogRecord]) -> None:
        self._made_by = made_by

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record = self._made_by(*arguments, **named)
        with contextlib.suppress(TypeError, ValueError):  # whose arguments don't fit is told by logging itself
            said = record.getMessage()
            if masked(said) != said:
                record.msg, record.args = masked(said), ()
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            told = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            if masked(told) != told:
                record.exc_text = masked(told)  # which formatters take in place of their own
        return record


def silence() -> None:
    """Keep other libraries' chatter off the terminal; errors still come through as exceptions."""
    for library in _LOUD:
        logging.getLogger(library).setLevel(logging.CRITICAL)
    unset = [name for name in _SILENCE if name not in os.environ]
    if unset:
        os.environ.update({name: _SILENCE[name] for name in unset})
        os.environ[_SILENCED] = ",".join(unset)
    warnings.filterwarnings("ignore", module=r"(mlflow|great_expectations|prefect|keras|tensorflow|pydantic)(\..*)?")
    show_own_warnings()


def working_folder() -> Path:
    """Return the folder that one stands in. A ConfigurationError says that it is gone, or may not be looked into."""
    try:
        folder = Path.cwd()
    except OSError as error:
        raise ConfigurationError(
            f"a command is called in a folder that is there; the working folder can't be found: {error.strerror}. "
            "It was removed or moved, or one above it may not be read. Change into your project's folder."
        ) from error
    if not os.access(folder, os.X_OK):
        raise ConfigurationError(
            f"a command is called in a folder that may be looked into; '{folder}' may not be. "
            "Check its permissions, or change into your project's folder."
        )
    return folder


def with_voice() -> dict[str, str]:
    """Return the environment for a process whose output goes elsewhere: without what keeps this terminal quiet."""
    ours = {_SILENCED, *os.environ.get(_SILENCED, "").split(",")}
    return {name: value for name, value in os.environ.items() if name not in ours}


@contextlib.contextmanager
def variables_kept(*names: str) -> Iterator[None]:
    """Undo at the end what is done inside to these variables of the environment."""
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def import_tensorflow() -> ModuleType:
    """Return tensorflow, imported without the lines that its C++ core writes to file descriptor 2."""
    prepare()
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    _keep_programs()
    with importing(), _stderr_closed(), without_unused():
        tensorflow = import_module("tensorflow")
        import_module("keras")
    return tensorflow


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import heavy libraries inside: nobody looks for garbage among their objects, neither now nor later.

    There are a million of them, and none is garbage; to look through them again and again is an eighth of a cold run.
    """
    was_on, before = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > before + _MANY_MODULES:
            gc.freeze()
        if was_on:
            gc.enable()


def cache_folder() -> Path:
    """Return where this user's processes keep what can be made again at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recurcast"


def programs_folder() -> Path:
    """Return where compiled programs are kept between processes: a folder for each version and kind of processor.

    Machine code of another processor that shares the home folder would end the process.
    """
    made_for = "\n".join([version("tensorflow"), platform.machine(), processor(), *_of_processor("flags")])
    return cache_folder() / "programs" / blake2b(made_for.encode(), digest_size=8).hexdigest()


def processor() -> str:
    """Return the processor's name, which Python itself does not know on Linux."""
    return next(iter(_of_processor("model name")), platform.processor()) or "unknown"


def memory() -> int:
    """Return how many bytes this process may have: the machine's memory, or less where its control group says so."""
    import psutil

    held = int(psutil.virtual_memory().total)
    for limit in _MEMORY_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # "max" is no limit
            held = min(held, int(Path(limit).read_text()))
    return held


def processors() -> int:
    """Return on how many processors this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_operations(threads: int) -> None:
    """Let so many threads share TensorFlow's operations, where neither the user nor an earlier fit has said how many.

    TensorFlow asks once, at the first operation of the process. The last bits of large products hang on it.
    """
    os.environ.setdefault(THREADS, str(threads))


def threads() -> str:
    """Return how many threads share an operation of TensorFlow's; 0: as many as there are processors."""
    return os.environ.get(THREADS, "0")


def clear_programs() -> None:
    """Remove the compiled programs of this kind of machine."""
    for file in programs_folder().glob("*"):
        with contextlib.suppress(OSError):
            file.unlink()


def _keep_programs() -> None:
    """Let XLA keep its programs, unless the user has said otherwise or there is no place for them."""
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if "persistent_cache" in flags:
        return
    with contextlib.suppress(OSError, RuntimeError):
        folder = programs_folder()
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            os.environ["TF_XLA_FLAGS"] = f'{flags} --tf_xla_persistent_cache_directory="{folder}"'.strip()


def _of_processor(what: str) -> list[str]:
    """What Linux says of the first processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(what)][:1]


@contextlib.contextmanager
def _stderr_closed() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
