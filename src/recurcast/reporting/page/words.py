"""What the page says in sentences: each follows from the records alone, and flatters nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from recurcast.config import CELLS
from recurcast.config.metrics import METRICS, figure
from recurcast.evaluation.track_record import Totals, TrackRecord
from recurcast.reporting.page.coverage import MOST_PASSED, counts_of
from recurcast.reporting.page.records import Remembered, Report, Server
from recurcast.reporting.page.timeline import Reign

Tone = Literal["good", "bad", "plain"]
_SAME = 0.005
"""A skill nearer to nought than half a percent is rounded to it."""
_NONE = 1e-9


@dataclass(frozen=True)
class Verdict:
    """A sentence, and whether it is good news."""

    text: str
    tone: Tone


def spelled(name: str) -> str:
    """Return a competitor's name as people write it."""
    return CELLS[name].title if name in CELLS else name.replace("_", " ")


def local(instant: datetime, timezone: str, *, minutes: bool = True) -> str:
    """Return an instant on the clock of a zone, such as `2024-03-01 06:00`."""
    return f"{instant.astimezone(ZoneInfo(timezone)):{'%Y-%m-%d %H:%M' if minutes else '%Y-%m-%d'}}"


def counted(number: int, noun: str) -> str:
    """Return `1 origin`, `2,000 origins`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def skill_of_the_champion(remembered: Remembered) -> Verdict:
    """Return how who serves compares to the baseline: on real forecasts where some are scored, else on its tests."""
    server, baseline = remembered.server, spelled(remembered.pipeline.gate.baseline)
    if server is None:
        return Verdict("No run has been judged yet: nobody forecasts.", "plain")
    if server.trained_as_of is None:
        return Verdict(f"Nobody is champion: the {spelled(server.name)} itself forecasts.", "plain")
    who = f"Version {server.version}"
    own = tuple(tick for tick in remembered.track.ticks if tick.champion == server.version)
    totals = TrackRecord(own).totals
    if totals.champion_mae is not None and totals.baseline_mae is not None:
        real = f"{counted(totals.origins, 'origin')} of its real forecasts ({counted(totals.ticks, 'tick')})"
        where = f"on {real}: MAE {_both(totals, remembered.pipeline.unit)}"
        return _compared(who, totals.champion_mae, totals.baseline_mae, baseline, where)
    ours, theirs = (server.scores.get(role) for role in ("challenger", "baseline"))
    if ours is None or theirs is None:
        return Verdict(f"None of the forecasts of version {server.version} is scored yet.", "plain")
    where = (
        f"on the test windows of its own run: {METRICS[server.metric].label} {figure(ours)} against {figure(theirs)}"
    )
    return _compared(who, ours, theirs, baseline, f"{where}; none of its real forecasts is scored yet")


def _compared(who: str, ours: float, theirs: float, baseline: str, where: str) -> Verdict:
    if _has_none(theirs, ours):
        return Verdict(f"{who} is worse than the {baseline}, which makes no error, {where}.", "bad")
    skill = 1 - ours / theirs if theirs else 0.0
    if abs(skill) < _SAME:
        return Verdict(f"{who} is as good as the {baseline} {where}.", "plain")
    if skill < 0:
        return Verdict(f"{who} is worse than the {baseline} by {-skill:.0%} {where}.", "bad")
    return Verdict(f"{who} beats the {baseline} by {skill:.0%} {where}.", "good")


def _has_none(theirs: float, ours: float) -> bool:
    """Whether the baseline makes no error, or one of rounding beside which ours is no multiple that means anything."""
    return theirs < ours * _NONE


def _both(totals: Totals, unit: str) -> str:
    return f"{figure(totals.champion_mae)} against {figure(totals.baseline_mae)}{f' {unit}' if unit else ''}"


def said_of_track(remembered: Remembered) -> str:
    """Return what the track record shows in one sentence."""
    track, pipeline = remembered.track, remembered.pipeline
    totals, pending = track.totals, len(track.pending)
    verb = "waits" if pending == 1 else "wait"
    waiting = f"; {counted(pending, 'tick')} {verb} for targets that are still to come" if pending else ""
    if totals.champion_mae is None or totals.baseline_mae is None:
        without = f"No forecast of a champion is scored yet: of {counted(len(track.ticks), 'tick')} none had one"
        return f"{without}{waiting}." if pending < len(track.ticks) else f"No tick is scored yet{waiting}."
    baseline = f"the {spelled(pipeline.gate.baseline)}"
    if _has_none(totals.baseline_mae, totals.champion_mae):
        how = f"worse than {baseline}, which makes no error,"
    elif totals.skill is None:
        how = f"as well as {baseline}"
    else:
        how = f"{abs(totals.skill):.1%} {'better' if totals.skill >= 0 else 'worse'} than {baseline}"
    where = f"{counted(totals.origins, 'origin')} in {counted(totals.ticks, 'tick')}, every origin once"
    return f"Who was champion forecast {how} on {where}: MAE {_both(totals, pipeline.unit)}{waiting}."


def said_of_reigns(reigns: Sequence[Reign], rejected: int, by_hand: int) -> str:
    """Return how often the champion changed, in one sentence."""
    champions = len({reign.version for reign in reigns if reign.version is not None})
    if not champions:
        return "No network has been champion so far: the baseline serves."
    changes = counted(max(len(reigns) - 1, 0), "change")
    extra = [f"{by_hand} of them by hand"] if by_hand else []
    extra += [f"{counted(rejected, 'newcomer')} rejected"] if rejected else []
    told = f" ({'; '.join(extra)})" if extra else ""
    return f"{counted(champions, 'version')} served as champion so far, with {changes}{told}."


def said_of_scores(remembered: Remembered) -> str:
    """Return how often the newcomers beat the baseline, in one sentence."""
    baseline, scored = remembered.pipeline.gate.baseline, remembered.intervals
    compared = [each for each in scored if baseline in each.scores and each.challenger in each.scores]
    better = sum(each.scores[each.challenger] < each.scores[baseline] for each in compared)
    metric = METRICS[remembered.metric].label
    others = [each for each in compared if each.metric != remembered.metric]
    by_mae = f" ({counted(len(others), 'interval')} by MAE, where MASE had no scale)" if others else ""
    return (
        f"{metric} on the test windows of each as_of, less is better: the best cell was below the {spelled(baseline)} in "
        f"{better:,} of {counted(len(compared), 'interval')}{by_mae}."
    )


def said_of_coverage(report: Report) -> str:
    """Return how the intervals stand, in one sentence."""
    told = ", ".join(f"{count:,} {state}" for state, count in counts_of(report.ticks).items())
    since = ""
    if report.passed:
        many = (
            f"more than {counted(MOST_PASSED, 'tick')}"
            if report.passed > MOST_PASSED
            else counted(report.passed, "tick")
        )
        since = f" Since the newest run {many} passed without one."
    return f"{counted(len(report.ticks), 'interval')}: {told}.{since}"


def said_of_data(remembered: Remembered) -> str:
    """Return how the newest data were, and how many runs were rejected, in one sentence."""
    look, *_ = remembered.looks
    rejected = sum(run.rejected for run in remembered.failed)
    broken = f"{counted(len(look.broken), 'rule')} broken by the newest data"
    newest = broken if look.broken else "The newest data kept every rule"
    refused = f"{rejected:,} {'was rejected for its' if rejected == 1 else 'were rejected for their'} data"
    return f"{newest}; of the runs shown {refused}."


def way_of(server: Server) -> str:
    """Return how the server came to serve."""
    if server.entry is None:
        return "nobody stands"
    ways = {"verdict": "by the verdict of its run", "promotion": "promoted by hand", "rollback": "by a rollback"}
    signed = f" ({server.entry.by})" if server.entry.by_hand and server.entry.by else ""
    return f"{ways[server.entry.kind]}{signed}"
