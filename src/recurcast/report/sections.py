"""The page's sections: each one sentence, a chart, and the numbers behind it; an empty one says what will fill it."""

from collections.abc import Iterable
from dataclasses import dataclass

from recurcast.report.coverage import counts_of
from recurcast.report.records import Drawings, LookAtData, Picture, Report
from recurcast.report.timeline import marks_of, reigns_of
from recurcast.report.words import (
    figure,
    local,
    said_of_coverage,
    said_of_data,
    said_of_reigns,
    said_of_scores,
    said_of_track,
    spelled,
)

MOST_ROWS = 500
"""Rows of a table; the newest."""


@dataclass(frozen=True)
class Table:
    """Numbers as texts; a folded one opens on a click, and is not printed."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = True
    note: str = ""
    prose: int | None = -1
    """Which column holds sentences, counted as Python does; none where all are short."""

    @property
    def prose_column(self) -> int | None:
        """Return the number of the column that holds sentences."""
        return None if self.prose is None else self.prose % len(self.columns)


@dataclass(frozen=True)
class Fact:
    """One number that is shown large."""

    name: str
    value: str


@dataclass(frozen=True)
class Section:
    """One part of the page; `squares` is the calendar."""

    key: str
    title: str
    says: str
    picture: Picture | None = None
    squares: str | None = None
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    empty: bool = False


def sections_of(report: Report, drawings: Drawings) -> tuple[Section, ...]:
    """Return the sections in the order of the page."""
    return (
        _timeline(report, drawings.timeline),
        _track(report, drawings.track),
        _scores(report, drawings.scores),
        _forecast(report, drawings.forecast),
        _data(report),
        _coverage(report, drawings.coverage),
    )


def _timeline(report: Report, picture: Picture | None) -> Section:
    title, zone = "Champion over time", report.timezone
    reigns, marks = reigns_of(report.remembered.championship), marks_of(report.remembered.championship)
    if not reigns:
        name = report.remembered.pipeline.name
        return _empty("timeline", title, f"Nothing was judged so far. A run judges its networks: recurcast run {name}")
    by_hand = sum(mark.kind in ("promoted by hand", "rolled back") for mark in marks)
    rejected = sum(mark.kind == "rejected" for mark in marks)
    served = _table(
        "Who served",
        ("from", "to", "version", "cell", "how", "why"),
        (
            (
                local(reign.start, zone),
                "today" if reign.end is None else local(reign.end, zone),
                "baseline" if reign.version is None else str(reign.version),
                spelled(reign.cell),
                _how(reign.way, reign.by),
                reign.why,
            )
            for reign in reigns
        ),
    )
    decided = _table(
        "What else was decided",
        ("as_of", "what", "version", "by", "why"),
        (
            (
                local(mark.as_of, zone),
                mark.kind,
                "baseline" if mark.version is None else str(mark.version),
                mark.by,
                mark.why,
            )
            for mark in marks
        ),
    )
    return Section("timeline", title, said_of_reigns(reigns, rejected, by_hand), picture, tables=(served, decided))


def _how(way: str | None, by: str) -> str:
    told = {"verdict": "verdict", "promotion": "promoted by hand", "rollback": "rollback", None: ""}[way]
    return f"{told} ({by})" if by and way != "verdict" else told


def _track(report: Report, picture: Picture | None) -> Section:
    title, zone = "Track record", report.timezone
    pipeline, track = report.remembered.pipeline, report.remembered.track
    if not track.ticks:
        return _empty(
            "track",
            title,
            "No tick of the schedule has been run so far. A later tick's run scores what the champion of an earlier one "
            "forecast, beside the baseline.",
        )
    table = _table(
        "Tick by tick",
        ("tick", "state", "champion", "origins", "MAE", f"MAE of the {spelled(pipeline.gate.baseline)}", "skill"),
        (
            (
                local(tick.as_of, zone),
                tick.state,
                "" if tick.champion is None else f"version {tick.champion}",
                str(tick.origins or ""),
                figure(tick.champion_mae),
                figure(tick.baseline_mae),
                "" if tick.skill is None else f"{tick.skill:+.1%}",
            )
            for tick in track.ticks
        ),
        prose=None,
    )
    return Section("track", title, said_of_track(report.remembered), picture, tables=(table,))


def _scores(report: Report, picture: Picture | None) -> Section:
    title, intervals = "Leaderboard over time", report.remembered.intervals
    if not intervals:
        return _empty(
            "scores", title, "No interval has been trained so far; each one adds the scores of its competitors."
        )
    names = list(dict.fromkeys(name for each in intervals for name in each.scores))
    table = _table(
        "Scores at each as_of",
        ("as_of", *map(spelled, names), "verdict", "why"),
        (
            (
                local(each.as_of, report.timezone),
                *(figure(each.scores.get(name)) for name in names),
                f"{'provisional ' if each.provisional else ''}{each.verdict}",
                each.reason,
            )
            for each in intervals
        ),
    )
    return Section("scores", title, said_of_scores(report.remembered), picture, tables=(table,))


def _forecast(report: Report, picture: Picture | None) -> Section:
    title, zone, name = "Last forecast", report.timezone, report.remembered.pipeline.name
    made = report.remembered.forecast
    if made is None:
        return _empty("forecast", title, f"No forecast is recorded so far. Make one: recurcast forecast {name}")
    rows, series = made.rows, made.rows["unique_id"].nunique()
    levels = sorted((c.removeprefix("y_hat_lo_") for c in rows.columns if c.startswith("y_hat_lo_")), key=float)
    bounds = [f"y_hat_{side}_{level}" for level in levels for side in ("lo", "hi")]
    steps = len(rows) // max(series, 1)
    intervals = (
        f", with intervals of {' and '.join(f'{level}%' for level in levels)}" if levels else ", without intervals"
    )
    says = (
        f"As of {local(made.as_of, zone)} version {rows['model_version'].iloc[0]} forecast {steps:,} "
        f"step{'s' if steps != 1 else ''} of {series:,} series{intervals}. {' '.join(made.remarks)}"
    )
    table = _table(
        "The forecast",
        ("series", "time", "forecast", *(f"{level}% {side}" for level in levels for side in ("from", "to"))),
        (
            (str(row["unique_id"]), local(row["ds"], zone), *(figure(float(row[name])) for name in ("y_hat", *bounds)))
            for row in rows.head(MOST_ROWS).to_dict("records")
        ),
        prose=None,
    )
    return Section("forecast", title, says.strip(), picture, tables=(table,))


def _data(report: Report) -> Section:
    title, remembered, zone = "Data", report.remembered, report.timezone
    looks = remembered.looks
    failed = _table(
        "Runs that failed",
        ("as_of", "what", "why"),
        (
            (local(run.as_of, zone), "data rejected" if run.rejected else "failed", run.reason)
            for run in remembered.failed
        ),
        folded=False,
    )
    tables = (failed,) if remembered.failed else ()
    if not looks:
        nothing = "No run has validated its data so far; each one checks the rules of the pipeline."
        return Section("data", title, nothing, tables=tables, empty=True)
    newest = looks[0]
    missing = "not recorded" if newest.missing_share is None else f"{newest.missing_share:.2%}"
    facts = (
        Fact("rows", f"{newest.rows:,}"),
        Fact("series", f"{newest.series:,}"),
        Fact("steps missing, worst series", missing),
        Fact("rules kept", f"{len(newest.findings) - len(newest.broken)} of {len(newest.findings)}"),
    )
    return Section("data", title, said_of_data(remembered), facts=facts, tables=(*tables, *_rules(looks, zone)))


def _rules(looks: tuple[LookAtData, ...], timezone: str) -> tuple[Table, ...]:
    """A row for each rule, a column for each of the newest runs, the newest last; first those that were broken."""
    in_order = looks[::-1]
    rules = {finding.rule: finding.says for look in in_order for finding in look.findings}
    kept = [{finding.rule: finding.success for finding in look.findings} for look in in_order]
    signs = {True: "✓", False: "✗", None: ""}
    columns = ("rule", *(local(look.as_of, timezone, minutes=False)[5:] for look in in_order))
    rows = {rule: (says, *(signs[own.get(rule)] for own in kept)) for rule, says in rules.items()}
    broken = tuple(row for row in rows.values() if "✗" in row)
    newest = f"in the newest {len(looks)} runs that looked"
    tables = (Table(f"Rules that were broken {newest}", columns, broken, folded=False, prose=0),) if broken else ()
    return (*tables, Table(f"All {len(rows)} rules {newest}", columns, tuple(rows.values()), prose=0))


def _coverage(report: Report, squares: str | None) -> Section:
    title = "Intervals"
    if squares is None:
        return _empty("coverage", title, "No interval has been run so far.")
    table = _table(
        "Intervals that are not done",
        ("as_of", "state"),
        ((local(tick.as_of, report.timezone), tick.state) for tick in report.ticks if tick.state != "done"),
        prose=None,
    )
    facts = tuple(Fact(state, f"{count:,}") for state, count in counts_of(report.ticks).items())
    tables = (table,) if table.rows else ()
    return Section("coverage", title, said_of_coverage(report), squares=squares, facts=facts, tables=tables)


def _empty(key: str, title: str, says: str) -> Section:
    return Section(key, title, says, empty=True)


def _table(
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    folded: bool = True,
    prose: int | None = -1,
) -> Table:
    """The newest rows, which come last."""
    every = tuple(rows)
    left = len(every) - MOST_ROWS
    note = f"the newest {MOST_ROWS}, {left:,} older ones left out" if left > 0 else ""
    return Table(title, columns, every[-MOST_ROWS:], folded, note, prose)
