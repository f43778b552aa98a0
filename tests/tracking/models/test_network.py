"""A logged network says how many known steps its windows need, where they may miss others."""

from pathlib import Path

import numpy as np
import pytest

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402
import mlflow.pyfunc  # noqa: E402
from keras import ops  # noqa: E402
from mlflow.models import Model, ModelSignature  # noqa: E402
from mlflow.types import Schema, TensorSpec  # noqa: E402

from recurcast.tracking.models.network import save_model  # noqa: E402

SPECS = [Schema([TensorSpec(np.dtype(np.float64), shape)]) for shape in ((-1, 3, 1), (-1, 1))]


@pytest.mark.parametrize(
    ("fewest", "message"), [(2, "at least 2 values that are not NaN"), (None, "is a finite number")]
)
def test_a_network_takes_the_windows_that_its_files_say(tmp_path: Path, fewest: int | None, message: str) -> None:
    window = keras.Input((3, 1), dtype="float64", name="window")
    network = keras.Model(window, ops.sum(ops.where(ops.isnan(window), 0.0, window), axis=1))
    save_model(
        str(tmp_path / "model"),
        Model(),
        network,
        ModelSignature(*SPECS),
        np.array([[[1.0], [np.nan], [3.0]]]),
        None if fewest is None else {"fewest": fewest},
    )
    served = mlflow.pyfunc.load_model(str(tmp_path / "model"))

    assert (tmp_path / "model" / "data" / "window.json").exists() is (fewest is not None)
    if fewest is not None:
        assert served.predict(np.array([[[1.0], [np.nan], [3.0]]])).tolist() == [[4.0]]
    with pytest.raises(ValueError, match=message):
        served.predict(np.array([[[np.nan], [np.nan], [3.0]]]))
