"""Bytes that take long to make and can be made again at any time: kept with the user's caches, whole or not at all."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from recurcast.environment import cache_folder

_DIGEST = 32  # bytes


def new_database_file(folder: str, makers: Sequence[str]) -> Path:
    """Return where a database is kept that these packages make in SQLite: a file for their versions, and SQLite's."""
    made_by = [*(f"{name}-{version(name)}" for name in makers), sqlite3.sqlite_version]
    return cache_folder() / folder / "-".join(made_by)


def read_kept(file: Path) -> bytes | None:
    """Return what was kept, or none; a file that was damaged is no use."""
    with suppress(OSError):
        kept = file.read_bytes()
        if kept[:_DIGEST] == _digest(kept[_DIGEST:]):
            return kept[_DIGEST:]
    return None


def keep(file: Path, content: bytes) -> None:
    """Keep it, whole or not at all; a folder that can't be written costs the next one the time to make it."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(_digest(content) + content)
        os.replace(partial, file)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST).digest()
