"""The charts of a training run in MLflow: PNG to download, and an interactive page for whoever looks."""

from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.promotion.gate import Decision
from recurcast.reporting import charts
from recurcast.reporting.charts import apart, packed_library
from recurcast.reporting.charts.curves import curves_of
from recurcast.runs.train import Request
from recurcast.series.windows import Split
from recurcast.tracking.artifacts import COMPARISON_CHART, INTERACTIVE_CHARTS
from recurcast.tracking.recorded_runs import has_artifact
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import store_errors, unless_missing
from recurcast.tracking.trained import TrainedCell

if TYPE_CHECKING:  # TensorFlow takes seconds, and a forecast has its chart without it
    from recurcast.evaluation.evaluate import Judgement
    from recurcast.training.fit import FittedCell

_HOLDER = "mlflow.recurcast.plotly"
"""Tag of the experiment: the run that keeps plotly.js for all pages; MLflow's page hides tags that begin so."""

LIBRARY = "charts/library/plotly.mjs"
"""An ending whose type browsers run as a script; `.js` is sent as plain text, which they refuse."""


def log_loss_curve(run: TrackedRun, request: Request, fitted: "FittedCell") -> None:
    """Have the losses per epoch drawn for the cell's run."""
    if request.pipeline.charts == "none":
        return
    drawing = apart.begin("loss_chart", request.pipeline, request.as_of, [curves_of(fitted)])
    run.file_later(f"charts/loss_{fitted.cell}.png", drawing)


def log_forecasts_of_cell(run: TrackedRun, request: Request, split: Split, cell: str, judgement: "Judgement") -> None:
    """Have a cell's forecasts of test windows drawn beside the baseline's for the cell's run."""
    pipeline = request.pipeline
    if pipeline.charts == "none":
        return
    bands = charts.bands_of(judgement, judgement.test, cell, split, pipeline)
    compared = (pipeline.gate.baseline, cell)
    drawing = apart.begin("forecast_chart", pipeline, request.as_of, judgement.test, compared, bands)
    run.file_later(f"charts/forecast_{cell}.png", drawing)


def log_charts(
    run: TrackedRun,
    request: Request,
    split: Split,
    trained: tuple[TrainedCell, ...],
    judgement: "Judgement",
    decision: Decision,
) -> None:
    """Have the comparison of all competitors drawn, and record the interactive page where the pipeline wants one.

    The intervals of a backfill go without the page: there are many, and nobody looks at each.
    """
    pipeline, challenger, as_of = request.pipeline, decision.challenger, request.as_of
    if pipeline.charts == "none":
        return
    # Where a champion of other windows competes, a window's spread is not the one that the intervals are stated in.
    fits = judgement.duel is judgement.test
    bands = charts.bands_of(judgement, judgement.test, challenger, split, pipeline) if fits else None
    drawing = apart.begin("comparison_chart", pipeline, as_of, judgement.duel, challenger, bands)
    run.file_later(COMPARISON_CHART, drawing)
    if pipeline.charts == "png" or request.trigger == "backfill":
        return
    holder = library_for(run, pipeline)
    shown = charts.side_by_side(pipeline, judgement.duel, bands)
    fitted = [each.fitted for each in trained]
    run.text(charts.run_page(pipeline, as_of, shown, challenger, fitted, holder), INTERACTIVE_CHARTS)


def library_for(run: TrackedRun, pipeline: PipelineConfig) -> str:
    """Return the id of the run that keeps plotly.js for a page of this run; none where the page itself holds it."""
    return _holder(run) if pipeline.charts == "shared" else ""


def _holder(run: TrackedRun) -> str:
    """The id of the run that keeps plotly.js for the experiment: this one from now on, where none does."""
    client = run.store.client
    with store_errors(run.store.uri):
        holder = client.get_experiment(run.experiment_id).tags.get(_HOLDER)
        if holder is not None and unless_missing(has_artifact, run.store, holder, LIBRARY):
            return holder
        run.text(packed_library(), LIBRARY)
        client.set_experiment_tag(run.experiment_id, _HOLDER, run.run_id)
    return run.run_id
