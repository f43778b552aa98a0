"""A search of realistic size: a real study of Optuna's over a made-up pipeline whose scores are a formula and luck."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.runs.search import Axis, FreshScore, SearchRecord, Trial
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.search_records import KIND, SEARCH, write_record
from recurcast.tracking.store import connect

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
ORIGINS = tuple(AS_OF - timedelta(days=days) for days in (100, 90, 80))
FRESH = tuple(AS_OF - timedelta(days=days) for days in (70, 60))
STOOD: dict[str, Any] = {
    "cell": "gru", "network.units": 32, "network.layers": 1, "windows.lookback": 48, "training.learning_rate": 0.001,
    "network.dropout": 0.0, "training.loss": "mse", "training.batch_size": 32,
}  # fmt: skip

AXES = {
    "network.units": Axis(8, 128, log=True),
    "network.layers": Axis(1, 3),
    "windows.lookback": Axis(choices=(48, 96, 168, 336)),
    "training.learning_rate": Axis(1e-4, 1e-2, log=True),
    "network.dropout": Axis(0, 0.5),
    "training.loss": Axis(choices=("mse", "mae", "huber")),
    "training.batch_size": Axis(choices=(32, 64, 128)),
}
IMPORTANCES = {"training.learning_rate": 0.61, "cell": 0.18, "network.units": 0.13, "windows.lookback": 0.08}


@cache
def searched(trials: int = 60, seed: int = 4) -> SearchRecord:
    """Return a search of so many trials: a third of them pruned, some failed, a winner that is better on fresh origins."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=10)
    study = optuna.create_study(sampler=sampler, pruner=optuna.pruners.MedianPruner(n_startup_trials=8))
    study.enqueue_trial(STOOD)
    told = tuple(_tried(study, number, seed) for number in range(trials))
    winner = min((trial for trial in told if trial.state == "finished"), key=lambda trial: trial.score).number
    fresh = tuple(FreshScore(number, _fresh(told[number], seed)) for number in dict.fromkeys((winner, 0)))
    return SearchRecord(
        id="1f0c9a7be2d34c58",
        pipeline="energy",
        as_of=AS_OF,
        read_until=FRESH[-1],
        metric="mase",
        sampler="tpe",
        pruner="median",
        seed=seed,
        origins=ORIGINS,
        fresh_origins=FRESH,
        trials=told,
        winner=winner,
        fresh=fresh,
        run_id="1f0c9a7be2d34c58",
        axes=AXES,
        importances=IMPORTANCES,
        baseline="seasonal_naive",
        baseline_fresh=1.02,
    )


def _tried(study: optuna.Study, number: int, seed: int) -> Trial:
    trial = study.ask()
    cell = trial.suggest_categorical("cell", ["rnn", "lstm", "gru"])
    settings: dict[str, Any] = {
        "network.units": trial.suggest_int("network.units", 8, 128, log=True),
        "network.layers": trial.suggest_int("network.layers", 1, 3),
        "windows.lookback": trial.suggest_categorical("windows.lookback", [48, 96, 168, 336]),
        "training.learning_rate": trial.suggest_float("training.learning_rate", 1e-4, 1e-2, log=True),
        "network.dropout": trial.suggest_float("network.dropout", 0, 0.5),
        "training.loss": trial.suggest_categorical("training.loss", ["mse", "mae", "huber"]),
        "training.batch_size": trial.suggest_categorical("training.batch_size", [32, 64, 128]),
    }
    made: dict[str, Any] = {"number": number, "cell": cell, "settings": settings, "seed": 1000 + number, "worker": 0}
    if settings["windows.lookback"] == 336 and settings["network.layers"] == 3:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        reason = "lookback 336 + horizon 24 need 360 steps; series 'b' has 310 before 2024-02-22. Shorten lookback"
        return Trial(**made, state="failed", scores=(), seconds=0.4, error=reason)
    scores: list[float] = []
    for origin in range(len(ORIGINS)):
        scores.append(_score(cell, settings, np.random.default_rng([seed, number, origin]), origin))
        trial.report(float(np.mean(scores)), origin)
        if trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return Trial(**made, state="pruned", scores=tuple(scores), seconds=6.1 * len(scores))
    study.tell(trial, float(np.mean(scores)))
    return Trial(**made, state="finished", scores=tuple(scores), seconds=19.25 + number / 7)


def _score(cell: str, settings: dict[str, Any], luck: np.random.Generator, origin: int) -> float:
    rate, units = np.log10(settings["training.learning_rate"]), np.log2(settings["network.units"])
    recipe = 0.8 + 0.12 * (rate + 2.6) ** 2 + 0.01 * (units - 6) ** 2 + 0.3 * settings["network.dropout"] ** 2
    recipe += {"gru": 0, "lstm": 0.02, "rnn": 0.1}[cell] - 0.03 * (settings["windows.lookback"] >= 168)
    return float(recipe + 0.05 * origin + luck.normal(0, 0.03))


def _fresh(trial: Trial, seed: int) -> tuple[float, ...]:
    numbers = range(len(FRESH))
    luck = [np.random.default_rng([seed, trial.number, 100 + number]) for number in numbers]
    return tuple(_score(trial.cell, dict(trial.settings), each, 1) for each in luck)


def recorded(root: Path, pipeline: PipelineConfig, record: SearchRecord | None, status: str = "FINISHED") -> str:
    """Keep a search in the project's store as one that has ended, and return its id; without a record it has not ended."""
    store = connect(root)
    experiment = experiment_of(store, pipeline)
    tags = {KIND: SEARCH, "pipeline": pipeline.name, "search_as_of": format_instant(AS_OF)}
    run = TrackedRun(store, experiment, store.client.create_run(experiment, tags=tags).info.run_id)
    if record is not None:
        write_record(run, replace(record, id=run.run_id, run_id=run.run_id, pipeline=pipeline.name))
    run.ends(status)
    return run.run_id
