"""`recurcast track`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from recurcast.config import PipelineConfig
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.evaluation.track_record import TrackedTick, TrackRecord
from recurcast.instants import format_instant


def show_track_record(name: str | None, last: int, *, as_json: bool) -> None:
    """Print how the champions forecast from tick to tick, beside the baseline, and draw it."""
    root = find_root(Path.cwd())
    pipeline = load_pipeline(root, name or only_pipeline(root, "track")).pipeline
    from recurcast.tracking.store import connect
    from recurcast.tracking.track_record import read_track_record

    record = read_track_record(connect(root), pipeline.name, last)
    chart = _draw(pipeline, record, root)
    if as_json:
        print(json.dumps(_plain(pipeline.name, record, chart)))  # noqa: T201
    else:
        _print(Console(), pipeline, record, chart)


def _draw(pipeline: PipelineConfig, record: TrackRecord, root: Path) -> Path | None:
    """The chart's file, or none where nothing is scored yet."""
    if all(tick.baseline_mae is None for tick in record.ticks):
        return None
    from recurcast.reporting.charts import png_of, track_chart

    chart = root / "data" / pipeline.name / "track.png"
    chart.parent.mkdir(parents=True, exist_ok=True)
    chart.write_bytes(png_of(track_chart(pipeline, record)))
    return chart


def _print(console: Console, pipeline: PipelineConfig, record: TrackRecord, chart: Path | None) -> None:
    name, baseline = pipeline.name, pipeline.gate.baseline
    if not record.ticks:
        console.print(
            f"Nothing is recorded of '{name}' yet: run it at a tick of its schedule (`recurcast run {name}`); "
            "the run of a later tick scores what its champion forecast.",
            highlight=False,
            soft_wrap=True,
        )
        return
    totals = record.totals
    title = f"{name}: MAE of champion and baseline ({baseline}), every origin once"
    table = Table(title=title, title_justify="left", box=SIMPLE, collapse_padding=True, show_footer=True)
    table.add_column("tick", footer="all scored", no_wrap=True)
    table.add_column("state", footer=f"{totals.ticks} tick{'' if totals.ticks == 1 else 's'}")
    for header, footer in (
        ("champion", ""),
        ("origins", str(totals.origins)),
        ("MAE", _figure(totals.champion_mae)),
        ("baseline", _figure(totals.baseline_mae)),
        ("skill", _figure(totals.skill)),
    ):
        table.add_column(header, footer=footer, justify="right")
    for level, share in totals.coverage.items():
        table.add_column(f"in {level}%", footer=f"{share:.1%}", justify="right")
    for tick in record.ticks:
        held = [f"{tick.coverage[level]:.1%}" if level in tick.coverage else "" for level in totals.coverage]
        table.add_row(format_instant(tick.as_of), tick.state, *_figures(tick), *held)
    console.print(table)
    if record.older:
        console.print(f"only the last {len(record.ticks)} ticks, totals included; --last N shows more", highlight=False)
    if record.pending:
        console.print(
            f"{len(record.pending)} pending from {format_instant(record.pending[0].as_of)} on: "
            "scored by the first run that knows all their targets",
            highlight=False,
            soft_wrap=True,
        )
    if chart is not None:
        console.print(f"drawn in {chart}", highlight=False, soft_wrap=True)


def _figures(tick: TrackedTick) -> tuple[str, ...]:
    champion = "" if tick.champion is None else f"v{tick.champion}"
    origins = str(tick.origins) if tick.origins else ""
    return champion, origins, *map(_figure, (tick.champion_mae, tick.baseline_mae, tick.skill))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _plain(name: str, record: TrackRecord, chart: Path | None) -> dict[str, Any]:
    ticks = [
        asdict(tick) | {"as_of": format_instant(tick.as_of), "next_tick": format_instant(tick.next_tick)}
        for tick in record.ticks
    ]
    return {
        "pipeline": name,
        "ticks": ticks,
        "older": record.older,
        "totals": asdict(record.totals),
        "pending": len(record.pending),
        "pending_from": format_instant(record.pending[0].as_of) if record.pending else None,
        "chart": None if chart is None else str(chart),
    }
