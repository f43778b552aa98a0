"""The page's sections: each one sentence, a chart, and the numbers behind it; an empty one says what will fill it."""

from dataclasses import replace

from recurcast.config.metrics import METRICS, figure
from recurcast.reporting.page.layout import MOST_DRAWN, MOST_ROWS, Section, empty, table_of
from recurcast.reporting.page.records import Drawings, Report
from recurcast.reporting.page.sections_of_data import coverage_section, data_section
from recurcast.reporting.page.timeline import marks_of, reigns_of
from recurcast.reporting.page.words import (
    counted,
    local,
    said_of_reigns,
    said_of_scores,
    said_of_track,
    spelled,
)


def sections_of(report: Report, drawings: Drawings) -> tuple[Section, ...]:
    """Return the sections in the order of the page; a chart that none of them is about is a section of its own."""
    told = [section(report) for section in (_timeline, _track, _scores, _forecast)]
    pictures, known = drawings.pictures, {section.key for section in told}
    added = [Section(key, each.title, each.told, each) for key, each in pictures.items() if key not in known]
    return (
        *(replace(section, picture=pictures.get(section.key)) for section in told),
        *added,
        data_section(report),
        coverage_section(report, drawings.coverage),
    )


def _timeline(report: Report) -> Section:
    title, zone = "Champion over time", report.timezone
    reigns, marks = reigns_of(report.remembered.championship), marks_of(report.remembered.championship)
    if not reigns:
        name = report.remembered.pipeline.name
        return empty("timeline", title, f"Nothing was judged so far. A run judges its networks: recurcast run {name}")
    by_hand = sum(mark.kind in ("promoted by hand", "rolled back") for mark in marks)
    rejected = sum(mark.kind == "rejected" for mark in marks)
    served = table_of(
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
    decided = table_of(
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
    return Section("timeline", title, said_of_reigns(reigns, rejected, by_hand), tables=(served, decided))


def _how(way: str | None, by: str) -> str:
    told = {"verdict": "verdict", "promotion": "promoted by hand", "rollback": "rollback", None: ""}[way]
    return f"{told} ({by})" if by and way != "verdict" else told


def _track(report: Report) -> Section:
    title, zone = "Track record", report.timezone
    pipeline, track = report.remembered.pipeline, report.remembered.track
    if not track.ticks:
        return empty(
            "track",
            title,
            "No tick of the schedule has been run so far. A later tick's run scores what the champion of an earlier one "
            "forecast, beside the baseline.",
        )
    table = table_of(
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
    return Section("track", title, said_of_track(report.remembered), tables=(table,))


def _scores(report: Report) -> Section:
    title, intervals = "Leaderboard over time", report.remembered.intervals
    if not intervals:
        return empty(
            "scores", title, "No interval has been trained so far; each one adds the scores of its competitors."
        )
    names = list(dict.fromkeys(name for each in intervals for name in each.scores))
    table = table_of(
        "Scores at each as_of",
        ("as_of", *map(spelled, names), "verdict"),
        (
            (
                local(each.as_of, report.timezone),
                *(METRICS[each.metric].told(each.scores.get(name)) for name in names),
                f"{'provisional ' if each.provisional else ''}{each.verdict}"
                + ("" if each.metric == report.remembered.metric else f" (scores: {METRICS[each.metric].label})"),
            )
            for each in intervals
        ),
        prose=None,
    )
    return Section("scores", title, said_of_scores(report.remembered), tables=(table,))


def _forecast(report: Report) -> Section:
    title, zone, name = "Last forecast", report.timezone, report.remembered.pipeline.name
    made = report.remembered.forecast
    if made is None:
        return empty("forecast", title, f"No forecast is recorded so far. Make one: recurcast forecast {name}")
    rows, series = made.rows, made.rows["unique_id"].nunique()
    levels = sorted((c.removeprefix("y_hat_lo_") for c in rows.columns if c.startswith("y_hat_lo_")), key=float)
    bounds = [f"y_hat_{side}_{level}" for level in levels for side in ("lo", "hi")]
    steps = len(rows) // max(series, 1)
    intervals = (
        f", with intervals of {' and '.join(f'{level}%' for level in levels)}" if levels else ", without intervals"
    )
    told = counted(steps, "step") + f" of {series:,} series"
    told += f" (the first {MOST_DRAWN} are drawn)" if series > MOST_DRAWN else ""
    says = f"As of {local(made.as_of, zone)} version {rows['model_version'].iloc[0]} forecast {told}{intervals}."
    says += f" Note: {'; '.join(made.remarks)}." if made.remarks else ""
    table = table_of(
        "The forecast",
        ("series", "time", "forecast", *(f"{level}% {side}" for level in levels for side in ("from", "to"))),
        (
            (str(row["unique_id"]), local(row["ds"], zone), *(figure(float(row[name])) for name in ("y_hat", *bounds)))
            for row in rows.head(MOST_ROWS).to_dict("records")
        ),
        prose=None,
    )
    return Section("forecast", title, says, tables=(table,))
