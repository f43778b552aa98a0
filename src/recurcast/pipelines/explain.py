"""What the champion makes of its inputs: on the test windows of the run that made it, by the weights that were judged."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.evaluation.champion import Champion, opponent_of
from recurcast.evaluation.importance import Importances, Input, importances
from recurcast.evaluation.looks import Looks, looks
from recurcast.forecasting.forecast import Predict, predict_with
from recurcast.forecasting.portable.bodies import ATTENDING
from recurcast.forecasting.portable.bundle import Bundle, read
from recurcast.forecasting.portable.looks import shares_of_tokens, steps_of_tokens
from recurcast.forecasting.portable.network import needs_keras
from recurcast.pipelines.explained_on import ExplainedOn, held_to_explain
from recurcast.series.attributes import FORMS
from recurcast.series.calendar import columns_of
from recurcast.series.lake.scanning import obtain_to_train
from recurcast.series.validation.checks import validate

if TYPE_CHECKING:
    from recurcast.reporting.charts.saving import Chart
    from recurcast.tracking.store import Store

IMPORTANCES, ATTENTION = "charts/importances.png", "charts/attention.png"
_MOST_WINDOWS = 2_000
"""Whose attention is looked at."""


@dataclass(frozen=True)
class Explained:
    """What the inputs of a version are worth, and which past steps it looks at."""

    pipeline: PipelineConfig
    version: int
    cell: str
    as_of: datetime
    importances: Importances | None
    """None where it sees y alone."""
    looks: Looks | None
    """None where it has no attention."""
    chart: Path | None
    attention_chart: Path | None
    run_id: str
    on: ExplainedOn


def explain(pipeline: PipelineConfig, as_of: datetime | None, root: Path) -> Explained:
    """Return what each input beside y is worth to the champion, or to that of an instant, and which past steps it looks at.

    The charts stand with its run, too. Raises ConfigurationError where there is no champion, where it sees y alone and has
    no attention, or where its windows can't be cut now.
    """
    from recurcast.pipelines.windows import windows_of
    from recurcast.tracking.registry.champion_history import championship_of
    from recurcast.tracking.registry.registry import champion_of
    from recurcast.tracking.store import connect

    store = connect(root)
    with TemporaryDirectory() as folder:
        champion = champion_of(store, pipeline.name, championship_of(store, pipeline.name, as_of), Path(folder))
        if champion is None:
            raise ConfigurationError(
                f"'{pipeline.name}' has no champion whose inputs could be told apart. Run it first."
            )
        bundle = read(champion.bundle_folder)
        inputs = inputs_of(bundle)
        if not inputs and bundle.kind not in ATTENDING:
            raise ConfigurationError(
                f"version {champion.version} of '{pipeline.name}' sees y alone: there is no input to exchange. Name some in "
                "source.columns.covariates, source.columns.static, source.known_ahead or network.calendar, and run it; "
                "or let cells with attention compete, whose look at past steps can be shown: "
                f"network.cells with {' or '.join(ATTENDING)}."
            )
        held = held_to_explain(pipeline, root)
        validated = validate(obtain_to_train(held, champion.as_of, root), held, champion.as_of)
        on = ExplainedOn(len(validated.frame.ids), validated.report.n_usable)
        split = windows_of(held, validated.frame)
        opponent = opponent_of(champion, held, split)
        if isinstance(opponent, str):
            raise ConfigurationError(f"{opponent}. Set the fields back that were changed, or run the pipeline.")
        own = opponent.forecaster.own(opponent.windows)
        drivers = own.calendar if own.panel.n_drivers else None
        found = importances(_predict(bundle, champion), own.inputs, drivers, own.targets, inputs) if inputs else None
        seen = _looks_of(bundle, own.inputs, drivers) if bundle.kind in ATTENDING else None
    return _recorded(store, pipeline, champion, found, seen, root, on)


def _looks_of(bundle: Bundle, window: NDArray[np.float64], drivers: NDArray[np.float64] | None) -> Looks:
    some = np.unique(np.linspace(0, len(window) - 1, _MOST_WINDOWS).astype(np.int64))
    shares = shares_of_tokens(bundle, window[some], None if drivers is None else drivers[some])
    return looks(shares, steps_of_tokens(bundle))


def inputs_of(bundle: Bundle) -> tuple[Input, ...]:
    """Return the inputs of a bundle beside y, with the columns that they stand in."""
    found = [Input(name, covariates=(1 + number,)) for number, name in enumerate(bundle.covariates)]
    first = 0
    for entry in bundle.calendar:
        columns = columns_of((entry,))
        found.append(Input(entry, drivers=tuple(range(first, first + columns))))
        first += columns
    found += [Input(name, drivers=(first + number,)) for number, name in enumerate(bundle.ahead)]
    first += len(bundle.ahead)
    for number, name in enumerate(bundle.attributes):
        forms = range(first + FORMS * number, first + FORMS * (number + 1))
        found.append(Input(name, drivers=tuple(forms)))
    return tuple(found)


def _predict(bundle: Bundle, champion: Champion) -> Predict:
    if not needs_keras(bundle):
        return predict_with(bundle)
    from recurcast.training.inference import predict_with as predict_with_network
    from recurcast.training.networks import load_network

    return predict_with_network(load_network(champion.keras_file))


def _recorded(
    store: "Store",
    pipeline: PipelineConfig,
    champion: Champion,
    found: Importances | None,
    seen: Looks | None,
    root: Path,
    on: ExplainedOn,
) -> Explained:
    from recurcast.reporting.charts import importances_chart, looks_chart, png_of
    from recurcast.tracking.runs import TrackedRun
    from recurcast.tracking.store import store_errors

    told = pipeline, champion.as_of, champion.version
    with store_errors(store.uri):
        run = store.client.get_run(store.client.get_model_version(pipeline.name, str(champion.version)).run_id)
    tracked, folder = TrackedRun(store, run.info.experiment_id, run.info.run_id), root / "data" / pipeline.name

    def kept(chart: "Chart", artifact: str) -> Path:
        picture, path = png_of(chart), folder / Path(artifact).name
        tracked.file(picture, artifact)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        return path

    drawn = None if found is None else kept(importances_chart(*told, found, on.told), IMPORTANCES)
    attention = None if seen is None else kept(looks_chart(*told, champion.cell, seen, on.told), ATTENTION)
    version = champion.version, champion.cell, champion.as_of
    return Explained(pipeline, *version, found, seen, drawn, attention, run.info.run_id, on)
