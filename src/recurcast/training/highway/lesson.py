"""The windows as the weights see them, laid down once for all cells and seeds, and how long they are trained on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.highway import Highway, prepare, transformed
from recurcast.series.frame import Panel
from recurcast.training.highway.drivers import Drivers, Gathered
from recurcast.training.highway.examples import Examples

BATCH, REFIT_BATCH = 128, 256
"""Windows of a step: where a long panel's steps are bounded, the weights that serve see twice as many."""
CHUNK = 20
"""Batches that a program takes at once."""
_FEWEST_STEPS, _MOST_STEPS = 120, 2400
_PASSES_DRIVEN, _ENOUGH_DRIVEN = 20, 600
_MOST_BYTES = 2**29

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lesson:
    """Windows as the weights see them, with their targets: all that a fit needs."""

    z: Floats
    known: Floats
    static: Floats
    anchor: Floats
    targets: Floats
    """0 where not known."""
    weights: Floats
    """Of each target, 0 where it is not known, shape `(n_windows, horizon)`."""
    drivers: Drivers | Gathered | None = None
    """What stands beside the windows; none where nothing does."""

    def __len__(self) -> int:
        return len(self.z)

    def batches(self, rows: NDArray[np.int64]) -> tuple[Floats, ...]:
        """Return the arrays of the windows `rows`, whatever its shape; what stands beside them last."""
        arrays = (self.z, self.known, self.static, self.anchor, self.targets, self.weights)
        beside = () if self.drivers is None else self.drivers.at(rows)
        return (*(each[rows] for each in arrays), *beside)

    def chunk(self) -> tuple[Floats, ...]:
        """Return the arrays of all windows, as many as a chunk has: repeated ones weigh nothing."""
        rows = np.resize(np.arange(len(self)), CHUNK * BATCH)
        z, known, static, anchor, targets, weights, *beside = self.batches(rows)
        weights = weights * (np.arange(len(rows)) < len(self))[:, None].astype(np.float32)
        return (z, known, static, anchor, targets, weights, *beside)


class Layout:
    """Room for windows as the weights see them, which is filled one panel after the other."""

    def __init__(self, facts: Highway, room: int) -> None:
        self._facts, self._count = facts, 0
        shapes = (facts.inputs, facts.patches, 1, facts.horizon, facts.horizon, facts.horizon)
        # Room that is not written to is not taken.
        self._arrays = tuple(np.empty((room, each), np.float32) for each in shapes)
        self._relative = np.empty((room, 1))

    def add(self, some: Examples) -> None:
        """Lay windows down behind those that are there."""
        facts = self._facts
        z, known, static, anchor, targets, weights = self._arrays
        for chosen, part in some.in_parts():
            own = slice(self._count + chosen.start, self._count + chosen.start + len(part))
            each = prepare(facts, part.windows)
            z[own], known[own], static[own], anchor[own] = each.z, each.known, each.static, each.anchor
            scaled = (transformed(facts, part.targets) - each.level) / each.spread
            targets[own], weights[own] = np.nan_to_num(scaled), ~np.isnan(scaled)
            self._relative[own] = each.relative
        self._count += len(some)

    def lesson(self, drivers: Drivers | Gathered | None) -> Lesson:
        """Return what is there. A target weighs 0.5 + 0.5 r / mean r, r the window's relative spread: half MASE, half sMAPE."""
        z, known, static, anchor, targets, weights = (each[: self._count] for each in self._arrays)
        relative = self._relative[: self._count]
        weights *= 0.5 + 0.5 * relative / relative.mean()
        return Lesson(z, known, static, anchor, targets, weights, drivers)


def lesson_of(facts: Highway, some: Examples, seed: int, panel: Panel | None = None) -> Lesson:
    """Return the windows as the weights see them, at most as many as half a gigabyte holds, drawn from the seed.

    The panel is where what stands beside them lies.
    """
    drawn = some.drawn(most_windows(facts), seed)
    layout = Layout(facts, len(drawn))
    layout.add(drawn)
    return layout.lesson(drivers_of(facts, panel, drawn) if panel is not None else None)


def drivers_of(facts: Highway, panel: Panel, some: Examples) -> Drivers | None:
    """Return what stands beside windows of a panel; none where nothing does."""
    there = facts.beside or facts.said
    return Drivers(facts, panel, some.series, some.origin + some.offset) if there else None


def most_windows(facts: Highway, batch: int = REFIT_BATCH, *, gathered: bool = False) -> int:
    """Return how many windows half a gigabyte holds, at most those of the longest fit with batches of a size.

    With what stands beside them where that is `gathered`, and not looked up in a panel as batches ask for it.
    """
    width = facts.inputs + facts.patches + 1 + 3 * facts.horizon
    if gathered:
        width += 2 * facts.horizon * facts.drivers + facts.patches * facts.beside + facts.said
    return min(_MOST_BYTES // (4 * width), batch * _MOST_STEPS)


def steps_for(n_windows: int, batch: int = BATCH, *, driven: bool = False) -> int:
    """Return the steps of the optimizer for so many windows, a whole number of chunks.

    What joins drivers and state begins at zero, without a ridge of its own, and sees every window twenty times at least, up
    to 600 steps: 600 for all learn nine hundred days by heart, 120 for all leave much of 2,500 hours unlearnt.
    """
    fewest = _FEWEST_STEPS * BATCH // batch
    if driven:
        fewest = int(np.clip(_PASSES_DRIVEN * n_windows / BATCH, _FEWEST_STEPS, _ENOUGH_DRIVEN))
    steps = int(np.clip(4 * n_windows / batch, min(fewest, _MOST_STEPS), _MOST_STEPS))
    return -(-steps // CHUNK) * CHUNK
