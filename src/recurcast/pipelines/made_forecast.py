"""What is forecast, and what is flagged: of a frame at once, of a lake file by file."""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from recurcast.config import Checks
from recurcast.forecasting.drivers import AheadEnds, Without, ends_together, told_together, without_in
from recurcast.forecasting.flags import Flags, can_flag, flag, joined, judged_before, refuse_without_intervals
from recurcast.forecasting.forecast import Predict, forecast_of_ends, horizon_of, predict_with, refuse_other_data
from recurcast.forecasting.newest import Found, look_at, newest_windows, together
from recurcast.forecasting.newest_rows import newest_steps, own_ends, refuse_old
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.network import needs_keras
from recurcast.forecasting.spool import Spool
from recurcast.instants import parse_instant
from recurcast.runs.forecast import ForecastRequest, MadeForecast
from recurcast.series.frame import SeriesFrame
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.in_order import InOrder, one_by_one


def made_of(
    request: ForecastRequest,
    frame: SeriesFrame,
    bundle: Bundle,
    predict: Predict,
    spool: Spool,
    judged: Bundle | None = None,
    in_order: InOrder = one_by_one,
) -> MadeForecast:
    """Return the forecast of a frame, with flags where they are asked for; of a lake all its rows are in the spool.

    `judged` are the weights that known steps before its as_of are judged by, where others serve. A lake's files are
    forecast by `in_order`, where that takes no keras.
    """
    refuse_other_data(bundle, frame)
    if request.flagging == "yes":
        refuse_without_intervals(bundle)
    own = _Making(request, frame, bundle, predict, judged)
    if isinstance(frame, LakeFrame):
        return own.by_file(frame, spool, one_by_one if needs_keras(bundle) else in_order)
    return own.at_once(frame)


class _Making:
    def __init__(
        self, request: ForecastRequest, frame: SeriesFrame, bundle: Bundle, predict: Predict, judged: Bundle | None
    ) -> None:
        self._request, self._bundle, self._predict, self._judged = request, bundle, predict, judged
        self._grid, self._as_of, self._checks = frame.grid, request.as_of, request.pipeline.checks
        self._horizon = horizon_of(bundle, request.horizon, recursive=request.pipeline.forecast.recursive)

    def at_once(self, frame: SeriesFrame) -> MadeForecast:
        bundle, align = self._bundle, self._request.pipeline.parts.align
        windows = (bundle.lookback, bundle.covariates, bundle.fewest, align)
        newest = newest_windows(frame, self._checks, self._as_of, *windows)
        rows = forecast_of_ends(bundle, newest.panels, self._grid, self._horizon, self._as_of, self._predict)
        told = told_together(bundle, [each for panel in newest.panels for each in without_in(bundle, panel)])
        flags = self._flags(own_ends(frame.without(newest.foreign), align), self._checks) if self._flagged else None
        return MadeForecast(rows, flags, tuple(filter(None, [self._horizon.remark, *newest.told, *told])))

    def by_file(self, frame: LakeFrame, spool: Spool, in_order: InOrder) -> MadeForecast:
        refuse_old(frame, self._checks, self._as_of)
        found, without, flags, ends = list[Found](), list[Without](), list[Flags](), list[AheadEnds]()
        for each in in_order(partial(self.of_file, frame.unnamed), range(frame.n_files)):
            if each is None:
                continue
            found.append(each.newest)
            without += each.without
            ends += [] if each.ends is None else [each.ends]
            flags += [] if each.flags is None else [each.flags]
            if each.rows is not None:
                spool.add(each.rows)
            del each
        if ends:
            raise ends_together(ends)
        newest = together(found, self._checks, self._bundle.fewest)
        return MadeForecast(
            spool.rows,
            joined(flags) if flags else None,
            tuple(filter(None, [self._horizon.remark, *newest.told, *told_together(self._bundle, without)])),
            None if spool.whole else (spool.n_rows, spool.n_series),
        )

    def of_file(self, frame: LakeFrame, number: int) -> "_OfFile | None":
        """Return what is made of one file; none of one without rows in the span."""
        bundle, piece = self._bundle, frame.piece(number)
        if not piece.n_rows:
            return None
        checks = self._checks.model_copy(update={"max_age": None})  # the newest row is that of all files
        windows = (bundle.lookback, bundle.covariates, bundle.fewest)
        found = look_at(piece, checks, self._as_of, *windows, may_lack=True)
        rows = None
        try:
            if found.panels:
                rows = forecast_of_ends(bundle, found.panels, self._grid, self._horizon, self._as_of, self._predict)
        except AheadEnds as ends:  # how many steps there are is found of all files
            return _OfFile(replace(found, panels=()), None, (), None, ends)
        without = tuple(each for panel in found.panels for each in without_in(bundle, panel))
        flags = self._flags((piece.without(found.foreign),), checks, may_lack=True) if self._flagged else None
        return _OfFile(replace(found, panels=()), rows, without, flags)

    @property
    def _flagged(self) -> bool:
        flagging = self._request.flagging
        return flagging == "yes" or (flagging != "no" and can_flag(self._bundle))

    def _flags(self, ends: tuple[SeriesFrame, ...], checks: Checks, *, may_lack: bool = False) -> Flags | None:
        bundle, judged = self._bundle, self._judged
        count, taken, fewest = bundle.lookback + self._request.judged_steps, bundle.covariates, bundle.fewest
        known = [newest_steps(each, checks, self._as_of, count, taken, fewest, may_lack=may_lack) for each in ends]
        if may_lack and not any(panel.ids for panel in known):
            return None
        flags = joined([flag(bundle, each, self._grid, self._as_of, self._predict) for each in known])
        if judged is None or judged.as_of is None:
            return flags
        by_judged = predict_with(judged)
        earlier = joined([flag(judged, each, self._grid, self._as_of, by_judged) for each in known])
        return judged_before(parse_instant(judged.as_of), earlier, flags)


@dataclass(frozen=True)
class _OfFile:
    newest: Found
    rows: pd.DataFrame | None
    without: tuple[Without, ...]
    flags: Flags | None
    ends: AheadEnds | None = None
