"""Who competes on the windows of a lake: judged file by file, with what is kept of a file summed.

first pass    validation windows: scores; calibration windows: residuals of a seeded sample set the widths of intervals
second pass   test windows: scores, losses that the verdict is given on, shares within the intervals

Of the files' arrays one file's are there at a time. What grows with the series are the losses per series, origin and
competitor, some 60 bytes each, and nothing else.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.evaluation.champion import Champion, Opponent, narrowed, opponent_of
from recurcast.evaluation.competitors import CHAMPION, Forecaster, baselines, fitted_network, highways_of
from recurcast.evaluation.conformal import Intervals, calibrate
from recurcast.evaluation.evaluate import (
    Judgement,
    earlier_losses,
    interval_spreads,
    judge,
    other_seeds,
    predicted,
    remarked,
    spreads_by_highway,
)
from recurcast.evaluation.evidence import unseen_by_all
from recurcast.evaluation.losses import Losses, Prediction, losses_of, losses_together
from recurcast.evaluation.metrics import Evaluation
from recurcast.evaluation.tally import Share, Tally
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split, Windows
from recurcast.training.fit import FittedCell

MOST_RESIDUALS = 2**15
"""Calibration windows that set the widths: of more a sample is drawn, an equal share of each file."""


def judged_on(
    pipeline: PipelineConfig, split: Split, trained: Sequence[Sequence[FittedCell]], champion: Champion | str | None
) -> Judgement:
    """Return the scores as `judge` does, of windows in one place or in files.

    Raises DataRejected where a file is another one by now.
    """
    return (_judged if isinstance(split, LakeSplit) else judge)(pipeline, split, trained, champion)


def _judged(
    pipeline: PipelineConfig, split: Split, trained: Sequence[Sequence[FittedCell]], champion: Champion | str | None
) -> Judgement:
    validation, intervals = _first_pass(pipeline, split, trained)
    standing = champion if champion is None or isinstance(champion, str) else _standing(champion, pipeline, split)
    met = champion if isinstance(standing, Opponent) and not isinstance(champion, str) else None
    second = _Second(pipeline, trained, met, intervals)
    for piece in split.pieces():
        second.add(piece)
        del piece
    fits = not isinstance(standing, Opponent) or standing.fits
    drawn = [standing.forecaster] if isinstance(standing, Opponent) and fits else []
    few = predicted([*second.usual, *drawn], split.test)
    test = second.test.evaluation(split.test, few)
    judgement = Judgement(
        validation,
        test,
        test if fits else second.duel.evaluation(split.test, few),
        losses_together(second.losses),
        intervals,
        second.coverage,
        unseen_by_all(split, pipeline, met),
        met,
        standing.told_on(second.duel.n_windows) if isinstance(standing, Opponent) else standing or "",
        losses_together(second.earlier) if second.earlier else None,
    )
    return remarked(judgement, pipeline, split)


def _standing(champion: Champion, pipeline: PipelineConfig, split: Split) -> Opponent | str:
    """The champion on the windows of a few series or, where it serves none of them, of the first file where it does."""
    found = opponent_of(champion, pipeline, split)
    if isinstance(found, Opponent):
        return found
    of_files = (opponent_of(champion, pipeline, piece) for piece in split.pieces())
    return next((each for each in of_files if isinstance(each, Opponent)), found)


def _first_pass(
    pipeline: PipelineConfig, split: Split, trained: Sequence[Sequence[FittedCell]]
) -> tuple[Evaluation, dict[str, Intervals]]:
    competitors = [*_cells(trained), *baselines(pipeline)]
    scores = Tally(pipeline.season, pipeline.gate.baseline)
    residuals = _Residuals(pipeline, split, highways_of(trained))
    for piece in split.pieces():
        if len(piece.validation):
            scores.add(piece.validation, predicted(competitors, piece.validation), piece)
        residuals.add(piece, competitors)
        del piece
    return scores.evaluation(split.validation, ()).without_forecasts(), residuals.intervals()


def _cells(trained: Sequence[Sequence[FittedCell]]) -> list[Forecaster]:
    return [fitted_network(best.cell, best.network) for best, *_ in trained]


class _Residuals:
    """What competitors forecast of a sample of calibration windows."""

    def __init__(self, pipeline: PipelineConfig, split: Split, highways: Mapping[str, Highway | None]) -> None:
        self._pipeline, self._highways = pipeline, highways
        self._random = np.random.default_rng([pipeline.training.seed, 2])
        n_windows = split.overall.n_calibration if split.overall and pipeline.forecast.levels else 0
        self._share = min(1.0, MOST_RESIDUALS / n_windows) if n_windows else 0.0
        self._targets = list[NDArray[np.float64]]()
        self._spreads = {each: list[NDArray[np.float64]]() for each in {None, *highways.values()}}
        self._forecasts = dict[str, list[NDArray[np.float64]]]()

    def add(self, piece: Split, competitors: Sequence[Forecaster]) -> None:
        windows = piece.calibration
        count = int(np.ceil(self._share * len(windows)))
        if not count:
            return
        chosen = np.sort(self._random.choice(len(windows), count, replace=False))
        some = Windows(
            windows.part,
            windows.panel,
            windows.lookback,
            windows.horizon,
            windows.series[chosen],
            windows.origin[chosen],
        )
        self._targets.append(some.targets)
        for highway, own in self._spreads.items():
            own.append(interval_spreads(some, highway, self._pipeline, piece))
        for each in predicted(competitors, some):
            self._forecasts.setdefault(each.competitor, []).append(each.values)

    def intervals(self) -> dict[str, Intervals]:
        """Return those of all whose forecasts are finite."""
        if not self._targets:
            return {}
        targets, levels = np.concatenate(self._targets), self._pipeline.forecast.levels
        spreads = {highway: np.concatenate(own) for highway, own in self._spreads.items()}
        found = {}
        for name, parts in self._forecasts.items():
            values, highway = np.concatenate(parts), self._highways.get(name)
            if np.isfinite(values).all():
                found[name] = calibrate(values, targets, spreads[highway], levels, highway)
        return found


class _Second:
    """What test windows tell, file by file."""

    def __init__(
        self,
        pipeline: PipelineConfig,
        trained: Sequence[Sequence[FittedCell]],
        champion: Champion | None,
        intervals: Mapping[str, Intervals],
    ) -> None:
        self._pipeline, self._trained, self._champion, self._intervals = pipeline, trained, champion, intervals
        self._cells, self._baselines = _cells(trained), list(baselines(pipeline))
        self.test, self.duel = (Tally(pipeline.season, pipeline.gate.baseline) for _ in range(2))
        self.losses, self.earlier = list[Losses](), list[Losses]()
        self._shares: dict[str, Share] = {}

    @property
    def usual(self) -> list[Forecaster]:
        """Return who competes beside a champion."""
        return [*self._cells, *self._baselines]

    @property
    def coverage(self) -> dict[str, dict[str, float]]:
        """Return the share of targets within the intervals, by competitor and level."""
        return {name: own.mean for name, own in self._shares.items() if own.mean}

    def add(self, piece: Split) -> None:
        against = None if self._champion is None else opponent_of(self._champion, self._pipeline, piece)
        if isinstance(against, str):  # no window of the file can be served by all
            self._add_scores(piece, self.usual)
            return
        fits = against is None or against.fits
        champion: list[Forecaster] = [against.forecaster] if against else []
        own = self._add_scores(piece, [*self._cells, *(champion if fits else []), *self._baselines])
        windows = piece.test if against is None else against.windows
        if not fits:
            narrow = [narrowed(each, piece) for each in self._cells]
            own = predicted([*narrow, *champion, *self._baselines], windows)
            self.duel.add(windows, own, piece)
        siblings = other_seeds(self._trained, piece)
        if len(windows):
            every = [*own, *predicted(siblings, windows)]
            self.losses.append(losses_of(windows, every, piece, self._pipeline.season))
        if against is not None and len(windows):
            forecasts = next(each.values for each in own if each.competitor == CHAMPION)
            self._shares.setdefault(CHAMPION, Share()).add(against.coverage(forecasts), windows.targets)
        everyone = [*(narrowed(each, piece) for each in self._cells), *siblings, *champion, *self._baselines]
        earlier = earlier_losses(everyone, against, self._pipeline, piece)
        self.earlier += [] if earlier is None else [earlier]

    def _add_scores(self, piece: Split, competitors: Sequence[Forecaster]) -> list[Prediction]:
        windows = piece.test
        if not len(windows):
            return []
        found = predicted(competitors, windows)
        self.test.add(windows, found, piece)
        spreads, targets = spreads_by_highway(windows, self._pipeline, piece), windows.targets
        for each in found:
            if (own := self._intervals.get(each.competitor)) is not None:
                shares = own.coverage(each.values, targets, spreads(own.highway))
                self._shares.setdefault(each.competitor, Share()).add(shares, targets)
        return found
