"""The alias `champion`, a projection of the verdict history: derived again by whoever writes, until both agree.

No lock is needed. Whoever moves the alias reads the entries again afterwards, so the last one to move it has seen all
entries that were there; and whoever adds one later looks at the alias after that.
"""

from functools import partial

from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.evaluation.competitors import CHAMPION
from recurcast.promotion.champion_history import Championship, fold
from recurcast.tracking.registry.baselines import baseline_version
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.retries import patiently
from recurcast.tracking.store import Store, is_missing


def project(store: Store, pipeline: PipelineConfig) -> Championship | None:
    """Return how it stands, the alias set to who serves; none where nothing was ever registered.

    The champion's version serves; where it was deleted, the one before it; where nobody stands, the baseline.
    """
    name = pipeline.name
    gone: set[int] = set()
    while (history := read_history(store, name)) is not None:
        championship = fold(history.entries)
        entry = championship.standing(gone)
        serving = baseline_version(store, pipeline) if entry is None or entry.version is None else entry.version
        if history.alias == serving:
            return championship
        if not _set_alias(store, name, serving):
            gone.add(serving)
    return None


def _set_alias(store: Store, name: str, version: int) -> bool:
    """Return whether the alias was set; it is not where the version was deleted."""
    try:
        patiently(partial(store.client.set_registered_model_alias, name, CHAMPION, str(version)))
    except MlflowException as error:
        if not is_missing(error):
            raise
        return False
    return True
