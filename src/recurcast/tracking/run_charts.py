"""The charts of a judged run in MLflow: PNG to download, and an interactive page for whoever looks."""

from mlflow.exceptions import MlflowException

from recurcast import charts
from recurcast.judging import Judgement
from recurcast.promotion import Decision
from recurcast.records import Request, TrainedCell
from recurcast.tracking.artifacts import COMPARISON_CHART, INTERACTIVE_CHARTS
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import is_missing, store_errors
from recurcast.windows import Split

_HOLDER = "mlflow.recurcast.plotly"
"""Tag of the experiment: the run that keeps plotly.js for all pages; MLflow's page hides tags that begin so."""
_FOLDER = "charts/library"
LIBRARY = f"{_FOLDER}/plotly.mjs"
"""An ending whose type browsers run as a script; `.js` is sent as plain text, which they refuse."""


def log_charts(
    run: TrackedRun,
    request: Request,
    split: Split,
    trained: tuple[TrainedCell, ...],
    judgement: Judgement,
    decision: Decision,
) -> None:
    """Record the comparison of all competitors, and the interactive page where the pipeline wants one.

    The intervals of a backfill go without the page: there are many, and nobody looks at each.
    """
    pipeline, challenger, as_of = request.pipeline, decision.challenger, request.as_of
    bands = charts.bands_of(judgement, judgement.duel, challenger, split, pipeline)
    run.file(charts.comparison_chart(pipeline, as_of, judgement.duel, challenger, bands), COMPARISON_CHART)
    if pipeline.charts == "png" or request.trigger == "backfill":
        return
    holder = _library_of(run) if pipeline.charts == "shared" else ""
    shown = charts.side_by_side(pipeline, judgement.duel, bands)
    fitted = [each.fitted for each in trained]
    run.text(charts.run_page(pipeline, as_of, judgement.duel, shown, challenger, fitted, holder), INTERACTIVE_CHARTS)


def _library_of(run: TrackedRun) -> str:
    """The id of the run that keeps plotly.js for the experiment: this one from now on, where none does."""
    client = run.store.client
    with store_errors(run.store.uri):
        holder = client.get_experiment(run.experiment_id).tags.get(_HOLDER)
        if holder is not None and _keeps_it(run, holder):
            return holder
        run.text(charts.packed_library(), LIBRARY)
        client.set_experiment_tag(run.experiment_id, _HOLDER, run.run_id)
    return run.run_id


def _keeps_it(run: TrackedRun, holder: str) -> bool:
    try:
        return any(each.path == LIBRARY for each in run.store.client.list_artifacts(holder, _FOLDER))
    except MlflowException as error:
        if not is_missing(error):
            raise
        return False
