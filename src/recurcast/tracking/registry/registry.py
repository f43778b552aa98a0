"""The registered model of a pipeline: challengers become versions, verdicts entries, and the alias follows them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.escaping import in_markdown
from recurcast.evaluation.champion import Champion
from recurcast.evaluation.competitors import CHAMPION
from recurcast.instants import format_instant, parse_instant
from recurcast.promotion.champion_history import Championship, why_not_champion
from recurcast.promotion.entries import Registration
from recurcast.promotion.gate import Decision
from recurcast.runs.train import Request
from recurcast.runs.zone_rules import RULES_TAG, VERSION_TAG
from recurcast.tracking.intervals import fingerprint_in
from recurcast.tracking.models.bundles import REFIT, SERVING
from recurcast.tracking.models.digests import logged_digests
from recurcast.tracking.models.files import copy_files
from recurcast.tracking.models.logged import link_version
from recurcast.tracking.registry.absent import why_nothing_serves
from recurcast.tracking.registry.champion_history import (
    begun_history,
    championship_of,
    enter,
    owing,
    project,
    read_history,
    standing_version,
    writer_tags,
)
from recurcast.tracking.retries import patiently
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors
from recurcast.tracking.trained import TrainedCell

_PROVISIONAL = "the verdict is provisional: it is given again once earlier intervals are done"


@dataclass(frozen=True)
class ServingVersion:
    """What `models:/NAME@champion` gives, or gave; `name` is a cell or a baseline, which has no as_of."""

    version: int
    kind: Literal["network", "baseline"]
    name: str
    as_of: datetime | None


def champion_as_of(
    store: Store, pipeline: PipelineConfig, as_of: datetime, folder: Path, before: int | None = None
) -> Champion | None:
    """Return who was champion at `as_of`, or none: the future is not asked.

    Of entries at `as_of` itself only those of versions before the number `before` count, so that an interval does not
    meet itself when it is decided again. The files are copied into `folder`, which the caller removes. Raises
    ChampionUnusable where they are missing or damaged.
    """
    return champion_of(store, pipeline.name, championship_of(store, pipeline.name, as_of, before), folder)


def champion_of(store: Store, name: str, championship: Championship, folder: Path) -> Champion | None:
    """Return the champion, or none, of how it stood; `champion_as_of` says more."""
    with store_errors(store.uri):
        found = standing_version(store, name, championship)
    if found is None:
        return None
    copied, tags = copy_files(store, name, found.number, folder), found.version.tags
    fit_until = parse_instant(tags["fit_until"]) if "fit_until" in tags else None
    return Champion(found.number, parse_instant(tags["as_of"]), tags["cell"], found.entry.as_of, fit_until, copied)


def serving_version(store: Store, name: str, as_of: datetime | None = None) -> ServingVersion:
    """Return what serves under a pipeline's name, or served at `as_of`: the champion, else the newest baseline.

    Raises ConfigurationError where nothing was ever registered.
    """
    return serving_of(store, name, championship_of(store, name, as_of))


def serving_of(store: Store, name: str, championship: Championship) -> ServingVersion:
    """Return what serves under a pipeline's name as it stands, or stood; `serving_version` says more."""
    with store_errors(store.uri):
        standing = standing_version(store, name, championship)
        return _serving(store, name, None if standing is None else standing.version)


def serving_now(store: Store, name: str) -> ServingVersion:
    """Return what serves by the alias: after a projection it is where the history has it, and read twenty times as fast.

    Where there is no alias the history says it. Raises ConfigurationError where nothing was ever registered.
    """
    with store_errors(store.uri):
        try:
            version = store.client.get_model_version_by_alias(name, CHAMPION)
        except MlflowException:
            return serving_version(store, name)
        return _serving(store, name, version if "as_of" in version.tags else None)


def serving_if_any(store: Store, name: str) -> ServingVersion | None:
    """Return what serves now, or none where nothing was ever registered."""
    try:
        return serving_now(store, name)
    except ConfigurationError:
        return None


def _serving(store: Store, name: str, network: ModelVersion | None) -> ServingVersion:
    """A network as what serves, or in its place the newest baseline."""
    if network is not None:
        tags = network.tags
        return ServingVersion(int(network.version), "network", tags["cell"], parse_instant(tags["as_of"]))
    baselines = store.client.search_model_versions(f"name='{name}' and tags.kind = 'baseline'")
    if not baselines:
        raise ConfigurationError(
            f"a pipeline serves once one of its intervals was judged; {why_nothing_serves(store, name)}"
        )
    newest = max(baselines, key=lambda each: int(each.version))
    return ServingVersion(int(newest.version), "baseline", newest.tags["baseline"], None)


def register(
    parent: TrackedRun,
    request: Request,
    winner: TrainedCell,
    decision: Decision,
    *,
    fit_until: datetime | None = None,
    frame_model: str | None = None,
    refitted: bool = False,
) -> Registration:
    """Make the challenger a version, promoted or not, enter its verdict, and let the alias follow.

    `fit_until` is where the data end that the version was fitted and chosen on; `frame_model` the address of the form that
    takes a history frame; `refitted` says that the judged weights stand beside others, which serve.
    """
    store, pipeline = parent.store, request.pipeline
    provisional = request.ticket is not None and request.ticket.provisional
    # In this order MLflow's page lists them: what a reader looks for comes first.
    tags = {"as_of": format_instant(request.as_of), "cell": decision.challenger}
    tags |= _verdict_tags(decision, provisional=provisional) | {"run": parent.run_id}
    tags |= {} if fit_until is None else {"fit_until": format_instant(fit_until)}
    tags |= {} if frame_model is None else {"frame_model": frame_model}
    tags |= {SERVING: REFIT} if refitted else {}
    tags |= {"proposal": request.proposal} if request.proposal else {}
    with store_errors(store.uri):
        recorded = store.client.get_run(parent.run_id)
        if recorded.info.status != "RUNNING":
            raise RecurcastError(
                f"a run promotes while it holds its lease; this one lost it ({recorded.info.status}: three heartbeats "
                "were missed). Whoever took the interval over records it; otherwise run it again."
            )
        tags |= fingerprint_in(recorded.data.tags).parts
        tags |= logged_digests(store, winner.model_id, frame_model)
        tags |= {name: recorded.data.tags[name] for name in (VERSION_TAG, RULES_TAG) if name in recorded.data.tags}
        tags |= owing(parent.run_id, begun_history(store, pipeline).sequence)
        version = _version_of(winner, pipeline, tags, _description(decision))
        registration = _entered(store, pipeline, version)
        link_version(store, winner.model_id, pipeline.name, registration.version)
        return registration


def decide_again(store: Store, pipeline: PipelineConfig, version: int, decision: Decision) -> Registration:
    """Put the final verdict in the place of a provisional one, enter it, and let the alias follow."""
    name, number, client = pipeline.name, str(version), store.client
    with store_errors(store.uri):
        history = read_history(store, name)
        run_id = client.get_model_version(name, number).tags["run"]
        owed = owing(run_id, 0 if history is None else history.sequence, final=True)
        # What makes it final comes last: whoever dies before is followed by one who decides again.
        for key, value in (owed | _verdict_tags(decision, provisional=False)).items():
            patiently(partial(client.set_model_version_tag, name, number, key, value))
        client.update_model_version(name, number, _description(decision))
        return _entered(store, pipeline, client.get_model_version(name, number))


def version_of_run(store: Store, name: str, parent_run_id: str) -> ModelVersion | None:
    """Return the version that a parent run registered, or none."""
    with store_errors(store.uri):
        found = store.client.search_model_versions(f"name='{name}' and tags.run = '{parent_run_id}'")
    return next(iter(found), None)


def _entered(store: Store, pipeline: PipelineConfig, version: ModelVersion) -> Registration:
    """Return what became of a version, its verdict entered and the alias where it belongs."""
    entry, number = enter(store, pipeline.name, version), int(version.version)
    championship, note = project(store, pipeline), None
    assert championship is not None, "an entry was just written"
    if entry.decision == "promote":
        note = _PROVISIONAL if entry.provisional else why_not_champion(championship, entry, pipeline.name)
    return Registration(number, entry.decision == "promote" and note is None, note)


def _verdict_tags(decision: Decision, *, provisional: bool) -> dict[str, str]:
    tested = decision.score if decision.test_score is None else decision.test_score
    return {
        "decision": decision.verdict,
        f"test.{decision.metric}": f"{tested:.6g}",
        "reason": decision.reason,
        **writer_tags(),
        "provisional": str(provisional).lower(),
    }


def _description(decision: Decision) -> str:
    return f"{decision.verdict}: {in_markdown(decision.reason)}"  # it may name series


def _version_of(winner: TrainedCell, pipeline: PipelineConfig, tags: dict[str, str], reason: str) -> ModelVersion:
    """The version of the cell's network; a second try after a failure finds the one that the first try made."""
    client, run = winner.run.store.client, winner.run

    def found_or_made() -> ModelVersion:
        for made in client.search_model_versions(f"name='{pipeline.name}' and run_id='{run.run_id}'"):
            return made
        return client.create_model_version(
            pipeline.name,
            f"models:/{winner.model_id}",
            run_id=run.run_id,
            tags=tags,
            description=reason,
            model_id=winner.model_id,
        )

    return patiently(found_or_made)
