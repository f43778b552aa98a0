"""Passwords, tokens and keys: masked by one function in whatever leaves the process as text.

Two ways at once: by their form, as in `://user:password@host` and `?password=...`, and by their value, where the environment
holds them and a library's message has torn them out of their form (`Invalid port: 'word@host'`).
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TextIO, cast
from urllib.parse import quote, unquote, urlsplit

MASK = "***"
_OF_SOURCES: dict[str, None] = {}
"""Addresses of databases that this process has been told."""
_ADDRESSES = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_BACKEND_STORE_URI",
    "PREFECT_API_URL",
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
)
_PASSWORDS = (
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_AUTH_ADMIN_PASSWORD",
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_API_DATABASE_PASSWORD",
    "PREFECT_SERVER_DATABASE_PASSWORD",
    "PGPASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCESS_KEY",
)
_LEAST, _LEAST_OF_A_WORD = 6, 10
"""Letters of a value that is masked wherever it stands; a shorter one, or a plain word, would mask what is no secret."""
_NAMED = r"(?:pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|account)[_-]?key)[\w-]{0,40}"
_VALUE = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^&\s'\",;)\]}>]+)"
_FORMS = (
    # No password is expected to be longer, nor to hold another address: a cell of megabytes may not take minutes.
    (re.compile(r"://(?:(?!://)[^\s'\"<>]){1,4096}@"), f"://{MASK}@"),
    (re.compile(r"(?i)(%3a%2f%2f)[^\s'\"<>&]{1,4096}%40"), rf"\1{MASK}%40"),
    (re.compile(rf"(?i)({_NAMED}\s?=\s?){_VALUE}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)([?&;](?:pwd|pass|auth|sig|signature|key)=){_VALUE}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)({_NAMED}['\"]\s?:\s?)(['\"])[^'\"\n]*\2"), rf"\1\2{MASK}\2"),
    (re.compile(r"(?i)(authorization['\"]?\s?[:=,]\s?b?['\"]?(?:basic|bearer)\s)[^\s'\"]+"), rf"\1{MASK}"),
)
_IN_QUERY = re.compile(rf"(?i)(?:{_NAMED}|[?&;](?:pwd|pass|auth|sig|signature|key))=([^&#]*)")
_SAID = ("message", "reason", "filename", "strerror", "msg", "detail")
"""Where exceptions keep text besides their arguments."""


def masked(text: str) -> str:
    """Return the text without passwords: `://user:password@` is `://***@`, `password=...` is `password=***`."""
    addresses, passwords = (tuple(os.environ.get(name, "") for name in names) for names in (_ADDRESSES, _PASSWORDS))
    known = _known((*addresses, *_OF_SOURCES), passwords)
    if known is not None:
        text = known.sub(MASK, text)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text


def mask_address(address: str) -> None:
    """Mask from now on the password of an address wherever it stands, as those of addresses in the environment are."""
    _OF_SOURCES[address] = None


def mask_error(error: BaseException) -> None:
    """Mask what an error says, and those that it came from: whoever prints it, or its traceback, prints no password."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.args = tuple(_plain(argument) for argument in each.args)
        for name in (*_SAID, "__notes__"):
            said = getattr(each, name, None)
            if _plain(said) != said:
                with contextlib.suppress(AttributeError, TypeError):  # what can't be set is not what it prints
                    setattr(each, name, _plain(said))
        inner = (getattr(each, "orig", None), getattr(each, "reason", None), *each.args)
        waiting += [each.__cause__, each.__context__, *(one for one in inner if isinstance(one, BaseException))]


def bare_address(address: str) -> str:
    """Return an http address without user and password, as a link that others may read."""
    scheme, separator, rest = address.partition("://")
    end = next((at for at, sign in enumerate(rest) if sign in "/?#"), len(rest))
    return f"{scheme}{separator}{rest[:end].rpartition('@')[2]}{rest[end:]}" if separator else address


@contextlib.contextmanager
def masked_output() -> Iterator[None]:
    """Mask inside all that this process writes to its standard streams, whoever writes it."""
    out, err = (cast(TextIO, _Masked(stream)) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


class _Masked:
    """A stream that masks what is written to it, and is the stream behind it in all else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(masked(text))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _plain(said: Any) -> Any:
    if isinstance(said, str):
        return masked(said)
    return [_plain(each) for each in said] if isinstance(said, list) else said


@lru_cache(maxsize=8)
def _known(addresses: tuple[str, ...], passwords: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds the passwords that addresses hold, or are."""
    whole = [part for address in addresses for part in _in_address(address)]
    whole += [part for password in passwords for part in (password, password.partition(":")[2])]
    torn = [piece for each in whole for piece in re.split(r"[/?#@:\[\]]", each)]
    spelled = {form for each in (*whole, *torn) for form in (each, unquote(each), quote(unquote(each), safe=""))}
    found = sorted((each for each in spelled if _tells(each)), key=len, reverse=True)
    return re.compile("|".join(re.escape(each) for each in found)) if found else None


def _in_address(address: str) -> list[str]:
    rest = address.partition("://")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    # A password may hold a slash that should have been encoded; then the sign `@` stands later.
    told = (authority if "@" in authority or ":" not in authority else rest).rpartition("@")[0]
    user, _, password = told.partition(":")
    return [password or user, *_IN_QUERY.findall(rest)]


def _tells(value: str) -> bool:
    word = value.isalpha() and value.islower()
    return len(value) >= (_LEAST_OF_A_WORD if word else _LEAST)


def user_of(address: str) -> tuple[str, str] | None:
    """Return user and password of an http address, or none where it states no user."""
    parts = urlsplit(address)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
