"""Whether the parts answer, and whether they are of a version that ours understand."""

import time
import urllib.request
from base64 import b64encode
from contextlib import suppress
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path

from recurcast.errors import RecurcastError, StoreUnavailable
from recurcast.masking import bare_address, user_of
from recurcast.stack.processes import alive, last_words
from recurcast.stack.record import FOLDER, MLFLOW, PREFECT, Part, log_of

_HEALTH = {MLFLOW: "/health", PREFECT: "/api/health"}
_VERSION = {MLFLOW: "/version", PREFECT: "/api/admin/version"}
_LONGEST_START = 180.0  # seconds; a busy machine takes a minute, an old database is migrated first
_BETWEEN = 0.1
_UNREADABLE = (OSError, ValueError, HTTPException)
"""What is raised where nothing answers, or something else than a server of ours, or the address is none."""
_DATABASE = "its database does not let it in: start it, or correct PREFECT_SERVER_DATABASE_CONNECTION_URL"
_SIGNS = {
    "Can't locate revision": "its database is of a newer version: move {folder}/prefect away (MLflow is the memory, nothing "
    "else is lost), or install the newer one",
    "No space left": "make room on the disk",
    "database or disk is full": "make room on the disk",
    "Permission denied": "check the permissions of {folder}",
    "readonly database": "check the permissions of {folder}",
    "unable to open database": "check the permissions of {folder}",
    "address already in use": "another program has just taken its port: start again",
    "password authentication failed": _DATABASE,
    "InvalidAuthorizationSpecificationError": _DATABASE,
    "InvalidCatalogNameError": _DATABASE,
    "Connect call failed": _DATABASE,
    "Multiple exceptions: [Errno 111]": _DATABASE,
    "socket.gaierror": _DATABASE,
}


def answers(part: str, address: str, patience: float = 2) -> bool:
    """Return whether the server says that it is healthy, for which it has `patience` seconds."""
    with suppress(*_UNREADABLE), urllib.request.urlopen(_request(address, _HEALTH[part]), timeout=patience) as answer:
        return bool(answer.status == 200)
    return False


def wait_until_healthy(root: Path, part: Part) -> None:
    """Return once the part answers. A RecurcastError gives the last words of one that ended, or took too long."""
    deadline = time.monotonic() + _LONGEST_START
    while not answers(part.name, part.address):
        if not alive(part):
            raise RecurcastError(_why_it_ended(root, part))
        if time.monotonic() > deadline:
            raise RecurcastError(
                f"{part.name} answers within {_LONGEST_START:g} s of its start; it runs (process {part.pid}) and does not. "
                f"See 'recurcast logs {part.name}'."
            )
        time.sleep(_BETWEEN)


def expect_version(part: str, address: str) -> None:
    """Raise StoreUnavailable where a server that runs already is older than our client, which it would not understand."""
    try:
        with urllib.request.urlopen(_request(address, _VERSION[part]), timeout=5) as answer:
            theirs = answer.read().decode().strip().strip('"')
    except _UNREADABLE:
        return  # it wants a password, or is another one's gateway: the first request will tell
    ours = version(part)
    if _release(theirs) < _release(ours):
        raise StoreUnavailable(
            f"a server is at least as new as what asks it; received {part} {theirs} at {address}, and {part} {ours} here. "
            f"Update the server, or name another one."
        )


def _request(address: str, path: str) -> urllib.request.Request:
    """A request for a page; urllib does not know user and password in an address, and takes them for the host's name."""
    request = urllib.request.Request(bare_address(address) + path)
    user = user_of(address)
    if user is not None:
        request.add_header("Authorization", f"Basic {b64encode(':'.join(user).encode()).decode()}")
    return request


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(".")[:2] if number.isdigit())


def _why_it_ended(root: Path, part: Part) -> str:
    log = log_of(root, part.name)
    said = log.read_text(errors="replace")[-20_000:] if log.exists() else ""
    sign = max(_SIGNS, key=said.rfind)  # the newest: the log keeps those of earlier starts
    known = sign in said
    words = _line_with(sign, said) if known else last_words(root, part.name, 2) or "nothing"
    advice = _SIGNS[sign].format(folder=root / FOLDER) if known else "read its log"
    return (
        f"{part.name} ended as it started; it says: {words}. {advice[0].upper()}{advice[1:]} "
        f"('recurcast logs {part.name}')."
    )


def _line_with(sign: str, said: str) -> str:
    return next(line for line in reversed(said.splitlines()) if sign in line).strip()[:300].rstrip(".")
