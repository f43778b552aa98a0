"""One copy of plotly.js for the interactive pages of an experiment, kept by the first run that needs it."""

from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.reporting.charts import packed_library
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import is_missing, store_errors

_HOLDER = "mlflow.recurcast.plotly"
"""Tag of the experiment: the run that keeps plotly.js for all pages; MLflow's page hides tags that begin so."""
_FOLDER = "charts/library"
LIBRARY = f"{_FOLDER}/plotly.mjs"
"""An ending whose type browsers run as a script; `.js` is sent as plain text, which they refuse."""


def library_for(run: TrackedRun, pipeline: PipelineConfig) -> str:
    """Return the id of the run that keeps plotly.js for a page of this run; none where the page itself holds it."""
    return _holder(run) if pipeline.charts == "shared" else ""


def _holder(run: TrackedRun) -> str:
    """The id of the run that keeps plotly.js for the experiment: this one from now on, where none does."""
    client = run.store.client
    with store_errors(run.store.uri):
        holder = client.get_experiment(run.experiment_id).tags.get(_HOLDER)
        if holder is not None and _keeps_it(run, holder):
            return holder
        run.text(packed_library(), LIBRARY)
        client.set_experiment_tag(run.experiment_id, _HOLDER, run.run_id)
    return run.run_id


def _keeps_it(run: TrackedRun, holder: str) -> bool:
    try:
        return any(each.path == LIBRARY for each in run.store.client.list_artifacts(holder, _FOLDER))
    except MlflowException as error:
        if not is_missing(error):
            raise
        return False
