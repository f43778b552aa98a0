"""Who competes on which windows: the cells, the champion where its windows fit, the baselines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recurcast.config import PipelineConfig
from recurcast.evaluation import Evaluation, evaluate
from recurcast.forecaster import Forecaster, NetworkForecaster, baselines
from recurcast.losses import losses_of
from recurcast.networks import load_network
from recurcast.promotion import CHAMPION
from recurcast.records import Judgement
from recurcast.training import FittedCell
from recurcast.windows import Split

if TYPE_CHECKING:
    from recurcast.tracking.registry import Champion


def judge(
    pipeline: PipelineConfig, split: Split, cells: Sequence[FittedCell], champion: "Champion | None"
) -> Judgement:
    """Return the scores: the cells and baselines on validation windows, these and the champion on test windows."""
    competitors: list[Forecaster] = [NetworkForecaster(each.cell, each.network.forecaster) for each in cells]
    competitors += baselines(pipeline)
    baseline, season = pipeline.gate.baseline, pipeline.season
    validation = evaluate(competitors, split.validation, split, season, baseline)
    remark = ""
    if champion is not None:
        network = load_network(champion.keras_file)
        if fits(network, split):
            competitors.insert(len(cells), NetworkForecaster(CHAMPION, network))
        else:
            remark = (
                f"champion version {champion.version} takes other windows: it was not scored, the baseline stands in"
            )
    test = evaluate(competitors, split.test, split, season, baseline)
    return Judgement(validation, test, losses_of(test, split, season), champion, remark)


def score_champion(pipeline: PipelineConfig, split: Split, champion: "Champion") -> Evaluation | None:
    """Return the scores of the champion and the baselines on the test windows; none where its windows don't fit."""
    network = load_network(champion.keras_file)
    if not fits(network, split):
        return None
    competitors = [NetworkForecaster(CHAMPION, network), *baselines(pipeline)]
    return evaluate(competitors, split.test, split, pipeline.season, pipeline.gate.baseline)


def fits(network: Any, split: Split) -> bool:
    """Return whether a network takes this split's windows and forecasts its horizon."""
    windows, panel = split.test, split.panel
    expected = [(windows.lookback, panel.values.shape[2])]
    if panel.calendar.shape[1]:
        expected.append((windows.lookback + windows.horizon, panel.calendar.shape[1]))
    shapes = {tuple(tensor.shape[1:]) for tensor in network.inputs}
    return shapes == set(expected) and tuple(network.output.shape[1:]) == (windows.horizon,)
