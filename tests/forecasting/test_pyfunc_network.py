"""The loader that travels with a network: what it lets through."""

import json
from pathlib import Path

import numpy as np
import pytest

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402

from recurcast.forecasting.pyfunc_network import _load_pyfunc  # noqa: E402

NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that sums what is known of y."""
    place = tmp_path_factory.mktemp("network")
    window = keras.Input((3, 1), dtype="float64", name="window")
    keras.Model(window, ops.sum(ops.where(ops.isnan(window), 0.0, window), axis=1)).save(place / "model.keras")
    return place


def test_a_network_of_whole_windows_refuses_nan_and_infinity(folder: Path) -> None:
    served = _load_pyfunc(str(folder))

    assert served.predict(np.array([[[1.0], [2.0], [3.0]]])).tolist() == [[6.0]]
    for value in (NAN, INF):
        with pytest.raises(ValueError, match=r"window\[0, 1, 0\] is not"):
            served.predict(np.array([[[1.0], [value], [3.0]]]))


def test_a_network_of_windows_that_may_miss_steps_takes_nan_and_neither_infinity_nor_too_few_values(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    (tmp_path / "window.json").write_text(json.dumps({"fewest": 2}))
    served = _load_pyfunc(str(tmp_path))

    assert served.predict(np.array([[[1.0], [NAN], [3.0]]])).tolist() == [[4.0]]
    with pytest.raises(ValueError, match=r"window\[0, 1, 0\] is not"):
        served.predict(np.array([[[1.0], [INF], [3.0]]]))
    with pytest.raises(ValueError, match=r"at least 2 values that are not NaN; window\[1\] has 1"):
        served.predict(np.array([[[1.0], [NAN], [3.0]], [[NAN], [NAN], [3.0]]]))
