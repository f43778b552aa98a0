"""Bars of progress on a terminal."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn


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
