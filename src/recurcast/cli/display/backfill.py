"""What the terminal shows of a backfill: its plan, how far it is, what became of it; and the same as plain values."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from recurcast.cli.display.printing import MOST_ROWS, about, count, print_table, say
from recurcast.cli.display.run import Bars, Waiting
from recurcast.config.metrics import METRICS
from recurcast.instants import format_instant

if TYPE_CHECKING:
    from recurcast.pipelines.backfill import Progress
    from recurcast.runs.backfill import Choice, Ended, Plan, PlannedInterval
    from recurcast.tracking.backfill import RecordedBackfill
    from recurcast.tracking.backfill_summary import BackfillSummary, IntervalSummary

_COLOUR = {
    "done": "green", "trained": "green", "already done": "green", "missing": "cyan", "to come": "cyan",
    "running": "blue", "held": "blue", "stale": "yellow", "superseded": "magenta", "failed": "red",
    "no data": "dim", "no new data": "dim", "promote": "green", "keep": "yellow", "reject": "red",
}  # fmt: skip
_A_DAY = 24 * 3600.0


def print_plan(console: Console, name: str, plan: "Plan", choice: "Choice", zone: str) -> None:
    """Print which intervals there are, how they stand, which will run and how long that takes."""
    say(console, f"{name}: {count(len(plan.intervals), 'interval')}, each named by the tick that ends it")
    for which, end in (("first", 0), ("last", -1)):
        say(console, f"  {which + ' tick':<10}  {_in_both_zones(plan.intervals[end].as_of, zone)}")
    turns = {each.as_of: f"{turn}/{len(plan.to_run)}" for turn, each in enumerate(plan.to_run, 1)}
    each_takes = "" if plan.seconds_each is None else about(plan.seconds_each)
    columns: dict[str, Callable[[PlannedInterval], Text]] = {
        "as_of": lambda row: Text(format_instant(row.as_of)),
        "state": lambda row: _coloured(row.state),
        "changed": lambda row: Text(", ".join(row.changed)),
        "runs": lambda row: Text(turns[row.as_of]) if row.runs else Text("no", "dim"),
        "expected": lambda row: Text(each_takes if row.runs else ""),
    }
    print_table(console, columns, plan.intervals, optional=("changed", "expected"))
    counts = ", ".join(f"{number:,} {state}" for state, number in plan.counts().items())
    for line in (counts, _what_runs(plan, choice), *_what_stays(plan, choice)):
        say(console, line)


def plan_as_dict(plan: "Plan") -> dict[str, Any]:
    """Return a plan as plain values."""
    return {
        "first": format_instant(plan.intervals[0].as_of),
        "last": format_instant(plan.intervals[-1].as_of),
        "intervals": [
            {
                "as_of": format_instant(each.as_of),
                "previous": _optional(each.interval.previous),
                "following": _optional(each.interval.following),
                "state": each.state,
                "changed": list(each.changed),
                "runs": each.runs,
            }
            for each in plan.intervals
        ],
        "counts": plan.counts(),
        "to_run": [format_instant(each.as_of) for each in plan.to_run],
        "seconds_each": plan.seconds_each,
        "expected_seconds": plan.expected_seconds,
    }


class BackfillBar(Bars):
    """A bar on a terminal, with a line per failure; elsewhere a line per interval; nothing where `shown` is false."""

    def __init__(self, console: Console, total: int, *, shown: bool) -> None:
        columns = (
            MofNCompleteColumn(),
            BarColumn(16),
            TextColumn("[red]{task.fields[failed]}"),
            TextColumn("{task.fields[now]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        # The speed is that of the last day: in rich's own half minute hardly two intervals end.
        super().__init__(console, *columns, shown=shown, speed_estimate_period=_A_DAY)
        self._total, self._running = total, list[datetime]()
        self._task = self._bars.add_task("", total=total, failed="", now="")
        self.waiting = Waiting(console, shown=shown)
        """What its intervals tell while they run."""

    def begins(self, as_of: datetime) -> None:
        """Hear which interval runs now."""
        self._running = [each for each in self._running if each != as_of] + [as_of]
        self._bars.update(self._task, now=self._now())

    def ended(self, ended: "Ended", progress: "Progress") -> None:
        """Hear how an interval ended, and how far the backfill is."""
        self._running = [each for each in self._running if each != ended.as_of]
        failed = f"{len(progress.failed)} failed" if progress.failed else ""
        self._bars.update(self._task, completed=progress.done, failed=failed, now=self._now())
        if self._shown and (ended.outcome is None or not self._console.is_terminal):
            how = ended.outcome or f"failed: {ended.failure}"
            say(self._console, f"  {progress.done} of {self._total}  {format_instant(ended.as_of)}  {how}")

    def _now(self) -> str:
        return format_instant(self._running[-1]) if self._running else ""


def print_summary(console: Console, summary: "BackfillSummary") -> None:
    """Print what became of each interval, the failures with their reasons, and all of it in a line."""
    scored = f"{METRICS[summary.metric].label} on the test windows beside {summary.baseline}'s"
    say(console, f"{summary.pipeline}: backfill {summary.id[:8]}, {scored}")
    columns: dict[str, Callable[[IntervalSummary], Text]] = {
        "as_of": lambda row: Text(format_instant(row.as_of)),
        "state": lambda row: _coloured(row.state),
        "verdict": lambda row: _coloured(row.verdict or "", "*" if row.provisional else ""),
        "cell": lambda row: Text(row.cell or ""),
        METRICS[summary.metric].label: lambda row: _figure(row.score, summary.other_measure(row)),
        "baseline": lambda row: _figure(row.baseline_score, summary.other_measure(row)),
        "run": lambda row: Text((row.run_id or "")[:8]),
    }
    print_table(console, columns, summary.rows, right=(METRICS[summary.metric].label, "baseline"))
    if any(row.provisional for row in summary.rows):
        say(console, "* provisional: given again once the earlier intervals are done")
    for row in summary.rows:
        if row.provisional and row.reason.startswith("stays provisional"):
            say(console, f"  {format_instant(row.as_of)} {row.reason}")
    _print_failures(console, summary)
    say(console, summary.headline)


def summary_as_dict(summary: "BackfillSummary") -> dict[str, Any]:
    """Return a summary as plain values."""
    return {
        "backfill": summary.id,
        "pipeline": summary.pipeline,
        "metric": summary.metric,
        "baseline": summary.baseline,
        "started": format_instant(summary.started),
        "counts": summary.counts(),
        "verdicts": summary.verdicts(),
        "intervals": summary.as_table(),
    }


def print_status(console: Console, recorded: "RecordedBackfill", summary: "BackfillSummary") -> None:
    """Print how a backfill stands, in words, and what is still to come."""
    instants = f"{format_instant(recorded.first)} to {format_instant(recorded.last)}"
    say(console, f"{recorded.pipeline}: backfill {recorded.id[:8]}, {instants}")
    say(console, f"  begun {format_instant(summary.started)}, {_standing(recorded, summary)}")
    say(console, f"  {count(len(summary.rows), 'interval')}: {summary.headline}")
    for row in summary.of("running", "held"):
        what = "runs now" if row.state == "running" else "is held by a run outside of this backfill"
        say(console, f"  {format_instant(row.as_of)} {what}")
    to_come = [format_instant(row.as_of) for row in summary.of("to come")]
    if to_come:
        say(console, f"  to come: {to_come[0]}" + (f" to {to_come[-1]}" if len(to_come) > 1 else ""))
    _print_failures(console, summary)


def status_as_dict(recorded: "RecordedBackfill", summary: "BackfillSummary") -> dict[str, Any]:
    """Return how a backfill stands as plain values."""
    return summary_as_dict(summary) | {
        "first": format_instant(recorded.first),
        "last": format_instant(recorded.last),
        "status": recorded.status,
        "alive": recorded.alive,
        "cancelled": recorded.cancelled,
        "holder": recorded.holder,
        "standing": _standing(recorded, summary),
    }


def _standing(recorded: "RecordedBackfill", summary: "BackfillSummary") -> str:
    resume = f"Continue with: recurcast backfill resume {recorded.id[:8]}"
    mended = f"When the cause is mended, {resume[0].lower()}{resume[1:]}"
    left = bool(summary.of("to come", "running", "held"))
    if recorded.alive:
        ends = ": it is cancelled and ends after the interval that is running" if recorded.cancelled else ""
        return f"{recorded.holder} works on it{ends}"
    if recorded.cancelled and left:
        return f"cancelled. {resume}"
    if recorded.status in ("RUNNING", "KILLED"):
        return f"killed: nobody works on it any more. {resume}"
    if recorded.status == "FAILED" or left:
        return f"stopped by an error. {mended}"
    if summary.failed:
        return f"finished with failures. {mended}"
    return "finished"


def _what_runs(plan: "Plan", choice: "Choice") -> str:
    if not plan.to_run:
        return f"Nothing runs under --reprocess {choice.reprocess}."
    runs = f"{len(plan.to_run):,} of {count(len(plan.intervals), 'interval')} will run, {choice.order} first"
    if choice.limit is not None:
        runs += f", at most {choice.limit}"
    if choice.budget is not None:
        runs += f", within {about(choice.budget)}"
    if plan.expected_seconds is None or plan.seconds_each is None:
        return f"{runs}; how long that takes is unknown before the first run."
    return f"{runs}: about {about(plan.expected_seconds)}, {about(plan.seconds_each)} each."


def _what_stays(plan: "Plan", choice: "Choice") -> Iterable[str]:
    counts = plan.counts()
    options = (("failed", ("missing",)), ("stale", ("missing", "failed")))
    left = [
        f"{counts[state]:,} {state} (--reprocess {state} runs them)"
        for state, left_by in options
        if state in counts and choice.reprocess in left_by
    ]
    if left:
        yield f"Left as they are: {', '.join(left)}."
    if choice.reprocess == "stale" and any(each.runs and each.state == "done" for each in plan.intervals):
        yield "Done intervals that run too train only where the version that they start from has changed by then."
    if "done" in counts and not choice.reads_the_source:
        yield "The source was not read: where only data changed shows with --reprocess stale."


def _print_failures(console: Console, summary: "BackfillSummary") -> None:
    for row in summary.failed[:MOST_ROWS]:
        say(console, f"failed {format_instant(row.as_of)}: {row.reason or 'no reason is recorded'}", "red")
    if len(summary.failed) > MOST_ROWS:
        say(console, f"... and {len(summary.failed) - MOST_ROWS:,} more that failed")


def _coloured(state: str, mark: str = "") -> Text:
    return Text(state + mark, _COLOUR.get(state, ""))


def _figure(value: float | None, other_measure: str | None) -> Text:
    named = f" {METRICS[other_measure].label}" if other_measure else ""
    return Text("" if value is None else f"{value:.4g}{named}")


def _in_both_zones(instant: datetime, zone: str) -> str:
    utc, wall = format_instant(instant), instant.astimezone(ZoneInfo(zone))
    return utc if zone == "UTC" else f"{utc}  {wall:%a %d %b %Y %H:%M %Z} in {zone}"


def _optional(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
