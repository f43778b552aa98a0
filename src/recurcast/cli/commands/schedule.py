"""`recurcast schedule`: the ticks to come."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from recurcast.cli.display.printing import plain, say
from recurcast.config.project import TrainingDeployment, find_root, load_pipeline, only_pipeline
from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant, format_length
from recurcast.scheduling.clock import now
from recurcast.scheduling.preview import IntervalPreview, SchedulePreview, preview
from recurcast.scheduling.ticks import first_tick_after

_DAYS, _DAYS_FOR_ODD_ONES = 7, 366  # a year holds both changes of the clock
_MOST_DAYS, _MOST_ROWS = 3660, 60
_WIDTH_OF_A_FILE = 160


def preview_schedule(name: str | None, days: int | None, *, only_odd: bool, as_json: bool) -> None:
    """Print the intervals that end from now on, within a week by default; the odd ones of a year with `only_odd`."""
    if days is not None and not 0 < days <= _MOST_DAYS:
        raise ConfigurationError(f"--days is 1 to {_MOST_DAYS}; received {days}. Change it, or leave it out.")
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name or only_pipeline(root, "schedule"))
    if not deployment.schedules:
        raise ConfigurationError(
            f"a preview shows the ticks of a pipeline's schedules; '{deployment.name}' has none. "
            'Add one in prefect.yaml, such as schedules: [{cron: "0 6 * * *", timezone: Europe/Amsterdam, slug: daily}].'
        )
    chosen = days or (_DAYS_FOR_ODD_ONES if only_odd else _DAYS)
    coming = preview(deployment.schedules, now(), chosen)
    rows = [each for each in coming.intervals if each.odd or not only_odd]
    if as_json:
        print(json.dumps(_plain(deployment, coming, rows)))  # noqa: T201
        return
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    if rows:
        console.print(_table(deployment, coming, rows[:_MOST_ROWS]))
    for sentence in _sentences(deployment, coming, rows, chosen):
        say(console, sentence)


def _table(deployment: TrainingDeployment, coming: SchedulePreview, rows: list[IntervalPreview]) -> Table:
    zones, several = _zones(deployment), len(deployment.schedules) > 1
    usual = "" if coming.usual is None else f", usual interval {format_length(coming.usual)}"
    table = Table(title=f"{deployment.name}: the ticks to come{usual}", title_justify="left", box=None, pad_edge=False)
    for column in ("tick", *zones, "interval from"):
        table.add_column(column, no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    for column in [*(["schedule"] if several else []), "unusual"]:
        table.add_column(column)
    for row in rows:
        cells = [
            format_instant(row.tick),
            *(f"{row.tick.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}" for zone in zones),
        ]
        cells += ["" if row.previous is None else f"{row.previous:%d %b %H:%MZ}"]
        cells += ["" if row.length is None else format_length(row.length)]
        cells += [", ".join(row.slugs)] if several else []
        cells += [(row.reason or "other length") if row.odd else ""]
        table.add_row(*map(plain, cells), style="yellow" if row.odd else None)
    return table


def _sentences(
    deployment: TrainingDeployment, coming: SchedulePreview, rows: list[IntervalPreview], days: int
) -> list[str]:
    said = []
    if not coming.intervals:
        later = first_tick_after(deployment.schedules, coming.start)
        what = "the last has passed" if later is None else f"the next is {format_instant(later)}"
        said.append(f"'{deployment.name}' has no tick in the next {days} days; {what}.")
    elif not rows and coming.usual is not None:
        said.append(f"All intervals of the next {days} days have the usual length, {format_length(coming.usual)}.")
    if len(rows) > _MOST_ROWS:
        said.append(f"{len(rows) - _MOST_ROWS} more until {format_instant(rows[-1].tick)}; --json prints all.")
    if coming.end < coming.start + timedelta(days=days):
        said.append(f"Looked until {format_instant(coming.end)} only: {len(coming.intervals):,} ticks.")
    for each in deployment.schedules:
        if not each.active:
            said.append(f"note: '{each.slug}' is not active; Prefect starts no run at its ticks.")
    return said


def _plain(deployment: TrainingDeployment, coming: SchedulePreview, rows: list[IntervalPreview]) -> dict[str, Any]:
    zones = _zones(deployment)
    return {
        "pipeline": deployment.name,
        "start": format_instant(coming.start),
        "end": format_instant(coming.end),
        "usual_seconds": None if coming.usual is None else coming.usual.total_seconds(),
        "intervals": [
            {
                "tick": format_instant(row.tick),
                "local": {zone: row.tick.astimezone(ZoneInfo(zone)).isoformat() for zone in zones},
                "previous": None if row.previous is None else format_instant(row.previous),
                "seconds": None if row.length is None else row.length.total_seconds(),
                "odd": row.odd,
                "reason": row.reason,
                "schedules": list(row.slugs),
            }
            for row in rows
        ],
    }


def _zones(deployment: TrainingDeployment) -> list[str]:
    return [zone for zone in dict.fromkeys(each.timezone for each in deployment.schedules) if zone != "UTC"]
