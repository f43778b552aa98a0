"""Requests as anybody sends them: with a server's own password or, as a stranger, with none."""

import json
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from recurcast.masking import bare_address, user_of
from recurcast.scheduling.clock import now
from recurcast.stack.hosts import is_loopback

_LONGEST = 4.0  # seconds
_NOT_ALLOWED = (401, 403)


@dataclass(frozen=True)
class Answer:
    """What came back; `status` is 0 where nothing did, and `text` then says why."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    before: datetime = datetime.min
    after: datetime = datetime.min
    seconds: float = 0.0

    @property
    def refused(self) -> bool:
        """Return whether a password is wanted, or another one."""
        return self.status in _NOT_ALLOWED

    @property
    def good(self) -> bool:
        """Return whether the request was answered as it was meant."""
        return 200 <= self.status < 300


def ask(address: str, path: str, body: Any = None, user: tuple[str, str] | None = None, method: str = "") -> Answer:
    """Return what a server answers within some seconds; it never raises. Without `user` it is asked as by a stranger."""
    content = None if body is None else json.dumps(body).encode()
    before, began = now(), time.monotonic()
    try:
        request = urllib.request.Request(
            bare_address(address).rstrip("/") + path, content, method=method or ("GET" if body is None else "POST")
        )
        request.add_header("Content-Type", "application/json")
        if user is not None:
            request.add_header("Authorization", f"Basic {b64encode(':'.join(user).encode()).decode()}")
        with urllib.request.urlopen(request, timeout=_LONGEST) as answer:
            status, headers, said = answer.status, answer.headers, answer.read(100_000)
    except HTTPError as error:
        status, headers, said = error.code, error.headers, error.read(100_000)
    except (OSError, ValueError, HTTPException) as error:
        return Answer(0, str(getattr(error, "reason", error)))
    told = {name.lower(): value for name, value in headers.items()}
    after, seconds = now(), time.monotonic() - began
    return Answer(status, said.decode(errors="replace"), told, before, after, seconds)


def user_named_in(address: str) -> tuple[str, str] | None:
    """Return user and password of an address, if it has some."""
    try:
        return user_of(address)
    except ValueError:
        return None


def of_this_machine(address: str) -> bool:
    """Return whether only this machine can reach the address."""
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False
