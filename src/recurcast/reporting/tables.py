"""Tables in markdown, as cards and notes have them."""

from collections.abc import Sequence

from recurcast.escaping import in_markdown
from recurcast.runs.leaderboard import Leaderboard


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """Return a table whose texts are markdown already; the first column is text, the others are numbers unless told."""
    rule = ["---", *(("---:" if numbers else "---") for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))


def leaderboard_table(board: Leaderboard, *, roles: bool) -> str:
    """Return a leaderboard with the challenger in bold; `roles` writes behind their names who is challenger and baseline."""
    rows = []
    for line in board.lines:
        name = in_markdown(line.competitor)
        shown = f"**{name}**" if line.role == "challenger" else name
        told = f" ({line.role})" if roles and line.role else ""
        rows.append([f"{shown}{told}", *line.cells])
    return markdown_table(["competitor", *map(in_markdown, board.columns)], rows)
