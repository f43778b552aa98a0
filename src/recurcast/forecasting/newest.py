"""The newest window of every series: what a forecast is made from. A gap counts against the series that has it.

    step        ... 4   5   6   7   8   9 | as_of
    lookback 4              [i   i   i   i]           the newest window: it ends at the last step that can be known

Where windows may miss steps (`fewest`) a gap, a late begin and silence enter as they are, and only a series with too few
values in its window is left out; so is one that is silent for longer than `checks.max_silence`. Where parts are counted back
from each series' own end, so does its window end there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from recurcast.config import Checks
from recurcast.errors import DataRejected
from recurcast.forecasting.newest_rows import newest_steps, own_ends, refuse_old
from recurcast.series.frame import Panel, SeriesFrame
from recurcast.series.grid import duration
from recurcast.series.validation.facts import OFF_GRID

_MOST_NAMED, _MOST_LINES = 5, 100


@dataclass(frozen=True)
class LeftOut:
    """A series that is left out, and why."""

    series: str
    why: str


@dataclass(frozen=True)
class NewestWindows:
    """The last `lookback` steps of every series that can be forecast, and the series that can't."""

    panels: tuple[Panel, ...]
    """One, or one for each end of a series where windows end there."""
    left_out: tuple[LeftOut, ...]
    foreign: frozenset[str] = frozenset()
    """Those among them that are of another frequency."""
    remark: str = ""
    """Whose windows miss steps, where that is allowed; else nothing."""

    @property
    def told(self) -> tuple[str, ...]:
        """Return a line for each series that is left out, of very many for the first, and whose windows miss steps."""
        lines = [f"series '{each.series}' was left out: {each.why}" for each in self.left_out]
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES:] = [f"{len(lines) - _MOST_LINES:,} more series were left out"]
        return (*lines, *filter(None, [self.remark]))

    @property
    def panel(self) -> Panel:
        """Return the windows that end at one step."""
        (only,) = self.panels
        return only


@dataclass(frozen=True)
class _Looked:
    """The series that end at one step: the windows of those that can be forecast, and why others can't."""

    panel: Panel
    bad: dict[str, str]
    """Those that count against `max_bad_series`."""
    silent: dict[str, str]
    gaps: dict[str, int]
    """Missing steps of windows that are forecast, from the series' first value on."""
    absent: dict[str, pd.DatetimeIndex]


def newest_windows(
    frame: SeriesFrame,
    checks: Checks,
    as_of: datetime,
    lookback: int,
    covariates: tuple[str, ...],
    fewest: int | None = None,
    align: str = "as_of",
) -> NewestWindows:
    """Return the newest window of every series; see `newest_steps` for what is refused besides gaps.

    Raises DataRejected, which names the first series, where more series than `max_bad_series`, or all, have too little
    history, or a gap where a window must be whole.
    """
    if align != "as_of":
        refuse_old(frame, checks, as_of)
    found = look_at(frame, checks, as_of, lookback, covariates, fewest, align)
    return together([found], checks, fewest)


@dataclass(frozen=True)
class Found:
    """What was found of the newest windows of some series: those that can be forecast, and why others can't."""

    panels: tuple[Panel, ...]
    n_series: int
    foreign: frozenset[str]
    bad: dict[str, str]
    silent: dict[str, str]
    gaps: dict[str, int]
    first: "tuple[str, _Looked] | None"
    """The first by name of those that count against `max_bad_series`, or else that are left out, and where it stands."""


def look_at(
    frame: SeriesFrame,
    checks: Checks,
    as_of: datetime,
    lookback: int,
    covariates: tuple[str, ...],
    fewest: int | None = None,
    align: str = "as_of",
    *,
    may_lack: bool = False,
) -> Found:
    """Return what there is of newest windows in a frame, or in a piece of one, which `may_lack` newest rows."""
    foreign = frame.off_grid_ids if fewest is not None else frozenset()
    n_series, frame = len(frame.ids), frame.without(foreign)
    if align != "as_of":
        checks = checks.model_copy(update={"max_age": None})
    looked = [
        _whole(each, checks, as_of, lookback, covariates, may_lack=may_lack)
        if fewest is None
        else _masked(each, checks, as_of, lookback, covariates, fewest, may_lack=may_lack)
        for each in own_ends(frame, align)
    ]
    bad = {name: why for each in looked for name, why in each.bad.items()} | dict.fromkeys(foreign, OFF_GRID)
    silent = {name: why for each in looked for name, why in each.silent.items()}
    first = min(bad or silent, default=None)
    at = next((each for each in looked if first in each.bad or first in each.silent), looked[-1])
    gaps = {name: count for each in looked for name, count in each.gaps.items()}
    panels = tuple(each.panel for each in looked if each.panel.ids)
    named = None if first is None else (first, replace(at, panel=_without(at.panel, at.panel.ids)))
    return Found(panels, n_series, foreign, bad, silent, gaps, named)


def together(found: Sequence[Found], checks: Checks, fewest: int | None) -> NewestWindows:
    """Return what was found in all pieces. Raises DataRejected as `newest_windows` does."""
    bad = {name: why for each in found for name, why in each.bad.items()}
    left_out = bad | {name: why for each in found for name, why in each.silent.items()}
    n_series = sum(each.n_series for each in found)
    if len(bad) > min(checks.max_bad_series, n_series - 1) or len(left_out) == n_series:
        first = min(bad or left_out)
        at = next(each.first[1] for each in found if each.first is not None and each.first[0] == first)
        raise _rejected(LeftOut(first, left_out[first]), len(left_out), at, checks, fewest)
    return NewestWindows(
        tuple(panel for each in found for panel in each.panels),
        tuple(LeftOut(name, why) for name, why in sorted(left_out.items())),
        frozenset[str]().union(*(each.foreign for each in found)),
        _told_of_gaps({name: count for each in found for name, count in each.gaps.items()}),
    )


def _whole(
    frame: SeriesFrame, checks: Checks, as_of: datetime, lookback: int, covariates: tuple[str, ...], *, may_lack: bool
) -> _Looked:
    """Every window has all its steps."""
    panel = newest_steps(frame, checks, as_of, lookback, covariates, may_lack=may_lack)
    absent = dict.fromkeys(set(frame.ids) - set(panel.ids), panel.steps)
    absent |= {
        name: panel.steps[~panel.complete[row]] for row, name in enumerate(panel.ids) if not panel.complete[row].all()
    }
    bad = {name: _fault(frame, name, steps, panel.steps) for name, steps in absent.items()}
    return _Looked(_without(panel, bad), bad, {}, {}, absent)


def _masked(
    frame: SeriesFrame,
    checks: Checks,
    as_of: datetime,
    lookback: int,
    covariates: tuple[str, ...],
    fewest: int,
    *,
    may_lack: bool,
) -> _Looked:
    """A window has `fewest` values; a series that has as many, but not there, fell silent and is no bad one."""
    panel = newest_steps(frame, checks, as_of, lookback, covariates, fewest, may_lack=may_lack)
    there = dict(zip(panel.ids, (~np.isnan(panel.y)).sum(axis=1).tolist(), strict=True))
    values = frame.rows["y"].notna()
    counts = values.groupby(frame.rows["unique_id"]).sum()
    newest = frame.rows["ds"].where(values).groupby(frame.rows["unique_id"]).max()
    limit = None if checks.max_silence is None else duration(checks.max_silence)
    bad, silent = {}, {}
    for name in frame.ids:
        known, spoke = there.get(name, 0), newest[name]
        if counts[name] < fewest:
            bad[name] = f"too little history: it has {counts[name]} of the {fewest} values that are needed"
        elif limit is not None and as_of - spoke > limit:
            silent[name] = f"silent since {spoke.isoformat()}, longer than checks.max_silence {checks.max_silence}"
        elif known < fewest:
            silent[name] = (
                f"{known} of its newest {lookback} steps are known, and {fewest} are needed: the last is {spoke.isoformat()}"
            )
    kept = _without(panel, bad | silent)
    known_steps = ~np.isnan(kept.y)
    missing = kept.y.shape[1] - known_steps.argmax(axis=1) - known_steps.sum(axis=1)
    gaps = {name: int(count) for name, count in zip(kept.ids, missing, strict=True) if count}
    return _Looked(kept, bad, silent, gaps, dict.fromkeys(bad, panel.steps))


def _without(panel: Panel, left_out: Collection[str]) -> Panel:
    kept = np.flatnonzero([name not in left_out for name in panel.ids])
    return replace(panel, ids=tuple(panel.ids[row] for row in kept), values=panel.values[kept])


def _told_of_gaps(gaps: dict[str, int]) -> str:
    if not gaps:
        return ""
    most = sorted(gaps, key=lambda name: (-gaps[name], name))[:_MOST_NAMED]
    named = ", ".join(f"'{name}' {gaps[name]}" for name in most)
    more = f" and {len(gaps) - len(most):,} more" if len(gaps) > len(most) else ""
    return f"steps are missing in the newest window of {len(gaps):,} series, which are forecast without them: {named}{more}"


def _fault(frame: SeriesFrame, name: str, absent: pd.DatetimeIndex, steps: pd.DatetimeIndex) -> str:
    """Why a series has no newest window; a series that begins within it is too short, else it has a gap."""
    begins = frame.rows.loc[(frame.rows["unique_id"] == name).to_numpy(), "ds"].min()
    if begins > steps[0]:
        return f"too little history: it begins at {begins.isoformat()}, {len(absent)} of {len(steps)} steps are missing"
    return f"no value at {absent[0].isoformat()} ({len(absent)} of {len(steps)} steps are missing)"


def _rejected(first: LeftOut, n_left_out: int, looked: _Looked, checks: Checks, fewest: int | None) -> DataRejected:
    others = f"; {n_left_out - 1} more series have none either" if n_left_out > 1 else ""
    steps, absent = looked.panel.steps, looked.absent.get(first.series, looked.panel.steps[:0])
    holds = "none missing" if fewest is None else f"at least {fewest} of them with a value"
    return DataRejected(
        f"the newest window of a series is {len(steps)} steps up to {steps[-1].isoformat()}, {holds}",
        f"series '{first.series}': {first.why}{others}",
        f"Fill the gap, take another as_of, or have such series left out (checks.max_bad_series {checks.max_bad_series}, "
        "never all)",
        series=first.series,
        timestamps=tuple(step.isoformat() for step in absent[:_MOST_NAMED]) if fewest is None else (),
    )
