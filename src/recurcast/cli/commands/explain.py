"""`recurcast explain`."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from recurcast.cli.commands.stated import stated_as_of
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.evaluation.importance import Importances
from recurcast.evaluation.looks import Looks
from recurcast.instants import format_instant
from recurcast.pipelines.explain import Explained, explain

_MOST_STEPS = 8


def show_importances(name: str | None, as_of: str | None, *, as_json: bool) -> None:
    """Print what each input beside y is worth to the champion, which past steps it looks at, and draw both."""
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name or only_pipeline(root, "explain"))
    found = explain(deployment.pipeline, stated_as_of(as_of, deployment), root)
    if as_json:
        print(json.dumps(_plain(found)))  # noqa: T201
    else:
        _print(Console(), found)


def _print(console: Console, found: Explained) -> None:
    version = f"{found.pipeline.name}: version {found.version} ({found.cell}), judged weights"
    as_of = f"test windows{found.on.told} as of {format_instant(found.as_of)}"
    if found.importances is not None:
        _print_inputs(
            console, found.importances, f"{version}, {found.importances.windows:,} {as_of}", found.pipeline.unit
        )
        _say_where(console, found.chart, found.run_id)
    if found.looks is not None:
        _print_steps(console, found.looks, f"{version}, {found.looks.windows:,} {as_of}")
        _say_where(console, found.attention_chart, found.run_id)


def _print_inputs(console: Console, told: Importances, title: str, unit: str) -> None:
    table = Table(title=title, title_justify="left", box=SIMPLE, collapse_padding=True)
    table.add_column("input of another window")
    table.add_column(f"MAE in {unit}" if unit else "MAE", justify="right")
    table.add_column("worse by", justify="right")
    table.add_row("none: as it was", f"{told.mae:.4g}", "")
    for each in told.inputs:
        table.add_row(each.name, f"{each.mae:.4g}", f"{each.mae / told.mae - 1:+.1%}" if told.mae else "")
    console.print(table)


def _print_steps(console: Console, told: Looks, title: str) -> None:
    table = Table(title=title, title_justify="left", box=SIMPLE, collapse_padding=True)
    table.add_column("steps back", justify="right")
    for name in ("share", "10th to 90th percentile", "of an even share"):
        table.add_column(name, justify="right")
    for look in told.most[:_MOST_STEPS]:
        times = look.share / told.even
        table.add_row(look.told, f"{look.share:.1%}", f"{look.low:.1%} to {look.high:.1%}", f"{times:.1f} times")
    console.print(table)


def _say_where(console: Console, chart: Path | None, run_id: str) -> None:
    console.print(f"drawn in {chart}, and with MLflow run {run_id}", highlight=False, soft_wrap=True)


def _plain(found: Explained) -> dict[str, object]:
    told, seen = found.importances, found.looks
    return {
        "pipeline": found.pipeline.name,
        "model_version": found.version,
        "cell": found.cell,
        "as_of": format_instant(found.as_of),
        "mae": None if told is None else told.mae,
        "windows": told.windows if told is not None else seen.windows if seen is not None else 0,
        "series": found.on.series,
        "of_series": found.on.of,
        "inputs": [] if told is None else [asdict(each) for each in told.inputs],
        "chart": None if found.chart is None else str(found.chart),
        "attention": [] if seen is None else [asdict(each) for each in seen.each],
        "attention_chart": None if found.attention_chart is None else str(found.attention_chart),
        "run_id": found.run_id,
    }
