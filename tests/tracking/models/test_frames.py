"""The form that takes a history frame: numpy and pandas alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.tracking.models.frames import log_frame_model
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, connect
from support.exported import exported

MADE = exported("gru", 2, 1, levels=(80.0,))


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str]:
    store = connect(tmp_path_factory.mktemp("project"))
    experiment = store.client.create_experiment("tiny", artifact_location=(store.root / "mlruns").as_uri())
    run = TrackedRun(store, experiment, store.client.create_run(experiment).info.run_id)
    return store, log_frame_model(run, MADE.bundle)


def test_a_history_goes_in_and_the_forecast_frame_comes_out(logged: tuple[Store, str], monkeypatch) -> None:
    store, uri = logged
    mlflow.set_tracking_uri(store.uri)
    served = mlflow.pyfunc.load_model(uri)
    pd.testing.assert_frame_equal(served.predict(MADE.history()), forecast_frame(MADE.bundle, MADE.history()))
    naive = MADE.history().assign(ds=lambda rows: rows["ds"].dt.tz_localize(None))
    pd.testing.assert_frame_equal(served.predict(naive), forecast_frame(MADE.bundle, MADE.history()))


def test_the_signature_names_the_columns(logged: tuple[Store, str]) -> None:
    store, uri = logged
    mlflow.set_tracking_uri(store.uri)
    signature = mlflow.models.get_model_info(uri).signature
    assert signature.inputs.input_names() == ["unique_id", "ds", "y", "heat"]
    assert signature.outputs.input_names() == ["unique_id", "ds", "y_hat", "y_hat_lo_80", "y_hat_hi_80"]


def test_it_loads_where_neither_recurcast_nor_tensorflow_is(logged: tuple[Store, str], tmp_path: Path) -> None:
    store, uri = logged
    folder = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path), tracking_uri=store.uri)
    MADE.history().to_csv(tmp_path / "history.csv", index=False)
    ended = in_a_process_of_its_own(
        "import sys\n"
        "class Refused:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('recurcast', 'tensorflow', 'keras') or name == 'mlflow.keras':\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refused())\n"
        "import mlflow.pyfunc, pandas as pd\n"
        f"served = mlflow.pyfunc.load_model({folder!r})\n"
        "served.predict(pd.read_csv('history.csv')).to_csv('forecast.csv', index=False)\n",
        tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    expected = forecast_frame(MADE.bundle, MADE.history())
    got = pd.read_csv(tmp_path / "forecast.csv", parse_dates=["ds"]).assign(ds=lambda rows: rows["ds"].dt.as_unit("ns"))
    pd.testing.assert_frame_equal(got, expected)


def in_a_process_of_its_own(program: str, folder: Path) -> Any:
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
