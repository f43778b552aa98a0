"""Whether a refit may serve: it was fitted on the test windows too, so there it is no worse than the judged weights."""

from math import isfinite

from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import fitted_network
from recurcast.evaluation.evaluate import Judgement
from recurcast.evaluation.losses import Prediction, losses_of, losses_together
from recurcast.series.windows import Split
from recurcast.training.fit import FittedCell

_ROOM = 0.05


def why_unfit(
    fitted: FittedCell, judgement: Judgement, pipeline: PipelineConfig, split: Split, metric: str
) -> str | None:
    """Return why a refit does not serve, or none: not finite, or worse on test windows by more than 5%."""
    forecaster, losses = fitted_network(fitted.cell, fitted.network), []
    for piece in split.pieces():
        prediction = Prediction(fitted.cell, forecaster.predict(piece.test)) if len(piece.test) else None
        if prediction is not None and not prediction.finite:
            return "not all forecasts of the refit are finite"
        losses += [] if prediction is None else [losses_of(piece.test, [prediction], piece, pipeline.season)]
        del piece
    score = losses_together(losses).score(fitted.cell, metric)
    judged = judgement.test.score(fitted.cell, metric)
    if isfinite(judged) and not score <= (1 + _ROOM) * judged:
        return f"the refit's {METRICS[metric].label} on the test windows is {score:.4g}, theirs {judged:.4g}"
    return None
