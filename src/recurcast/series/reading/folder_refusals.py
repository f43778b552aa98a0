"""What goes wrong with a folder, in a sentence that names the source and the file."""

import contextlib
from collections.abc import Iterator

from recurcast.config.interval_sources import FolderSource
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.masking import masked
from recurcast.series.reading.watching import Stalled

_CREDENTIALS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, of somebody who may list and read it"
_EXTRAS = {"s3": "recurcast[s3]", "s3a": "recurcast[s3]", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}


class InFile(Exception):
    """What went wrong while a file was read."""

    def __init__(self, shown: str, error: Exception) -> None:
        super().__init__(shown)
        self.shown, self.error = shown, error

    @staticmethod
    @contextlib.contextmanager
    def told(shown: str) -> Iterator[None]:
        """Add to what goes wrong inside the name of the file."""
        try:
            yield
        except DataRejected as rejected:
            if shown in rejected.received:
                raise
            raise rejected.receiving(f"'{shown}': {rejected.received}") from rejected
        except Exception as error:
            raise InFile(shown, error) from error


def refusal_of(error: Exception, source: FolderSource, name: str) -> RecurcastError:
    """Return what to raise for what went wrong with the folder of the pipeline `name`."""
    if isinstance(error, RecurcastError):
        return error
    cause = error.error if isinstance(error, InFile) else error
    said = masked(next(iter(str(cause).splitlines()), "")) or type(cause).__name__
    of, received = (
        f"the folder of '{name}' ({source.path})",
        f"'{error.shown}': {said}" if isinstance(error, InFile) else said,
    )
    if isinstance(cause, ImportError | ValueError) and "://" in source.path and not isinstance(error, InFile):
        scheme = source.path.partition("://")[0]
        if isinstance(cause, ImportError) or scheme in said:
            package = _EXTRAS.get(scheme, f"the package of fsspec for {scheme}://")
            return ConfigurationError(
                f"{of} needs a package that is not installed: {said}. Install it: pip install '{package}'."
            )
    if isinstance(cause, Stalled):
        remedy = "Check the network, or take a longer source.timeout"
        return DataRejected(f"{of} gives its next rows within {source.timeout}", "it gave none for that long", remedy)
    rule, remedy = _rule_and_remedy(cause, remote="://" in source.path)
    return DataRejected(f"{of} {rule}", received, remedy)


def _rule_and_remedy(cause: Exception, *, remote: bool) -> tuple[str, str]:
    kind = type(cause).__name__
    if isinstance(cause, NotADirectoryError):
        return "is a folder", "Name the folder around that file, or take kind file"
    if isinstance(cause, FileNotFoundError):
        return "is there", "Check source.path; relative ones start at the folder of prefect.yaml"
    if isinstance(cause, PermissionError) or "Credentials" in kind:
        return "lets the run in", _CREDENTIALS if remote else "Check the permissions of its folders and files"
    if isinstance(cause, OSError) or (remote and not isinstance(cause, ValueError)):
        return "gives its files, whole", "Run again once it does; look into its own log where it goes on"
    if type(cause).__module__.startswith("pyarrow"):
        return "holds Parquet files that can be read", "Write that file again, or take it away"
    return "holds files that can be read", "Check source.format, and what writes that file"
