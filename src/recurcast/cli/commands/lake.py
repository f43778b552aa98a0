"""`recurcast lake`."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from recurcast.config.project import find_root, load_pipeline
from recurcast.config.project_file import read_project_file
from recurcast.errors import ConfigurationError

if TYPE_CHECKING:
    from recurcast.config.kinds_of_source import Source
    from recurcast.config.source import ReadSource
    from recurcast.series.lake.manifest import Manifest


def pack_lake(packed: str, to: Path, files: int, covariates: tuple[str, ...], *, as_json: bool) -> None:
    """Pack a pipeline's source, or a folder, and print what the lake holds and how a pipeline names it."""
    source, name, root = _chosen(packed, covariates)
    from recurcast.series.lake.packing import pack

    manifest = pack(source, name, root, to, files)
    stated = _stated(source, to, root)  # type: ignore[arg-type]  # what is generated was refused
    if as_json:
        print(json.dumps(_plain(manifest, to, stated)))  # noqa: T201
    else:
        _print(Console(highlight=False, soft_wrap=True, markup=False), manifest, to, stated)


def _chosen(packed: str, covariates: tuple[str, ...]) -> "tuple[Source, str, Path]":
    if "://" not in packed and (not (Path.cwd() / packed).is_dir() or _is_pipeline(packed)):
        if covariates:
            raise ConfigurationError("--covariate names columns of a folder; a pipeline says its own. Leave it out.")
        root = find_root(Path.cwd())
        return load_pipeline(root, packed).pipeline.source, packed, root
    from recurcast.config.interval_sources import FolderSource
    from recurcast.config.source import Columns

    columns = Columns(unique_id="unique_id", covariates=covariates)
    return FolderSource(path=packed, columns=columns), "lake", Path.cwd()


def _is_pipeline(name: str) -> bool:
    """Whether a pipeline here is called so: a folder of the same name is meant by `./name`."""
    with suppress(ConfigurationError):
        return any(
            block.trains and block.name == name for block in read_project_file(find_root(Path.cwd())).deployments
        )
    return False


def _stated(source: "ReadSource", to: Path, root: Path) -> dict[str, Any]:
    """The block of a pipeline that reads the lake: what was said of how cells are written is done.

    What is known ahead is not packed, and its times are rounded as the source's were.
    """
    from recurcast.series.lake.packing import id_and_time

    named, timed = id_and_time(source)
    where = to.absolute()
    kept = {"timezone", "delay", "static"} | ({"known_ahead", "snap"} if source.known_ahead else set())
    said = source.model_dump(mode="json", exclude_defaults=True, include=kept)
    columns = source.columns.model_dump(mode="json", exclude_defaults=True) | {"unique_id": named, "ds": timed}
    path = where.relative_to(root) if where.is_relative_to(root) else where
    return {"kind": "folder", "path": str(path), "columns": columns} | said


def _plain(manifest: "Manifest", to: Path, stated: dict[str, Any]) -> dict[str, Any]:
    first, last = manifest.ends
    counts = {"files": len(manifest.files), "rows": manifest.rows, "series": manifest.series, "bytes": manifest.size}
    return {"lake": str(to), **counts, "first": first, "last": last, "source": stated}


def _print(console: Console, manifest: "Manifest", to: Path, stated: dict[str, Any]) -> None:
    import yaml

    first, last = manifest.ends
    console.print(
        f"{to}: {manifest.rows:,} rows of {manifest.series:,} series, {first} to {last}, in {len(manifest.files)} files of "
        f"{manifest.size / 1e6:,.1f} MB"
    )
    written = yaml.safe_dump(stated, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True).strip()
    console.print(f"A pipeline reads it with\n  source: {written}")
