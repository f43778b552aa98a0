import json
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recurcast.config import Cell, NetworkConfig
from recurcast.evaluation.competitors import stored_network
from recurcast.series.frame import Panel
from recurcast.series.windows import Split, cut
from recurcast.training import inference
from recurcast.training.inference import compiled, forecast
from recurcast.training.networks import build_network, load_network, shape_of
from support.tiny import panel_of, tiny_pipeline

PIPELINE = tiny_pipeline(
    parts={"history": 40, "validation": 10, "test": 10}, windows={"lookback": 5, "horizon": 2, "stride": 1}
)


def split_of(level: float = 0.0, covariates: int = 0, calendar: int = 0) -> Split:
    rng = np.random.default_rng(2)
    panel = panel_of(*(level + np.round(rng.normal(size=(2, 60)) * 1024) / 1024))
    values = np.concatenate([panel.values, rng.normal(20, 7, (2, 60, covariates))], axis=2)
    panel = Panel(panel.ids, panel.steps, values, rng.uniform(-1, 1, (60, calendar)))
    return cut(panel, PIPELINE.parts, PIPELINE.windows)


def network_of(cell: Cell, split: Split, seed: int = 0, **settings: Any) -> Any:
    """An untrained network, its biases drawn too."""
    shape = shape_of(split.train, split.validation_begins)
    forecaster = build_network(cell, NetworkConfig(units=3, **settings), shape, seed).forecaster
    rng = np.random.default_rng(seed)
    for variable in forecaster.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    return forecaster


def weights(forecaster: Any) -> list[bytes]:
    return [values.tobytes() for values in forecaster.get_weights()]


@pytest.mark.parametrize("level", [0.0, 1e9])
@pytest.mark.parametrize(
    ("cell", "settings"),
    [
        ("rnn", {}),
        ("lstm", {"dropout": 0.3, "recurrent_dropout": 0.3, "activation": "relu"}),
        ("gru", {"layers": 3, "reset_after": False}),
        ("gru", {"scale": "none"}),
    ],
)
def test_a_compiled_network_forecasts_what_the_network_does(cell: Cell, settings: dict[str, Any], level: float) -> None:
    split = split_of(level, covariates=2, calendar=2)
    forecaster = network_of(cell, split, **settings)
    expected = forecast(forecaster, split.test)
    np.testing.assert_allclose(forecast(compiled(forecaster), split.test), expected, rtol=1e-15, atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_forecasts_do_not_depend_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_of(calendar=2)
    network = compiled(network_of("rnn", split))
    whole = forecast(network, split.train)
    monkeypatch.setattr(inference, "_MOST_WINDOWS", 7)
    assert len(split.train) % 7
    np.testing.assert_allclose(forecast(network, split.train), whole, rtol=1e-6, atol=1e-6)


def test_networks_of_one_configuration_share_their_graphs_and_none_their_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split, later = split_of(), split_of(level=300.0)
    monkeypatch.setattr(inference, "_steps", lru_cache(inference._steps.__wrapped__))
    first = network_of("lstm", split, layers=2, dropout=0.2)
    before = forecast(compiled(first), split.test)
    assert inference._steps.cache_info().misses == 2
    other = network_of("lstm", later, seed=1, layers=2)
    np.testing.assert_allclose(forecast(compiled(other), later.test), forecast(other, later.test), rtol=1e-6)
    assert forecast(compiled(first), split.test).tobytes() == before.tobytes()
    assert inference._steps.cache_info().misses == 2
    inference._steps.cache_clear()
    assert forecast(compiled(first), split.test).tobytes() == before.tobytes()


def test_a_compiled_network_follows_the_weights_of_its_network() -> None:
    split = split_of()
    forecaster = network_of("gru", split)
    network = compiled(forecaster)
    before = forecast(network, split.test)
    forecaster.set_weights([2 * values for values in forecaster.get_weights()])
    after = forecast(network, split.test)
    np.testing.assert_allclose(after, forecast(forecaster, split.test), rtol=1e-6)
    assert np.abs(after - before).max() > 0.01


def test_compiling_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    split = split_of(covariates=1, calendar=2)
    forecaster = network_of("gru", split, layers=2)
    forecaster.save(tmp_path / "before.keras")
    before = weights(forecaster)
    forecast(compiled(forecaster), split.test)
    forecaster.save(tmp_path / "after.keras")
    configs = [
        json.loads(zipfile.ZipFile(tmp_path / f"{name}.keras").read("config.json")) for name in ("before", "after")
    ]
    assert configs[0] == configs[1]
    assert weights(load_network(tmp_path / "after.keras")) == weights(forecaster) == before


def test_a_saved_network_forecasts_the_bits_of_the_one_that_was_fitted(tmp_path: Path) -> None:
    split = split_of(covariates=1, calendar=2)
    forecaster = network_of("lstm", split, dropout=0.2)
    forecaster.save(tmp_path / "network.keras")
    loaded = load_network(tmp_path / "network.keras")
    assert forecast(compiled(loaded), split.test).tobytes() == forecast(compiled(forecaster), split.test).tobytes()


def test_copies_of_one_network_are_loaded_once_and_another_in_the_same_place_is_another(tmp_path: Path) -> None:
    split = split_of()
    kept, copied = tmp_path / "kept.keras", tmp_path / "copied.keras"
    network_of("gru", split).save(kept)
    copied.write_bytes(kept.read_bytes())
    first = stored_network("champion", kept)

    assert stored_network("champion", copied) is first
    network_of("rnn", split).save(kept)
    assert stored_network("champion", kept).network.name == "rnn"
