"""What the champion makes of its inputs: on the test windows of the run that made it, by the weights that were judged."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.evaluation.champion import Champion, opponent_of
from recurcast.evaluation.importance import Importances, Input, importances
from recurcast.forecasting.forecast import Predict, predict_with
from recurcast.forecasting.portable.bundle import Bundle, read
from recurcast.forecasting.portable.network import needs_keras
from recurcast.series.attributes import FORMS
from recurcast.series.calendar import columns_of
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate

if TYPE_CHECKING:
    from recurcast.tracking.store import Store

IMPORTANCES = "charts/importances.png"


@dataclass(frozen=True)
class Explained:
    """What the inputs of a version are worth."""

    pipeline: PipelineConfig
    version: int
    cell: str
    as_of: datetime
    importances: Importances
    chart: Path
    run_id: str


def explain(pipeline: PipelineConfig, as_of: datetime | None, root: Path) -> Explained:
    """Return what each input beside y is worth to the champion, or to that of an instant; the chart stands with its run, too.

    Raises ConfigurationError where there is no champion, where it sees y alone, or where its windows can't be cut now.
    """
    from recurcast.pipelines.stages import windows_of
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
        if not inputs:
            raise ConfigurationError(
                f"version {champion.version} of '{pipeline.name}' sees y alone: there is no input to exchange. Name some in "
                "source.columns.covariates, source.columns.static, source.known_ahead or network.calendar, and run it."
            )
        frame = obtain(pipeline, champion.as_of, root)
        split = windows_of(pipeline, validate(frame, pipeline, champion.as_of).frame)
        opponent = opponent_of(champion, pipeline, split)
        if isinstance(opponent, str):
            raise ConfigurationError(f"{opponent}. Set the fields back that were changed, or run the pipeline.")
        own = opponent.forecaster.own(opponent.windows)
        drivers = own.calendar if own.panel.n_drivers else None
        found = importances(_predict(bundle, champion), own.inputs, drivers, own.targets, inputs)
    return _recorded(store, pipeline, champion, found, root)


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
    store: "Store", pipeline: PipelineConfig, champion: Champion, found: Importances, root: Path
) -> Explained:
    from recurcast.reporting.charts import importances_chart, png_of
    from recurcast.tracking.runs import TrackedRun
    from recurcast.tracking.store import store_errors

    picture = png_of(importances_chart(pipeline, champion.as_of, champion.version, found))
    with store_errors(store.uri):
        run = store.client.get_run(store.client.get_model_version(pipeline.name, str(champion.version)).run_id)
    TrackedRun(store, run.info.experiment_id, run.info.run_id).file(picture, IMPORTANCES)
    chart = root / "data" / pipeline.name / "importances.png"
    chart.parent.mkdir(parents=True, exist_ok=True)
    chart.write_bytes(picture)
    return Explained(pipeline, champion.version, champion.cell, champion.as_of, found, chart, run.info.run_id)
