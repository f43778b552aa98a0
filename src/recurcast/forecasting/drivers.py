"""What stands beside newest windows up to the last step ahead: calendar, what is known ahead, what series say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.errors import DataRejected
from recurcast.forecasting.portable.beside import strangers
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.days import DaysUnknown
from recurcast.series.frame import Panel, attributes_for


def drivers_of(bundle: Bundle, windows: Panel, ahead: pd.DatetimeIndex, wanted: int) -> NDArray[np.float64]:
    """Return calendar, what is known ahead, and attributes, from newest windows' first steps to the last one ahead.

    Shape `(n_series, n_steps, n_drivers)`. Raises DataRejected where one of the `wanted` first steps ahead lacks a value:
    a step's forecast takes the drivers of no other one.
    """
    steps = pd.DatetimeIndex(windows.steps.append(ahead))
    calendar = calendar_around(bundle, steps)
    found = [np.broadcast_to(calendar, (len(windows.ids), *calendar.shape))]
    if bundle.ahead:
        found.append(_known_ahead(bundle, windows, steps, wanted))
    if (attributes := attributes_for(bundle.attributes, windows)) is not None:
        said = attributes.seen(windows.ids)[:, None, :]
        found.append(np.broadcast_to(said, (len(windows.ids), len(steps), said.shape[2])))
    return np.concatenate(found, axis=2)


def _known_ahead(bundle: Bundle, windows: Panel, steps: pd.DatetimeIndex, wanted: int) -> NDArray[np.float64]:
    assert windows.ahead is not None, "the caller refuses a source that lacks what the champion takes"
    instants = steps.as_unit("ns").asi8
    n_known = len(windows.steps)
    origin = np.full(len(windows.ids), instants[n_known])
    gap = np.full(len(windows.ids), instants[n_known] - instants[n_known - 1])
    known = windows.ahead.only(bundle.ahead).at(
        windows.ids, np.broadcast_to(instants, (len(origin), len(steps))), origin, gap
    )
    ahead = steps[n_known : n_known + wanted]
    _refuse_unknown(bundle, windows, ahead, known[:, n_known:][:, :wanted])
    return known


def _refuse_unknown(bundle: Bundle, windows: Panel, ahead: pd.DatetimeIndex, known: NDArray[np.float64]) -> None:
    assert windows.ahead is not None
    named = windows.ahead.only(bundle.ahead).of_series(windows.ids)
    lacking = np.isnan(known) & named[:, None, :]
    if not lacking.any():
        return
    row, _, column = np.argwhere(lacking)[0]
    there = ~lacking[row, :, column]
    until = (
        "none of them is"
        if not there.any()
        else f"the last that is known is {ahead[np.flatnonzero(there)[-1]].isoformat()}"
    )
    first = int(lacking[row, :, column].argmax())
    raise _ends(
        f"what is known ahead reaches over the {len(ahead)} steps up to {ahead[-1].isoformat()}",
        f"'{bundle.ahead[column]}' of series '{windows.ids[row]}' has no value at {ahead[first].isoformat()}; {until}",
        windows.ids[row],
        int(lacking.any(axis=(0, 2)).argmax()),
    )


class AheadEnds(DataRejected):
    """What is known ahead ends, or has a hole, before the last step that is forecast; `reach` steps every series has."""

    reach = 0

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the facts, the reach among them: workers send it."""
        return _ends, (self.rule, self.received, self.series, self.reach)


def _ends(rule: str, received: str, series: str | None, reach: int) -> AheadEnds:
    fewer = f", forecast {reach} steps (--horizon {reach})," if reach else ","
    remedy = f"Bring it up to date{fewer} or let values stand (source.known_ahead, hold: true)"
    found = AheadEnds(rule, received, remedy, series=series)
    found.reach = reach
    return found


def ends_together(ends: Sequence[AheadEnds]) -> AheadEnds:
    """Return what is refused of several panels: the first series by name, and the steps that all of them have."""
    first = min(ends, key=lambda each: str(each.series))
    return _ends(first.rule, first.received, first.series, min(each.reach for each in ends))


@dataclass(frozen=True)
class Without:
    """Series that are forecast without something: the first of them, how many they are, and what of it."""

    column: str
    what: str
    series: str
    count: int
    so: str

    @property
    def told(self) -> str:
        """Return it as a line."""
        more = f" and {self.count - 1:,} more" if self.count > 1 else ""
        return f"{self.what} of series '{self.series}'{more}: {self.so}"


def told_together(bundle: Bundle, found: Sequence[Without]) -> tuple[str, ...]:
    """Return a line for each column, in the bundle's order, of all panels together."""
    by_column: dict[str, Without] = {}
    for each in found:
        known = by_column.get(each.column, each)
        first = min(known, each, key=lambda own: own.series)
        count = each.count if known is each else known.count + each.count
        by_column[each.column] = replace(first, count=count)
    return tuple(by_column[name].told for name in (*bundle.attributes, *bundle.ahead) if name in by_column)


def without_in(bundle: Bundle, windows: Panel) -> tuple[Without, ...]:
    """Return for each column that is known ahead of other series alone who lacks it: they were trained without it as well.

    And for each attribute who lacks it, or has a name that no series of the train part had.
    """
    found = _unsaid(bundle, windows)
    if not bundle.ahead or windows.ahead is None:
        return tuple(found)
    named = windows.ahead.only(bundle.ahead).of_series(windows.ids)
    for place, column in enumerate(bundle.ahead):
        lacking = [name for name, there in zip(windows.ids, named[:, place], strict=True) if not there]
        if lacking:
            what, so = f"no '{column}' is known ahead", "forecast without it, as trained"
            found.append(Without(column, what, lacking[0], len(lacking), so))
    return tuple(found)


def calendar_around(bundle: Bundle, steps: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return what the champion's calendar says of steps, shape `(n_steps, n_calendar)`.

    Raises DataRejected where it knows no days so far: they were kept with what it was trained on.
    """
    try:
        return bundle.calendar_of(steps)
    except DaysUnknown as unknown:
        raise DataRejected(unknown.rule, unknown.received, unknown.remedy) from unknown


def _unsaid(bundle: Bundle, windows: Panel) -> list[Without]:
    attributes, found = attributes_for(bundle.attributes, windows), list[Without]()
    if attributes is None or bundle.highway is None:
        return []
    for column, unknown in strangers(bundle.highway, attributes.seen(windows.ids)).items():
        name = bundle.attributes[column]
        series, text = windows.ids[unknown[0]], attributes.texts(windows.ids, name)[unknown[0]]
        what = (
            f"no '{name}' is said" if text is None else f"'{name}' is '{text}', which no series of the train part had,"
        )
        found.append(Without(name, what, series, len(unknown), "forecast as the average one"))
    return found
