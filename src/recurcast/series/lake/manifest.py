"""What a lake says of itself: its files, what each of them holds, and a digest by which a file that changed is known."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recurcast.errors import DataRejected

MANIFEST = "_lake.json"
"""Its file; folders are read without what begins with an underscore."""
_VERSION = 1


@dataclass(frozen=True)
class LakeFile:
    """A file: its bytes and their digest; the sum of its rows' hashes; what it holds, instants as ISO 8601."""

    name: str
    place: int
    """Which of the places of the hash its series have."""
    size: int
    content: str
    sums: tuple[int, int, int]
    rows: int
    series: int
    first: str
    last: str


@dataclass(frozen=True)
class Manifest:
    """The files of a lake in the order of their places, of `places` at most; `columns` are theirs beside id, time and y."""

    places: int
    columns: tuple[str, ...]
    files: tuple[LakeFile, ...]

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return sum(file.rows for file in self.files)

    @property
    def series(self) -> int:
        """Return how many series there are."""
        return sum(file.series for file in self.files)

    @property
    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(file.size for file in self.files)

    @property
    def ends(self) -> tuple[str, str]:
        """Return the first and the last instant."""
        return min(file.first for file in self.files), max(file.last for file in self.files)

    def to_json(self) -> str:
        """Return it as JSON."""
        told = {"recurcast_lake": _VERSION, "rows": self.rows, "series": self.series, **asdict(self)}
        return json.dumps(told, indent=1)


def manifest_of(text: str, shown: str) -> Manifest:
    """Return what a manifest says. Raises DataRejected where it is none."""
    try:
        told = json.loads(text)
        if told["recurcast_lake"] != _VERSION:
            raise ValueError(f"version {told['recurcast_lake']!r} is not {_VERSION}")
        files = tuple(LakeFile(**file | {"sums": tuple(file["sums"])}) for file in told["files"])
        return Manifest(told["places"], tuple(told["columns"]), files)
    except (ValueError, KeyError, TypeError) as error:
        raise DataRejected(
            "a lake's manifest is as `recurcast lake pack` wrote it",
            f"'{shown}' is not: {type(error).__name__} {error}",
            "Pack the lake again; without that file the folder is read like any other",
        ) from error


def content_digest(content: bytes) -> str:
    """Return the digest of a file's bytes."""
    return blake2b(content, digest_size=16).hexdigest()


def places_of(names: Iterable[str], places: int) -> NDArray[np.int64]:
    """Return in which file each series lies, shape `(n_names,)`: by a hash of its name, the same on every machine."""
    hashes = (int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) for name in names)
    return np.array([each % places for each in hashes], dtype=np.int64)
