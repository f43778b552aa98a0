"""`recurcast explain`."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from recurcast.cli.commands.stated import stated_as_of
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.instants import format_instant
from recurcast.pipelines.explain import Explained, explain


def show_importances(name: str | None, as_of: str | None, *, as_json: bool) -> None:
    """Print what each input beside y is worth to the champion, and draw it."""
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name or only_pipeline(root, "explain"))
    found = explain(deployment.pipeline, stated_as_of(as_of, deployment), root)
    if as_json:
        print(json.dumps(_plain(found)))  # noqa: T201
    else:
        _print(Console(), found)


def _print(console: Console, found: Explained) -> None:
    told = found.importances
    title = (
        f"{found.pipeline.name}: version {found.version} ({found.cell}), judged weights, {told.windows:,} test windows as of "
        f"{format_instant(found.as_of)}"
    )
    unit = f" in {found.pipeline.unit}" if found.pipeline.unit else ""
    table = Table(title=title, title_justify="left", box=SIMPLE, collapse_padding=True)
    table.add_column("input of another window")
    table.add_column(f"MAE{unit}", justify="right")
    table.add_column("worse by", justify="right")
    table.add_row("none: as it was", f"{told.mae:.4g}", "")
    for each in told.inputs:
        table.add_row(each.name, f"{each.mae:.4g}", f"{each.mae / told.mae - 1:+.1%}" if told.mae else "")
    console.print(table)
    console.print(f"drawn in {found.chart}, and with MLflow run {found.run_id}", highlight=False, soft_wrap=True)


def _plain(found: Explained) -> dict[str, object]:
    return {
        "pipeline": found.pipeline.name,
        "model_version": found.version,
        "cell": found.cell,
        "as_of": format_instant(found.as_of),
        "mae": found.importances.mae,
        "windows": found.importances.windows,
        "inputs": [asdict(each) for each in found.importances.inputs],
        "chart": str(found.chart),
        "run_id": found.run_id,
    }
