"""The manifest that lies in a folder, and whether the folder has the files that it names."""

from typing import Any

from recurcast.config.interval_sources import FolderSource
from recurcast.errors import DataRejected
from recurcast.series.lake.manifest import MANIFEST, Manifest, manifest_of
from recurcast.series.reading.folder_files import File

_REMEDY = "Run again once nothing writes there; if that lasts, pack the lake again: `recurcast lake pack`"


def manifest_in(filesystem: Any, folder: str, source: FolderSource) -> Manifest | None:
    """Return the manifest that lies in a folder, or none. Raises DataRejected where it can't be read as one."""
    path = f"{folder.rstrip('/')}/{MANIFEST}"
    if not filesystem.exists(path):
        return None
    return manifest_of(filesystem.cat_file(path).decode(errors="replace"), f"{source.path}/{MANIFEST}")


def refuse_other_files(manifest: Manifest, files: tuple[File, ...], source: FolderSource, name: str) -> None:
    """Raise DataRejected where a folder with a manifest has other files than it names, or of other sizes."""
    found = {file.shown: file.size for file in files}
    for file in manifest.files:
        if file.name not in found:
            raise changed(name, source.path, f"'{file.name}' is not there")
        if found[file.name] != file.size:
            raise changed(name, source.path, f"'{file.name}' has {found[file.name]:,} bytes and not {file.size:,}")
    refuse_more_files(manifest, files, source, name)


def refuse_more_files(manifest: Manifest, files: tuple[File, ...], source: FolderSource, name: str) -> None:
    """Raise DataRejected where a folder with a manifest has a file that it does not name."""
    more = {file.shown for file in files} - {file.name for file in manifest.files}
    if more:
        raise changed(name, source.path, f"'{min(more)}' is none of them")


def changed(name: str, path: str, received: str) -> DataRejected:
    """Return what to raise where a lake is no longer what its manifest says."""
    return DataRejected(f"the lake of '{name}' ({path}) has the files that its manifest names", received, _REMEDY)
