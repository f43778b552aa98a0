"""Whether a refit may serve: it was fitted on the test windows too, so there it is no worse than the judged weights."""

from math import isfinite

from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import fitted_network
from recurcast.evaluation.evaluate import Judgement
from recurcast.evaluation.losses import Prediction, losses_of
from recurcast.series.windows import Split
from recurcast.training.fit import FittedCell

_ROOM = 0.05


def why_unfit(
    fitted: FittedCell, judgement: Judgement, pipeline: PipelineConfig, split: Split, metric: str
) -> str | None:
    """Return why a refit does not serve, or none: not finite, or worse on test windows by more than 5%."""
    forecaster = fitted_network(fitted.cell, fitted.network)
    prediction = Prediction(fitted.cell, forecaster.predict(split.test))
    if not prediction.finite:
        return "not all forecasts of the refit are finite"
    score = losses_of(split.test, [prediction], split, pipeline.season).score(fitted.cell, metric)
    judged = judgement.test.score(fitted.cell, metric)
    if isfinite(judged) and not score <= (1 + _ROOM) * judged:
        return f"the refit's {METRICS[metric].label} on the test windows is {score:.4g}, theirs {judged:.4g}"
    return None
