"""Both artifact forms behind the real `mlflow models serve`, asked over HTTP as a user would."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.tracking.models.frames import log_frame_model
from recurcast.tracking.models.network import log_network
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import connect
from support.exported import exported
from support.prefect_server import free_port, wait_until

MADE = exported("gru", 2, 1, levels=(80.0,))


def test_the_real_server_answers_windows_and_histories_in_series_units(tmp_path: Path) -> None:
    store = connect(tmp_path)
    experiment = store.client.create_experiment("tiny", artifact_location=(tmp_path / "mlruns").as_uri())
    run = TrackedRun(store, experiment, store.client.create_run(experiment).info.run_id)
    network = log_network(run, MADE.network, MADE.windows)
    store.client.create_registered_model("tiny")
    store.client.create_model_version("tiny", f"models:/{network}", run_id=run.run_id, model_id=network)
    store.client.set_registered_model_alias("tiny", "champion", "1")
    frame_model = log_frame_model(run, MADE.bundle)
    with ExitStack() as both:
        champion = both.enter_context(served("models:/tiny@champion", store.uri, tmp_path / "network.log"))
        frames = both.enter_context(served(frame_model, store.uri, tmp_path / "frames.log"))
        windows = {"window": MADE.window.tolist(), "calendar": MADE.windows.calendar.tolist()}
        forecasts = np.array(answer(champion, {"inputs": windows})["predictions"])
        history = MADE.history()
        rows = history.assign(ds=history["ds"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_dict("split", index=False)
        frame = pd.DataFrame(answer(frames, {"dataframe_split": rows})["predictions"])
        refused = refusal(frames, {"dataframe_split": rows | {"data": rows["data"][:3]}})
    np.testing.assert_allclose(forecasts, MADE.keras_forecasts(), rtol=1e-6)
    expected = forecast_frame(MADE.bundle, history)
    assert pd.to_datetime(frame["ds"], utc=True).tolist() == expected["ds"].tolist()
    pd.testing.assert_frame_equal(frame.drop(columns="ds"), expected.drop(columns="ds"))
    assert refused.startswith("400 ")
    assert "the newest window of a series is 6 steps without a gap" in refused


@contextmanager
def served(uri: str, store: str, log: Path) -> Iterator[str]:
    """Serve a model in a process group of its own, and give its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, "--env-manager", "local"]
    # MLflow starts `uvicorn` by its name, as in an activated environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=os.environ | {"MLFLOW_TRACKING_URI": store, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(address, server, log), 90, f"`mlflow models serve` answers; see {log}")
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(address: str, server: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    try:
        with urllib.request.urlopen(f"{address}/ping", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def answer(address: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{address}/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return dict(json.load(response))


def refusal(address: str, body: dict[str, Any]) -> str:
    """Status and text of the answer to a request that is refused."""
    try:
        return f"not refused: {answer(address, body)}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.read().decode()}"
