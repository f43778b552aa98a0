"""The address of a source's database: as the configuration writes it, its secrets as the environment has them."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from recurcast.config.interval_sources import SqlSource
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.masking import mask_address

if TYPE_CHECKING:
    from sqlalchemy import URL

_IN_MEMORY = ("", ":memory:")


@dataclass(frozen=True)
class Address:
    """Where a database is, and which: `database` is the file of one that is a file."""

    url: "URL"
    backend: str
    database: Path


def address_of(source: SqlSource, name: str, root: Path) -> Address:
    """Return the address of the source of the pipeline `name`; relative files start at `root`.

    Raises ConfigurationError where a variable of the environment is not set or holds no address, DataRejected where a
    database that is a file is not there.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    written = _filled_in(source, name)
    mask_address(written)
    try:
        url = make_url(written)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError(
            f"the address of a database is written like postgresql://user:password@host:5432/name; that of '{name}', "
            f"{source.url}, is not. Correct {'the variable' if source.variables else 'source.url'}; a sign such as @ or / in a "
            "password is written as %40 or %2F."
        ) from error
    backend = url.get_backend_name()
    file = root / (url.database or "")
    if backend not in ("sqlite", "duckdb"):
        return Address(url, backend, file)
    if (url.database or "") in _IN_MEMORY or not file.is_file():
        raise DataRejected(
            f"the database of '{name}' is a file that exists",
            f"{source.url} names '{url.database or ''}', which was not found",
            "Check source.url; relative paths start at the folder of prefect.yaml, and follow three slashes: sqlite:///loads.db",
        )
    read_only = f"sqlite:///file:{quote(str(file.absolute()))}?mode=ro&uri=true"
    return Address(make_url(read_only) if backend == "sqlite" else url, backend, file)


def _filled_in(source: SqlSource, name: str) -> str:
    unset = next((each for each in source.variables if not os.environ.get(each, "").strip()), None)
    if unset is not None:
        block = unset.lower().replace("_", "-")
        raise ConfigurationError(
            f"the source of '{name}' has its address in the environment variable {unset}; it is not set where this runs. "
            f"Set it to an address such as postgresql://host:5432/name, with user:password@ before it; a scheduled run also "
            f"takes Prefect's Secret block '{block}'."
        )
    # A user or a password that stands alone in its variable is not written as an address writes it: p@ss is p%40ss there.
    told, at, rest = source.url.rpartition("@")
    return _with_values(told, lambda value: quote(value, safe="")) + at + _with_values(rest, str)


def _with_values(text: str, spelled: Callable[[str], str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: spelled(os.environ[found[1]].strip()), text)
