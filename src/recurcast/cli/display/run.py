"""What the terminal shows: progress on stderr while it works, the leaderboard on stdout at the end."""

from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from recurcast.cli.display.printing import plain, say
from recurcast.instants import format_instant
from recurcast.runs.addresses import run_address
from recurcast.runs.leaderboard import leaderboard_of
from recurcast.runs.train import RunResult, Silence
from recurcast.stack.pages import mlflow_page


class Bars:
    """Bars while the context lasts, left as they stand at its end; none where nothing is shown, or not on a terminal."""

    def __init__(self, console: Console, *columns: ProgressColumn, shown: bool, **settings: Any) -> None:
        self._console, self._shown = console, shown
        hidden = not (shown and console.is_terminal)
        self._bars = Progress(*columns, console=console, disable=hidden, **settings)

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they stand."""
        self._bars.stop()


_COLOUR = {"promote": "green", "keep": "yellow", "reject": "red"}


class Waiting(Silence):
    """Says once why fits by others have not begun; nothing where `shown` is false."""

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._terminal, self._told, self._lock = console, not shown, Lock()

    def waits(self, why: str) -> None:
        """Say it, the first time; cells wait in threads."""
        with self._lock:
            told, self._told = self._told, self._told or bool(why)
        if why and not told:
            say(self._terminal, f"  {why}")


class TerminalProgress(Bars, Waiting):
    """A bar per stage on a terminal, a line per stage elsewhere, nothing where `shown` is false."""

    def __init__(self, console: Console, title: str, *, shown: bool) -> None:
        note = TextColumn("{task.fields[note]}")
        columns = (TextColumn("{task.description:<16}"), BarColumn(24), note, TimeElapsedColumn())
        Bars.__init__(self, console, *columns, shown=shown)
        Waiting.__init__(self, console, shown=shown)
        self._title = title
        self._current: TaskID | None = None
        self._cells: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Say what is run."""
        if self._shown:
            self._console.print(self._title, highlight=False)
        return super().__enter__()

    def stage(self, name: str) -> None:
        """Begin a bar; the one before is complete."""
        if self._current is not None:
            self._bars.update(self._current, total=1, completed=1)
        for cell in self._cells.values():  # one that stopped early has epochs left
            self._bars.stop_task(cell)
        if name == "done":
            return
        self._current = self._bars.add_task(name, total=None, note="")
        if self._shown and not self._console.is_terminal:
            self._console.print(f"  {name}", highlight=False)

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Move the cell's bar."""
        if cell not in self._cells:
            self._cells[cell] = self._bars.add_task(f"  {cell}", total=of, note="")
        note = f"epoch {number}/{of}  loss {train:.4g}  validation {validation:.4g}"
        self._bars.update(self._cells[cell], total=of, completed=number, note=note)


def print_result(console: Console, result: RunResult, root: Path) -> None:
    """Print the leaderboard, the decision with its reason, and how to open MLflow's page."""
    if result.decision is None:
        say(console, result.summary)
        return
    if result.outcome == "already done":
        console.print("already done: this interval is not trained again; --force does.", highlight=False)
    decision = result.decision
    title = f"{result.pipeline} as of {format_instant(result.as_of)}, test windows"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0, pad_edge=False)
    board = leaderboard_of(result.leaderboard, decision)
    table.add_column("competitor", no_wrap=True)
    for name in board.columns:
        table.add_column(f" {name}", justify="right", no_wrap=True)
    for line in board.lines:
        table.add_row(line.competitor, *line.cells, style="bold" if line.role == "challenger" else None)
    console.print(table)
    colour = _COLOUR[decision.verdict]
    provisional = "provisional " if result.provisional else ""
    verdict = plain(f"{provisional}{decision.verdict.upper()}", f"bold {colour}")
    console.print(Text.assemble(verdict, plain(f" {decision.reason}.")))
    registration = result.registration
    if registration is not None:
        place = f"models:/{result.pipeline}/{registration.version}"
        moved = (
            f"{place} is now models:/{result.pipeline}@champion" if registration.promoted else f"registered as {place}"
        )
        console.print(moved, highlight=False)
    for remark in result.remarks:
        say(console, f"note: {remark}")
    console.print(f"MLflow's page: {_page(result, root)}", highlight=False, soft_wrap=True)


def _page(result: RunResult, root: Path) -> str:
    page = mlflow_page(root)
    if page is not None:
        return f"{page}/{run_address(result.experiment_id, result.run_id)}"
    inside = Path.cwd().resolve() == root.resolve()
    return "mlflow ui" if inside else f"(cd {root} && mlflow ui)"
