"""Why nothing serves under a pipeline's name: it was never judged, not by then, or what was registered is gone."""

from recurcast.tracking.recorded_runs import runs_where
from recurcast.tracking.store import Store

_JUDGED = "attributes.status = 'FINISHED' and tags.outcome = 'trained' and tags.adhoc = 'false'"


def why_nothing_serves(store: Store, name: str) -> str:
    """Return what happened and the way out; the runs are asked, which outlive a registered model that somebody deleted."""
    if next(runs_where(store, name, _JUDGED, most=1), None) is None:
        return f"nothing is registered of '{name}' yet. Run it first: recurcast run {name}"
    standing = [each for each in store.client.search_model_versions(f"name='{name}'") if "as_of" in each.tags]
    if standing:
        first = min(each.tags["as_of"] for each in standing)
        return (
            f"no version of '{name}' was champion then: the first one that is registered is of {first}. Take a later instant, or "
            f"run an earlier interval: recurcast backfill run {name}"
        )
    return (
        f"what was registered of '{name}' was deleted from MLflow, its runs were not. To train and register it again: "
        f"recurcast run {name} --force"
    )
