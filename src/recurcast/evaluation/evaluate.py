"""Who competes on which windows: the cells, the champion, the baselines; what they miss, and what their intervals hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.evaluation.champion import Champion, Opponent, narrowed, opponent_of
from recurcast.evaluation.competitors import CHAMPION, Forecaster, baselines, fitted_network, highways_of, seeded
from recurcast.evaluation.conformal import Intervals, calibrate, spreads_of
from recurcast.evaluation.evidence import earlier_windows, told_of_search, unseen_by_all, unseen_since
from recurcast.evaluation.losses import Losses, Prediction, losses_of
from recurcast.evaluation.metrics import Evaluation, evaluate
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.windows import Split, Windows
from recurcast.training.fit import FittedCell


@dataclass(frozen=True)
class Judgement:
    """Scores on the validation windows (the cells) and on the test windows (all competitors)."""

    validation: Evaluation
    test: Evaluation
    """This run's competitors on all test windows, and the champion where its windows fit."""
    duel: Evaluation
    """All competitors on the test windows that all can serve; `test` itself where the champion's windows fit."""
    losses: Losses
    """Those of `duel` and of other seeds of the cells."""
    intervals: Mapping[str, Intervals]
    """By competitor, of those that were calibrated in this run."""
    coverage: Mapping[str, Mapping[str, float]]
    """By competitor and level, the share of test targets within the interval."""
    fit_until: datetime
    """The first instant that no competitor was fitted or chosen on."""
    champion: Champion | None
    """The one that was scored."""
    remark: str = ""
    """Why a champion that stands did not compete, or on fewer windows, and what else is to be known of the scores."""
    earlier: Losses | None = None
    """The same competitors' at the origins of the calibration part (see `evidence`); none where there are none."""

    @cached_property
    def evidence(self) -> Losses:
        """Return the losses that the verdict is given on, those at origins of the calibration part first."""
        return self.losses.with_earlier(self.earlier)

    @property
    def test_begins(self) -> datetime:
        """Return the instant of the first origin in the test part."""
        return self.test.windows.panel.steps[self.test.first_origin].to_pydatetime(warn=False)

    def chosen_by(self, metric: str) -> str:
        """Return the metric that the cells are chosen by: the one that judges them, where it has a scale on both parts."""
        return self.validation.measure(self.judged_by(metric))

    def judged_by(self, metric: str) -> str:
        """Return the metric that the verdict is given by: the gate's, or MAE in the place of MASE where it has no scale."""
        return self.evidence.since(self.fit_until).measure(self.evidence.measure(metric))

    @property
    def leaderboard(self) -> pd.DataFrame:
        """Return the scores that the verdict is given on, with a column `coverage_80` for each level."""
        table = self.duel.overall.copy()
        for level in sorted({level for shares in self.coverage.values() for level in shares}, key=float):
            shares = {name: of_levels.get(level) for name, of_levels in self.coverage.items()}
            table[f"coverage_{level}"] = table["competitor"].map(shares).astype("float64")
        return table


def judge(
    pipeline: PipelineConfig, split: Split, trained: Sequence[Sequence[FittedCell]], champion: Champion | str | None
) -> Judgement:
    """Return the scores: cells and baselines on validation windows, these and the champion on test windows.

    `trained` has each cell's networks, the best seed's first. A champion that can't be used is told by the reason.
    """
    cells = [fitted_network(best.cell, best.network) for best, *_ in trained]
    usual = baselines(pipeline)
    competitors: list[Forecaster] = [*cells, *usual]
    validation = evaluate(competitors, split.validation, split, pipeline.season, pipeline.gate.baseline)
    validation = validation.without_forecasts()
    opponent = champion if champion is None or isinstance(champion, str) else opponent_of(champion, pipeline, split)
    met = champion if isinstance(opponent, Opponent) and not isinstance(champion, str) else None
    against = opponent if isinstance(opponent, Opponent) else None
    test, duel = _on_test_windows(cells, usual, against, pipeline, split)
    siblings = other_seeds(trained, split)
    losses = losses_of(duel.windows, [*duel.predictions, *predicted(siblings, duel.windows)], split, pipeline.season)
    champions = [against.forecaster] if against else []
    everyone = [*(narrowed(each, split) for each in cells), *siblings, *champions, *usual]
    earlier = earlier_losses(everyone, against, pipeline, split)
    intervals = _calibrated(competitors, highways_of(trained), pipeline, split)
    coverage = _coverage(intervals, test, pipeline, split)
    if isinstance(opponent, Opponent):
        coverage |= {CHAMPION: opponent.coverage(_of(duel, CHAMPION))}
    remark = opponent if isinstance(opponent, str) else opponent.remark if opponent else ""
    fit_until = unseen_by_all(split, pipeline, met)
    judgement = Judgement(validation, test, duel, losses, intervals, coverage, fit_until, met, remark, earlier)
    return remarked(judgement, pipeline, split)


def remarked(judgement: Judgement, pipeline: PipelineConfig, split: Split) -> Judgement:
    """Return the judgement with all that is to be known of its scores beside what is remarked of its champion."""
    remarks = (
        told_of_search(split, pipeline),
        judgement.remark,
        _told_of_choice(judgement, pipeline.gate.metric),
        _told_of_season(split, pipeline.season),
    )
    return replace(judgement, remark="; ".join(filter(None, remarks)))


def _told_of_choice(judgement: Judgement, metric: str) -> str:
    """That gaps let no series with a scale have a validation window, while one has test windows; else nothing."""
    if judgement.chosen_by(metric) == judgement.judged_by(metric):
        return ""
    return "no series with a scale has a validation window: the cells were chosen by MAE there"


def _told_of_season(split: Split, season: int) -> str:
    """That the seasonal naive has nothing to repeat, not even before the last target; else nothing."""
    known = split.known
    if known.any() and known.argmax() < len(split.panel.steps) - season:
        return ""
    return (
        f"no value lies a season of {season} steps before a test window: the seasonal naive forecasts the last value. "
        "Shorten season, or wait for more rows"
    )


@dataclass(frozen=True)
class ChampionsPart:
    """What a recorded verdict is given on anew: its losses with those of another champion, and that champion's scores."""

    losses: Losses
    duel: Evaluation | None
    """The champion and the baselines; none where it did not compete."""
    coverage: Mapping[str, float]
    fit_until: datetime


def with_champion(recorded: Losses, pipeline: PipelineConfig, split: Split, champion: Champion | None) -> ChampionsPart:
    """Return recorded losses of a run with those of the champion that it would meet now; no cell forecasts again.

    A champion of another horizon does not compete, since the recorded losses are means over the horizon.
    """
    recorded = recorded.scaled_by(split, pipeline.season)  # as of today's rules: champion and cells have the same
    opponent = None if champion is None else opponent_of(champion, pipeline, split)
    if not isinstance(opponent, Opponent) or opponent.windows.horizon != split.test.horizon:
        return ChampionsPart(recorded.replacing(CHAMPION, None), None, {}, unseen_since(split, pipeline))
    competitors = [opponent.forecaster, *baselines(pipeline)]
    duel = evaluate(competitors, opponent.windows, split, pipeline.season, pipeline.gate.baseline)
    came = losses_of(duel.windows, duel.predictions, split, pipeline.season)
    came = came.with_earlier(earlier_losses([opponent.forecaster], opponent, pipeline, split))
    came = came.at_the_origins_of(recorded)  # runs of earlier versions recorded none of the calibration part
    losses = recorded.replacing(CHAMPION, came).at_the_origins_of(came)
    coverage = opponent.coverage(_of(duel, CHAMPION))
    return ChampionsPart(losses, duel, coverage, unseen_by_all(split, pipeline, champion))


def _on_test_windows(
    cells: Sequence[Forecaster],
    usual: Sequence[Forecaster],
    opponent: Opponent | None,
    pipeline: PipelineConfig,
    split: Split,
) -> tuple[Evaluation, Evaluation]:
    """The evaluation of this run's competitors, and the one that the verdict is given on."""
    season, baseline = pipeline.season, pipeline.gate.baseline
    if opponent is None or opponent.fits:
        champion = [opponent.forecaster] if opponent else []
        test = evaluate([*cells, *champion, *usual], split.test, split, season, baseline)
        return test, test
    test = evaluate([*cells, *usual], split.test, split, season, baseline)
    own = [narrowed(each, split) for each in cells]
    return test, evaluate([*own, opponent.forecaster, *usual], opponent.windows, split, season, baseline)


def other_seeds(trained: Sequence[Sequence[FittedCell]], split: Split) -> list[Forecaster]:
    """Return the networks of other seeds; each can be asked for fewer steps than it forecasts."""
    return [
        narrowed(fitted_network(seeded(sibling.cell, sibling.seed), sibling.network), split)
        for _, *siblings in trained
        for sibling in siblings
    ]


def earlier_losses(
    competitors: Sequence[Forecaster], opponent: Opponent | None, pipeline: PipelineConfig, split: Split
) -> Losses | None:
    """Return the losses at origins of the calibration part that the opponent can serve; none where no window lies there."""
    windows = earlier_windows(split, pipeline)
    if opponent is not None:
        windows = opponent.served(windows)
    return losses_of(windows, predicted(competitors, windows), split, pipeline.season) if len(windows) else None


def predicted(forecasters: Sequence[Forecaster], windows: Windows) -> list[Prediction]:
    """Return what each of the forecasters makes of the windows."""
    return [Prediction(each.name, each.predict(windows)) for each in forecasters]


def _calibrated(
    competitors: Sequence[Forecaster], highways: Mapping[str, Highway | None], pipeline: PipelineConfig, split: Split
) -> dict[str, Intervals]:
    """The intervals of all whose forecasts of the calibration windows are finite; none without such windows."""
    windows, levels = split.calibration, pipeline.forecast.levels
    if not len(windows) or not levels:
        return {}
    targets, spreads = windows.targets, spreads_by_highway(windows, pipeline, split)
    found = {}
    for each in (Prediction(each.name, each.predict(windows)) for each in competitors):
        if each.finite:
            highway = highways.get(each.competitor)
            found[each.competitor] = calibrate(each.values, targets, spreads(highway), levels, highway)
    return found


def _coverage(
    intervals: Mapping[str, Intervals], test: Evaluation, pipeline: PipelineConfig, split: Split
) -> dict[str, dict[str, float]]:
    targets, spreads = test.windows.targets, spreads_by_highway(test.windows, pipeline, split)
    return {
        each.competitor: own.coverage(each.values, targets, spreads(own.highway))
        for each in test.predictions
        if (own := intervals.get(each.competitor)) is not None
    }


def spreads_by_highway(
    windows: Windows, pipeline: PipelineConfig, split: Split
) -> Callable[[Highway | None], NDArray[np.float64]]:
    """Return the spreads of the windows by highway, computed once for all that have the same."""
    return cache(lambda highway: interval_spreads(windows, highway, pipeline, split))


def interval_spreads(
    windows: Windows, highway: Highway | None, pipeline: PipelineConfig, split: Split
) -> NDArray[np.float64]:
    """Return what the widths of a competitor's intervals are multiplied with, shape `(n_windows,)`."""
    return spreads_of(windows, pipeline.network.scale, split.spread_floor, highway)


def _of(evaluation: Evaluation, competitor: str) -> NDArray[np.float64]:
    return next(each.values for each in evaluation.predictions if each.competitor == competitor)
