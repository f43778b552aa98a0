"""The track record in MLflow: each tick's run waits, tagged `pending`, for the run that first knows all its targets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from mlflow.entities import Run

from recurcast.config import PipelineConfig
from recurcast.errors import ChampionUnusable
from recurcast.evaluation.competitors import CHAMPION
from recurcast.evaluation.track_record import (
    TickScore,
    TrackedTick,
    TrackRecord,
    TrackState,
    score_tick,
    track_record_of,
    windows_of_tick,
)
from recurcast.forecasting.portable.bundle import Bundle, read
from recurcast.instants import parse_instant
from recurcast.promotion.champion_history import Championship, fold
from recurcast.series.windows import Split, Windows
from recurcast.tracking.recorded_runs import BY_NAME, runs_where
from recurcast.tracking.registry.champion_history import entries_of
from recurcast.tracking.registry.registry import champion_of
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store

if TYPE_CHECKING:
    from recurcast.evaluation.competitors import NetworkForecaster

_COVERAGE = "track/champion_coverage_"
_AT_ONCE = 1000
"""Runs that are asked of MLflow with one call."""


@dataclass(frozen=True)
class _Waiting:
    """A tick whose targets are all known now."""

    run: TrackedRun
    as_of: datetime
    windows: Windows
    of_file: Callable[[Split], Windows | None]
    """The same windows in a file's panel."""


@dataclass(frozen=True)
class _Standing:
    version: int
    forecaster: "NetworkForecaster"
    bundle: Bundle | None
    """Whose intervals are counted; none of a version whose bundle is damaged."""


def log_known_targets(store: Store, pipeline: PipelineConfig, as_of: datetime, split: Split) -> None:
    """Score the champions of earlier ticks whose targets are all known at `as_of`, each in the run of its own tick.

    `split` holds what is known at `as_of`. Who dies in between is repeated by the next run: the tag that says `scored` is
    set last. Ticks from the first provisional verdict on wait, as their champion may yet be another.
    """
    waiting = _waiting(store, pipeline, as_of, split)
    if not waiting:
        return
    champions = _champions(store, pipeline, [each.as_of for each in waiting])
    for each, standing in zip(waiting, champions, strict=True):
        if isinstance(standing, ChampionUnusable):  # it waits until the files are restored
            continue
        forecaster, bundle = (None, None) if standing is None else (standing.forecaster, standing.bundle)
        _log(each, score_tick(pipeline, split, each.windows, forecaster, bundle, each.of_file), standing)


def pending_ticks(store: Store, name: str) -> dict[datetime, datetime]:
    """Return the ticks of the pipeline that are not scored yet, each with the tick after it."""
    runs = runs_where(store, name, "tags.track = 'pending'", order=BY_NAME, at_once=_AT_ONCE)
    return {parse_instant(run.data.tags["as_of"]): parse_instant(run.data.tags["next_tick"]) for run in runs}


def read_track_record(store: Store, name: str, last: int) -> TrackRecord:
    """Return what is recorded of a pipeline's `last` ticks; MLflow takes about 5 ms for each."""
    runs: list[Run] = []
    ticks: set[str] = set()
    for run in runs_where(store, name, "tags.track LIKE '%'", order=BY_NAME, at_once=min(last + 1, _AT_ONCE)):
        runs.append(run)
        ticks.add(run.data.tags["as_of"])
        if len(ticks) > last:
            break
    return TrackRecord(tracked_in(runs).ticks[-last:], older=len(ticks) > last)


def tracked_in(runs: Iterable[Run]) -> TrackRecord:
    """Return the record that those of the runs hold which are tracked."""
    newest_first = sorted(runs, key=lambda run: run.info.start_time, reverse=True)
    return track_record_of(_tick(run) for run in newest_first if "track" in run.data.tags)


def _waiting(store: Store, pipeline: PipelineConfig, as_of: datetime, split: Split) -> list[_Waiting]:
    """The ticks that can be scored now, the newest first."""
    from recurcast.tracking.registry.provisional import provisional_instants

    waiting = []
    for run in runs_where(store, pipeline.name, "tags.track = 'pending'", order=BY_NAME, at_once=_AT_ONCE):
        tick, next_tick = (parse_instant(run.data.tags[tag]) for tag in ("as_of", "next_tick"))
        windows_in = partial(_windows_in, pipeline, as_of, tick, next_tick)
        if (windows := windows_in(split)) is not None:
            own = TrackedRun(store, run.info.experiment_id, run.info.run_id)
            waiting.append(_Waiting(own, tick, windows, windows_in))
    open_from = min(provisional_instants(store, pipeline.name), default=None) if waiting else None
    ready = [each for each in waiting if open_from is None or each.as_of < open_from]
    return sorted(ready, key=lambda each: each.as_of, reverse=True)


def _windows_in(
    pipeline: PipelineConfig, as_of: datetime, tick: datetime, next_tick: datetime, split: Split
) -> Windows | None:
    return windows_of_tick(split.panel, pipeline, as_of, tick, next_tick)


def _champions(
    store: Store, pipeline: PipelineConfig, newest_first: Sequence[datetime]
) -> "Iterator[_Standing | ChampionUnusable | None]":
    """Each instant's champion, loaded once for as long as it stood."""
    entries = entries_of(store, pipeline.name)
    championship = fold(entries)
    made, standing = None, None
    for as_of in newest_first:
        by = championship.at(as_of)
        if by is not made:
            made, standing = by, None if by is None else _standing(store, pipeline.name, fold(entries, as_of))
        yield standing


def _standing(store: Store, name: str, championship: Championship) -> _Standing | ChampionUnusable | None:
    from recurcast.evaluation.competitors import stored_network

    with TemporaryDirectory() as folder:
        try:
            champion = champion_of(store, name, championship, Path(folder))
        except ChampionUnusable as unusable:
            return unusable
        if champion is None:
            return None
        return _Standing(
            champion.version, stored_network(CHAMPION, champion.served_file), _bundle_of(champion.folder / "bundle")
        )


def _bundle_of(folder: Path) -> Bundle | None:
    try:
        return read(folder)
    except ValueError:
        return None


def _log(tick: _Waiting, score: TickScore, standing: _Standing | None) -> None:
    scores = {
        f"track/{who}_{metric}": [value]
        for who, scored in (("baseline", score.baseline), ("champion", score.champion))
        for metric, value in (scored or {}).items()
        if isfinite(value)
    }
    scores |= {f"{_COVERAGE}{level}": [share] for level, share in score.coverage.items()}
    stood = {} if standing is None else {"track_champion": str(standing.version)}
    tick.run.metrics(scores | {"track/origins": [float(score.windows)]}, tick.as_of, **stood, track=score.state)


def _tick(run: Run) -> TrackedTick:
    tags, metrics = run.data.tags, run.data.metrics
    return TrackedTick(
        parse_instant(tags["as_of"]),
        parse_instant(tags["next_tick"]),
        cast(TrackState, tags["track"]),
        run.info.run_id,
        int(tags["track_champion"]) if "track_champion" in tags else None,
        int(metrics.get("track/origins", 0)),
        metrics.get("track/champion_mae"),
        metrics.get("track/baseline_mae"),
        metrics.get("track/champion_skill"),
        {name.removeprefix(_COVERAGE): share for name, share in metrics.items() if name.startswith(_COVERAGE)},
    )
