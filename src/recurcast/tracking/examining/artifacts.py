"""The rights that a run needs where artifacts are kept, each tried with a file of some bytes that does not stay."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from recurcast.masking import masked
from recurcast.tracking.reaching import expect_writable_artifacts

_FILE, _CONTENT = "recurcast-doctor.txt", "written by recurcast doctor, and removed again\n"
_LONGEST = 300


@dataclass(frozen=True)
class Right:
    """A right and why it was refused; an empty reason where it was granted."""

    name: str
    refused: str


@dataclass(frozen=True)
class TriedPlace:
    """What was tried below a place, in order; `left` is the address of a file that could not be removed."""

    location: str
    rights: tuple[Right, ...]
    left: str = ""

    @property
    def refused(self) -> tuple[Right, ...]:
        """Return the rights that were refused."""
        return tuple(each for each in self.rights if each.refused)


def try_artifacts(location: str, tracking_uri: str) -> TriedPlace:
    """Return which rights this process has below the location: put, list, get, delete.

    StoreUnavailable says that nothing is installed that could write there.
    """
    expect_writable_artifacts(location)
    address = f"{location.rstrip('/')}/recurcast-doctor-{uuid4().hex}"
    repository = get_artifact_repository(address, tracking_uri=tracking_uri)
    rights = tuple(_tried(repository))
    written = any(each.name == "put" and not each.refused for each in rights)
    stayed = written and any(each.name == "delete" and each.refused for each in rights)
    return TriedPlace(location, rights, f"{address}/{_FILE}" if stayed else "")


def _tried(repository: Any) -> Iterator[Right]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / _FILE).write_text(_CONTENT)
        (folder / "got").mkdir()
        put = _right("put", lambda: repository.log_artifact(str(folder / _FILE)))
        yield put
        yield _right(
            "list", lambda: _expect([each.path for each in repository.list_artifacts()] == [_FILE] or put.refused)
        )
        if put.refused:
            return  # of what is not there nobody can tell whether one may read it
        yield _right("get", lambda: _expect(_content(repository, folder / "got") == _CONTENT))
        yield _right("delete", lambda: _gone(repository))


def _content(repository: Any, folder: Path) -> str:
    return Path(repository.download_artifacts(_FILE, str(folder))).read_text()


def _gone(repository: Any) -> None:
    repository.delete_artifacts()
    if _listed(repository):  # of S3 MLflow does not look at what is said of each object
        raise LookupError("nothing was said, and it is still there")


def _listed(repository: Any) -> bool:
    """Whether something is still there; whoever may not list is told so by that right."""
    try:
        return bool(repository.list_artifacts())
    except Exception:
        return False


def _expect(holds: object) -> None:
    if not holds:
        raise LookupError("what was written is not what is there")


def _right(name: str, act: Callable[[], object]) -> Right:
    try:
        act()
    except Exception as error:  # each kind of place has errors of its own
        said = " ".join(masked(str(error)).split()) or type(error).__name__
        return Right(name, said[:_LONGEST])
    return Right(name, "")
