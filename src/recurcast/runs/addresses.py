"""Where things stand on MLflow's page: addresses relative to that page, so that they hold wherever it is served from."""

_FOR_TRAINING = "?workflowType=machine_learning"
"""MLflow's page opens as one for language models where its address does not say so."""


def run_address(experiment_id: str, run_id: str, artifact: str = "") -> str:
    """Return where a run is shown, or one of its files.

    The experiment stands in it: from a bare `#/runs/ID` the page goes on to the same, and drops what comes behind `?`.
    """
    file = f"/artifacts/{artifact}" if artifact else ""
    return f"#/experiments/{experiment_id}/runs/{run_id}{file}{_FOR_TRAINING}"


def version_address(name: str, version: int) -> str:
    """Return where a version of a registered model is shown."""
    return f"#/models/{name}/versions/{version}{_FOR_TRAINING}"
