"""What is known of who serves: since when and why, its scores, whether its files are whole and the alias agrees."""

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.errors import ChampionUnusable
from recurcast.promotion.champion_history import Championship, fold
from recurcast.promotion.entries import Entry
from recurcast.tracking.measures import finite, measure_in
from recurcast.tracking.models.files import copy_files
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.registry.registry import ServingVersion, serving_of
from recurcast.tracking.store import Store, store_errors, unless_missing


@dataclass(frozen=True)
class ChampionFacts:
    """Who serves a pipeline, or served it at an instant."""

    serving: ServingVersion
    entry: Entry | None
    """What made it champion; none of a baseline that serves because nobody stands."""
    metric: str = ""
    """Which judged it: the gate's, or MAE in the place of MASE where no series had a scale."""
    scores: dict[str, float] = field(default_factory=dict)
    """Of that metric on the test windows of its own run, by role: challenger, champion (before it), baseline."""
    damage: str | None = None
    """Why its files can't be used, or none where they are whole."""
    deleted: int | None = None
    """The champion that the history names, where its version was deleted."""
    alias: int | None = None
    """The version that the alias names today."""


def champion_facts(store: Store, pipeline: PipelineConfig, as_of: datetime | None = None) -> ChampionFacts:
    """Return who serves, or served at `as_of`, with all that is known of it.

    Raises ConfigurationError where nothing was ever registered.
    """
    name = pipeline.name
    with store_errors(store.uri):
        history = read_history(store, name)
        championship = fold(() if history is None else history.entries, as_of)
        serving = serving_of(store, name, championship)
        assert history is not None, "something serves"
        entry = _made_by(championship, serving)
        deleted = championship.version if championship.version not in (None, serving.version) else None
        judged = _scores(store, pipeline, serving.version) if serving.kind == "network" else (pipeline.gate.metric, {})
    return ChampionFacts(serving, entry, *judged, _damage(store, name, serving.version), deleted, history.alias)


def _made_by(championship: Championship, serving: ServingVersion) -> Entry | None:
    """The entry that made it serve; a baseline serves by one only where a person went back to it."""
    if serving.kind == "network":
        return next(each for each in reversed(championship.reigns) if each.version == serving.version)
    last = championship.decided
    return last.entry if last is not None and last.after is None else None


def _scores(store: Store, pipeline: PipelineConfig, version: int) -> tuple[str, dict[str, float]]:
    """Metric and scores from the run that trained it; where that was deleted, what the version itself says."""
    tags = store.client.get_model_version(pipeline.name, str(version)).tags
    run = unless_missing(store.client.get_run, tags["run"])
    told = {key.removeprefix("test."): float(value) for key, value in tags.items() if key.startswith("test.")}
    metrics = {f"challenger/{metric}": score for metric, score in told.items()} if run is None else run.data.metrics
    metric = measure_in(metrics, pipeline.gate.metric)
    found = {role: finite(metrics.get(f"{role}/{metric}")) for role in ("challenger", "champion", "baseline")}
    return metric, {role: score for role, score in found.items() if score is not None}


def _damage(store: Store, name: str, version: int) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            copy_files(store, name, version, Path(folder))
        except ChampionUnusable as unusable:
            return unusable.why
    return None
