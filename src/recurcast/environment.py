"""The place where a run happens: what must be set before heavy libraries are imported, and what keeps them quiet."""

import contextlib
import gc
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

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

_MANY_MODULES = 50
"""What is frozen is never looked at again, so only what is worth it: an import, and no other objects of the moment."""


def prepare() -> None:
    """Set what the user has not set: no telemetry, quiet start-up."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    for library in (
        "great_expectations",
        "alembic",
        "mlflow.pyfunc",
    ):  # on a worker their notes would stand in the run's log
        logging.getLogger(library).setLevel(logging.WARNING)


def silence() -> None:
    """Keep other libraries' chatter off the terminal; errors still come through as exceptions."""
    for library in ("mlflow", "alembic", "great_expectations", "prefect", "tensorflow", "absl", "matplotlib", "git"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
    warnings.filterwarnings("ignore", module=r"(mlflow|great_expectations|prefect|keras|tensorflow|pydantic)(\..*)?")


def import_tensorflow() -> ModuleType:
    """Return tensorflow, imported without the lines that its C++ core writes to file descriptor 2."""
    prepare()
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    with importing(), _stderr_closed():
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
