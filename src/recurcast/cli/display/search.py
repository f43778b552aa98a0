"""What the terminal shows of a search: a line per trial on stderr while it works, and the best at the end."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from recurcast.cli.display.printing import count, plain, say
from recurcast.instants import format_instant
from recurcast.reporting.notes.search_lines import line_of, lines_of_begun
from recurcast.runs.search import FreshScore, SearchRecord, Trial, Value
from recurcast.runs.search_request import Begun, SearchRequest

_BEST = 5


class SearchLines:
    """A line for what a search begins with, and for each trial that ends; nothing where `shown` is false."""

    def __init__(self, console: Console, request: SearchRequest, *, shown: bool) -> None:
        self._console, self._request, self._shown = console, request, shown
        self._of = 0

    def begun(self, begun: Begun) -> None:
        """Say where trials are judged, and how many ended before."""
        self._of = begun.trials
        request = self._request
        self._say(f"{request.pipeline.name} as of {format_instant(request.as_of)}, search {begun.id[:8]}")
        for line in lines_of_begun(begun):
            self._say(f"  {line}")

    def ended(self, trial: Trial, best: Trial | None, count: int) -> None:
        """Say how a trial ended, and which is the best."""
        self._say(f"  {line_of(trial, best, count, self._of)}")

    def told(self, fresh: FreshScore) -> None:
        """Say a score on the fresh origins."""
        self._say(f"  trial {fresh.trial} on fresh origins: {fresh.score:.4g}")

    def over(self, record: SearchRecord) -> None:
        """Leave what came of it to the table."""

    def _say(self, line: str) -> None:
        if self._shown:
            self._console.print(plain(line), soft_wrap=True)


def print_search(console: Console, record: SearchRecord) -> None:
    """Print the best trials, what is told of the winner beside the configuration as it stood, and what to do next."""
    title = f"{record.pipeline} as of {format_instant(record.as_of)}: {record.metric}, less is better"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("trial")
    for name in ("  search", "  fresh"):
        table.add_column(name, justify="right")
    table.add_column("  settings")
    shown = [each for place, each in enumerate(record.best) if place < _BEST or each.number == record.stood]
    for trial in shown:
        fresh = record.fresh_score(trial.number)
        stands = "  as it stands: " if trial.number == record.stood else "  "
        table.add_row(
            plain(str(trial.number)),
            f"{trial.score:.4g}",
            "" if fresh != fresh else f"{fresh:.4g}",
            plain(f"{stands}{trial.cell} {_settings(trial)}"),
            style="bold" if trial.number == record.winner else None,
        )
    table.add_row(record.baseline, f"{record.baseline_score:.4g}", f"{record.baseline_fresh:.4g}", "")
    if shown:
        console.print(table)
    for line in (*_counted(record), *_told(record)):
        say(console, line)


def _counted(record: SearchRecord) -> list[str]:
    states = [each.state for each in record.trials]
    counted = ", ".join(f"{states.count(each)} {each}" for each in ("finished", "pruned", "failed") if each in states)
    failed = [each for each in record.trials if each.state == "failed"]
    lines = [f"{count(len(record.trials), 'trial')}: {counted}" if record.trials else "no trial has ended"]
    lines += [f"  trial {each.number} failed: {each.error}" for each in failed[:_BEST]]
    lines += [] if record.compared is None else [record.compared.told]
    return [*lines, *(f"note: {remark}" for remark in record.remarks)]


def _told(record: SearchRecord) -> list[str]:
    if record.winner is None:
        return ["no trial saw every origin, so that there is no winner: raise search.trials or search.budget"]
    if record.winner == record.stood:
        return ["nothing did better than what stands: there is nothing to accept"]
    told, stood = record.fresh_score(record.winner), record.fresh_score(record.stood)
    line = f"told of trial {record.winner}, on origins that no trial saw: {told:.4g}"
    if stood == stood:
        line += f", the configuration as it stands {stood:.4g}" + (f" ({told / stood - 1:+.1%})" if stood else "")
    if not told < stood:
        return [line, "the winner lost there: the settings that stand are the better choice"]
    return [line, f"next: recurcast search accept {record.id[:8]}"]


def _settings(trial: Trial) -> str:
    return ", ".join(f"{field.rpartition('.')[2]} {_value(value)}" for field, value in trial.settings.items())


def _value(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "null" if value is None else str(value)
