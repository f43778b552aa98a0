import numpy as np
import pytest

from recurcast.config import Cell, NetworkConfig
from recurcast.training.bodies import called
from recurcast.training.compiled.cells import unrolled_of
from recurcast.training.compiled.unrolled import UNROLLED
from training.compiled.test_cells import LOOKBACK, WINDOWS, assert_as_keras, layer_of


@pytest.mark.parametrize("cell", UNROLLED)
@pytest.mark.parametrize(("windows", "steps"), [(1, LOOKBACK), (WINDOWS, 1)])
def test_a_single_window_and_a_single_step_are_computed_too(cell: Cell, windows: int, steps: int) -> None:
    layer = layer_of(cell, 1, units=1)
    inputs = np.random.default_rng(2).normal(0, 1, (windows, steps, 1))
    call = unrolled_of(cell, NetworkConfig.model_validate({"units": 1}))
    assert_as_keras(call, layer, inputs, compiled=False)


def test_layers_that_draw_masks_are_keras_own() -> None:
    assert unrolled_of("lstm", NetworkConfig.model_validate({"dropout": 0.1})) is called
    assert unrolled_of("gru", NetworkConfig.model_validate({"reset_after": False})) is called
    assert unrolled_of("linear", NetworkConfig()) is called
