"""What a person states of a time, read as the pipeline's own people read it."""

from datetime import datetime

from recurcast.config.project import TrainingDeployment
from recurcast.errors import ConfigurationError
from recurcast.instants import in_zone, parse_time


def stated_as_of(text: str | None, deployment: TrainingDeployment) -> datetime | None:
    """Return the instant that `--as-of` names, or none; without zone it is the wall clock of the pipeline's schedule."""
    return None if text is None else in_zone(parse_time(text), deployment.timezone)


def refuse_on_server(executor: str | None) -> None:
    """Raise ConfigurationError where an executor is asked for of a run that a server's worker carries out."""
    if executor is not None:
        raise ConfigurationError(
            f"--executor says who fits for this process; received {executor} for a run on the server. Say it where its worker "
            "runs, by RECURCAST_EXECUTOR or place.yaml; or run here."
        )
