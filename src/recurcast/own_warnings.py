"""Our own warnings in a terminal: told whichever library they come through, and without its line of code."""

import warnings

from recurcast.errors import NamedLikeCommand

_formatted_by_python = warnings.formatwarning


def show_own_warnings() -> None:
    """Let them through filters that keep libraries silent: pydantic calls for what a name's check warns of."""
    warnings.filterwarnings("default", category=NamedLikeCommand)
    warnings.formatwarning = _formatted


def _formatted(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    if issubclass(category, NamedLikeCommand):
        return f"note: {message}\n"
    return _formatted_by_python(message, category, filename, lineno, line)
