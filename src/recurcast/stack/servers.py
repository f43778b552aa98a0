"""Which servers a stack needs of its own, and which run already, by the environment: those are used and never stopped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recurcast.environment import variables_kept
from recurcast.stack.processes import alive
from recurcast.stack.record import MLFLOW, PREFECT, RECORD, StackRecord, read_record

API_PATH = "/api"
_API, _TRACKING, _PASSWORD = "PREFECT_API_URL", "MLFLOW_TRACKING_URI", "PREFECT_API_AUTH_STRING"
_HTTP = ("http://", "https://")


@dataclass(frozen=True)
class Servers:
    """The addresses of servers that are somebody else's; none where the stack starts its own."""

    prefect: str | None
    mlflow: str | None


def servers(record: StackRecord) -> Servers:
    """Return which servers are somebody else's.

    An address of the stack itself may stand in the environment too, so that Prefect's own commands find it.
    """
    tracking = os.environ.get(_TRACKING, "").rstrip("/")
    return Servers(
        prefect=_foreign(_named_api(), record, PREFECT),
        mlflow=_foreign(tracking, record, MLFLOW) if tracking.startswith(_HTTP) else None,
    )


def mlflow_store(root: Path) -> str:
    """Return the store that MLflow's page is over: the one that the environment names, or the project's own."""
    from recurcast.tracking.store import embedded_uri

    tracking = os.environ.get(_TRACKING, "")
    return tracking if tracking and not tracking.startswith(_HTTP) else embedded_uri(root)


def adopt(start: Path) -> None:
    """Let this process talk to the running stack of the project around the folder, unless a server is named already."""
    if os.environ.get(_API):
        return
    root = next((folder for folder in (start, *start.parents) if os.path.isfile(folder / RECORD)), None)
    part = read_record(root).parts.get(PREFECT) if root else None
    if alive(part) and part is not None:
        _name(part.address)


@contextmanager
def talking_to(address: str) -> Iterator[None]:
    """Talk to the Prefect server at this address inside, such as http://127.0.0.1:4200; so do processes started there."""
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    with variables_kept(_API, _PASSWORD):
        _name(address)
        settings = {PREFECT_API_URL: os.environ[_API], PREFECT_API_AUTH_STRING: os.environ.get(_PASSWORD)}
        with temporary_settings({key: value for key, value in settings.items() if value}):
            yield


def _name(address: str) -> None:
    os.environ[_API] = address + API_PATH
    password = os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    if password:
        os.environ.setdefault(_PASSWORD, password)


def _foreign(address: str, record: StackRecord, part: str) -> str | None:
    own = record.parts.get(part)
    return None if not address or (own is not None and address == own.address) else address


def _named_api() -> str:
    """The server that PREFECT_API_URL names, or else Prefect's profile, without the path of its API."""
    chosen = os.environ.get(_API)
    if chosen is None:
        from prefect.settings import get_current_settings

        chosen = str(get_current_settings().api.url or "")
    return chosen.rstrip("/").removesuffix(API_PATH)
