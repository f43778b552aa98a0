"""A calendar of intervals as small SVGs, one for each month: what is done, failed or missing shows without its colour too."""

from collections.abc import Mapping, Sequence
from html import escape

from recurcast.reporting.page.coverage import Block, Square
from recurcast.reporting.page.records import CoveredState
from recurcast.reporting.palette import DONE, FLAGGED, OPERATION

SHADES: dict[CoveredState, str] = {
    "done": DONE,
    "failed": FLAGGED,
    "running": OPERATION,
    "superseded": "#F0E442",
    "no new data": "#C9D1D9",
    "no data": "#C9D1D9",
    "missing": "#FFFFFF",
}
"""Of Okabe & Ito's palette, as all charts; what was not done is pale or crossed."""
_SIDE, _STEP = 13, 15
_TOP, _NAME, _LETTER = 32, 42, 10


def calendar_of(blocks: Sequence[Block], states: Sequence[CoveredState]) -> str:
    """Return a legend of the states that occur, and the blocks beside one another."""
    return _legend(states) + "".join(_block(number, block) for number, block in enumerate(blocks))


def _block(number: int, block: Block) -> str:
    left = _NAME if block.row_names else 0
    width, height = left + block.columns * _STEP - 2, _TOP + block.rows * _STEP
    parts = [f'<text x="0" y="12" font-size="12" font-weight="600" fill="#1f2328">{escape(block.title)}</text>']
    parts += [
        _label(left + place * _STEP + _SIDE / 2, 27, name, "middle")
        for place, name in enumerate(block.column_names)
        if name
    ]
    parts += [_label(0, _TOP + place * _STEP + 10, name, "start") for place, name in enumerate(block.row_names)]
    parts += [_square(square, left) for square in block.squares]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'style="width:min({width}px,100%)" aria-labelledby="calendar-{number}">'
        f'<title id="calendar-{number}">{escape(block.title)}: {escape(_told(block))}</title>{"".join(parts)}</svg>'
    )


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{_LETTER}" text-anchor="{anchor}" fill="#59636e">{escape(text)}</text>'
    )


def _square(square: Square, left: int) -> str:
    x, y = left + square.column * _STEP, _TOP + square.row * _STEP
    return f"<g><title>{escape(square.title)}</title>{_filled(x, y, square.counts)}</g>"


def _filled(x: float, y: float, counts: Mapping[CoveredState, int]) -> str:
    """A square whose states share its height, what is done at the bottom; a cross where something failed."""
    total, below, parts = sum(counts.values()), float(_SIDE), []
    for state, shade in SHADES.items():
        share = _SIDE * counts.get(state, 0) / total
        if share and state != "missing":
            below -= share
            parts.append(f'<rect x="{x:g}" y="{y + below:g}" width="{_SIDE}" height="{share:g}" fill="{shade}"/>')
    edge = "#8c959f" if "missing" in counts else "none"
    parts.append(
        f'<rect x="{x + 0.5:g}" y="{y + 0.5:g}" width="{_SIDE - 1}" height="{_SIDE - 1}" fill="none" stroke="{edge}"/>'
    )
    if "failed" in counts:
        a, b = 3.5, _SIDE - 3.5
        path = f"M{x + a:g} {y + a:g}L{x + b:g} {y + b:g}M{x + b:g} {y + a:g}L{x + a:g} {y + b:g}"
        parts.append(f'<path d="{path}" stroke="#fff" stroke-width="2"/>')
    if counts.keys() <= {"no data", "no new data"}:
        parts.append(f'<circle cx="{x + _SIDE / 2:g}" cy="{y + _SIDE / 2:g}" r="1.6" fill="#59636e"/>')
    return "".join(parts)


def _legend(states: Sequence[CoveredState]) -> str:
    entries = "".join(
        f'<li><svg aria-hidden="true" viewBox="0 0 {_SIDE} {_SIDE}" style="width:{_SIDE}px">{_filled(0, 0, {state: 1})}</svg>'
        f"{escape(state)}</li>"
        for state in SHADES
        if state in states
    )
    return f'<ul class="legend">{entries}</ul>'


def _told(block: Block) -> str:
    counts: dict[str, int] = {}
    for square in block.squares:
        for state, count in square.counts.items():
            counts[state] = counts.get(state, 0) + count
    return ", ".join(f"{count} {state}" for state, count in counts.items())
