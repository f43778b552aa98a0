"""What stands beside newest windows up to the last step ahead: calendar, what is known ahead, what series say of themselves."""

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
    whole = int(lacking.any(axis=(0, 2)).argmax())
    raise DataRejected(
        f"what is known ahead reaches over the {len(ahead)} steps up to {ahead[-1].isoformat()}",
        f"'{bundle.ahead[column]}' of series '{windows.ids[row]}' has no value at {ahead[first].isoformat()}; {until}",
        f"Bring it up to date, forecast {whole} steps (--horizon {whole}), or let values stand (source.known_ahead, hold: true)"
        if whole
        else "Bring it up to date, or let values stand (source.known_ahead, hold: true)",
        series=windows.ids[row],
    )


def unnamed_told(bundle: Bundle, windows: Panel) -> tuple[str, ...]:
    """Return a line for each column that is known ahead of other series alone: the rest was trained without it as well.

    And for each attribute that is missing, or a name that no series of the train part had.
    """
    lines = _unsaid(bundle, windows)
    if not bundle.ahead or windows.ahead is None:
        return tuple(lines)
    named = windows.ahead.only(bundle.ahead).of_series(windows.ids)
    for place, column in enumerate(bundle.ahead):
        without = [name for name, there in zip(windows.ids, named[:, place], strict=True) if not there]
        if without:
            more = f" and {len(without) - 1:,} more" if len(without) > 1 else ""
            lines.append(
                f"no '{column}' is known ahead of series '{without[0]}'{more}: forecast without it, as trained"
            )
    return tuple(lines)


def calendar_around(bundle: Bundle, steps: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return what the champion's calendar says of steps, shape `(n_steps, n_calendar)`.

    Raises DataRejected where it knows no days so far: they were kept with what it was trained on.
    """
    try:
        return bundle.calendar_of(steps)
    except DaysUnknown as unknown:
        raise DataRejected(unknown.rule, unknown.received, unknown.remedy) from unknown


def _unsaid(bundle: Bundle, windows: Panel) -> list[str]:
    attributes, lines = attributes_for(bundle.attributes, windows), []
    if attributes is None or bundle.highway is None:
        return []
    for column, unknown in strangers(bundle.highway, attributes.seen(windows.ids)).items():
        name = bundle.attributes[column]
        series, text = windows.ids[unknown[0]], attributes.texts(windows.ids, name)[unknown[0]]
        more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        what = (
            f"no '{name}' is said" if text is None else f"'{name}' is '{text}', which no series of the train part had,"
        )
        lines.append(f"{what} of series '{series}'{more}: forecast as the average one")
    return lines
