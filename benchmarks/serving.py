"""How fast a champion forecasts: behind `mlflow models serve`, in a process, and from a bundle alone.

The network is that of the pipeline `energy` (GRU, 32 units, lookback 48, horizon 8, calendar) with weights as they are
drawn: what a forecast costs does not depend on them. `--rounds` counts cold starts; with `--windows N` the largest
number of windows in the comparison with keras is another than a million.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from measuring import introduce, report, run
from recurcast import environment

environment.prepare()

import recurcast.training.networks as networks  # noqa: E402
from recurcast.api import load_pipeline  # noqa: E402
from recurcast.config import NetworkConfig  # noqa: E402
from recurcast.forecasting.portable.bundle import Bundle, write  # noqa: E402
from recurcast.forecasting.portable.network import forecast_windows  # noqa: E402
from recurcast.series.calendar import calendar_features  # noqa: E402
from recurcast.series.frame import Panel  # noqa: E402
from recurcast.series.grid import Grid  # noqa: E402
from recurcast.series.windows import Split, cut  # noqa: E402
from recurcast.tracking.models.frames import log_frame_model  # noqa: E402
from recurcast.tracking.models.network import log_network  # noqa: E402
from recurcast.tracking.runs import TrackedRun  # noqa: E402
from recurcast.tracking.store import Store, connect  # noqa: E402
from recurcast.training.export import bundle_of  # noqa: E402
from recurcast.training.inference import compiled, forecast  # noqa: E402

REQUESTS, MANY, COLD_START_SECONDS = 200, 1000, 1.5
SHAPES, SIZES = ((20, 50), (48, 64)), (1, 100, 10_000)


def main() -> None:
    """Print latency and throughput of both served forms, the cold start of a bundle, and the comparison with keras."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold starts (default 5)")
    parser.add_argument("--windows", type=int, default=1_000_000, help="most windows beside keras (default a million)")
    parser.add_argument("--cells", nargs="+", default=["rnn", "lstm", "gru"], choices=["rnn", "lstm", "gru"])
    asked = parser.parse_args()
    introduce("serving: windows and histories, over HTTP, in a process, and from a bundle alone")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        served_forms(Path(folder))
        cold_starts(Path(folder), asked.rounds)
    for cell in asked.cells:
        beside_keras(cell, (*SIZES, asked.windows))


def served_forms(folder: Path) -> None:
    """Latency of one window and of one series' history, throughput of many in one request, of both forms."""
    store, uris, split, bundle = _logged(folder)
    window, calendar = split.train.slice(0, 1).inputs, split.train.slice(0, 1).calendar
    histories = {1: _history(split, 1, bundle.lookback), MANY: _history(split, MANY, bundle.lookback)}
    arrays = {n: {"window": window.repeat(n, 0), "calendar": calendar.repeat(n, 0)} for n in (1, MANY)}
    _in_process(uris, arrays, histories)
    bodies = {
        "network": {n: {"inputs": {k: v.tolist() for k, v in arrays[n].items()}} for n in arrays},
        "frame model": {n: {"dataframe_split": _as_json(histories[n])} for n in histories},
    }
    for form, uri in uris.items():
        with _server(uri, store.uri, folder) as (address, started):
            report(f"{form}, served: start of the server", [started], "s")
            _figures(f"{form}, served", lambda n, f=form, a=address: _post(a, bodies[f][n]))
    write(bundle, folder / "bundle")
    histories[1].to_csv(folder / "history.csv", index=False)


def cold_starts(folder: Path, rounds: int) -> None:
    """From the start of a process to the forecast of a history, with a bundle alone."""
    program = (
        "from pathlib import Path; import pandas as pd\n"
        "from recurcast.forecasting.portable.bundle import read\n"
        "from recurcast.forecasting.portable.frames import forecast_frame\n"
        "print(forecast_frame(read(Path('bundle')), pd.read_csv('history.csv')))"
    )
    seconds = [run([sys.executable, "-c", program], folder).wall for _ in range(rounds + 1)]
    report("bundle: cold start to forecast", seconds[1:], "s", below=COLD_START_SECONDS)


def beside_keras(cell: Any, sizes: tuple[int, ...]) -> None:
    """Windows per second of numpy alone, `Model.predict` and our keras forecaster, by number of windows."""
    for lookback, units in SHAPES:
        split, bundle, network = _untrained(cell, lookback, units, sizes[-1])
        ours = compiled(network.forecaster)
        print(f"\n{cell}, lookback {lookback}, {units} units: windows per second")
        for size in sizes:
            windows = split.train.slice(0, size)
            inputs = windows.inputs
            predict = network.forecaster.predict
            ways: dict[str, Callable[[], Any]] = {
                "numpy alone": lambda x=inputs, b=bundle: forecast_windows(b, x),
                "keras predict": lambda x=inputs, p=predict: p(x, batch_size=8192, verbose=0),
                "recurcast's keras": lambda w=windows, o=ours: forecast(o, w),
            }
            repeats = {1: 20, 100: 20, 10_000: 5}.get(size, 1)
            for name, way in ways.items():
                if size < sizes[-1]:
                    way()  # the first call traces a graph: not counted
                report(f"  {size:>9,} windows, {name}", [size / _seconds(way) for _ in range(repeats)], "/s")


def _figures(what: str, ask: Callable[[int], Any]) -> None:
    ask(1), ask(MANY)
    latencies = [1000 * _seconds(lambda: ask(1)) for _ in range(REQUESTS)]
    report(f"{what}: latency of one", latencies, "ms")
    report(f"{what}: its 99th percentile", [float(np.percentile(latencies, 99))], "ms")
    report(f"{what}: {MANY} in one request", [MANY / _seconds(lambda: ask(MANY)) for _ in range(5)], "/s")


def _in_process(uris: dict[str, str], arrays: dict[int, Any], histories: dict[int, pd.DataFrame]) -> None:
    import mlflow.pyfunc

    given: dict[str, dict[int, Any]] = {"network": arrays, "frame model": histories}
    for form, uri in uris.items():
        begin = time.perf_counter()
        loaded = mlflow.pyfunc.load_model(uri)
        report(f"{form}, pyfunc: loading", [time.perf_counter() - begin], "s")
        _figures(f"{form}, pyfunc", lambda n, f=form, m=loaded: m.predict(given[f][n]))


def _logged(folder: Path) -> tuple[Store, dict[str, str], Split, Bundle]:
    """Both forms of one network in a store of their own."""
    pipeline = load_pipeline("energy")
    grid = Grid("30min", pipeline.source.timezone)
    steps = grid.steps_until(pd.Timestamp("2024-06-01", tz="UTC"), pipeline.parts.steps)
    y = 1000 + np.random.default_rng(0).normal(0, 50, (1, len(steps), 1))
    calendar = calendar_features(steps, pipeline.network.calendar, pipeline.source.timezone)
    split = cut(Panel(("a",), steps, y, calendar), pipeline.parts, pipeline.windows)
    shape = networks.shape_of(split.train, split.validation_begins)
    network = networks.build_network("gru", pipeline.network, shape, seed=0)
    bundle = bundle_of(pipeline, network, split, grid, (80.0, 95.0), np.ones((2, pipeline.windows.horizon)))
    store = connect(folder)
    experiment = store.client.create_experiment("energy", artifact_location=(folder / "mlruns").as_uri())
    tracked = TrackedRun(store, experiment, store.client.create_run(experiment).info.run_id)
    network_uri = f"models:/{log_network(tracked, network, split.train.slice(0, 2))}"
    return store, {"network": network_uri, "frame model": log_frame_model(tracked, bundle)}, split, bundle


def _untrained(cell: Any, lookback: int, units: int, n_windows: int) -> tuple[Split, Bundle, networks.Network]:
    pipeline = load_pipeline("sine")
    history = n_windows + lookback
    pipeline = pipeline.model_copy(
        update={
            "parts": pipeline.parts.model_copy(update={"history": history, "validation": 10, "test": 10}),
            "windows": pipeline.windows.model_copy(update={"lookback": lookback, "horizon": 1}),
            "network": NetworkConfig(units=units),
        }
    )
    steps = pd.date_range("1990-01-01", periods=history + 20, freq="min", tz="UTC").as_unit("ns")
    y = np.random.default_rng(0).normal(size=(1, len(steps), 1))
    split = cut(Panel(("a",), steps, y, np.zeros((len(steps), 0))), pipeline.parts, pipeline.windows)
    shape = networks.shape_of(split.train, split.validation_begins)
    network = networks.build_network(cell, pipeline.network, shape, seed=0)
    return split, bundle_of(pipeline, network, split, Grid("min", "UTC")), network


def _history(split: Split, n_series: int, lookback: int) -> pd.DataFrame:
    steps, y = split.panel.steps[-lookback:], split.panel.y[0, -lookback:]
    frames = [pd.DataFrame({"unique_id": f"series-{number:04}", "ds": steps, "y": y}) for number in range(n_series)]
    return pd.concat(frames, ignore_index=True)


def _as_json(history: pd.DataFrame) -> dict[str, Any]:
    return dict(history.assign(ds=history["ds"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_dict("split", index=False))


@contextlib.contextmanager
def _server(uri: str, store: str, folder: Path) -> Iterator[tuple[str, float]]:
    """Serve a model until the context is left; give its address, and the seconds until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, "--env-manager", "local", "-p", str(port)]
    begin = time.perf_counter()
    with (folder / "server.log").open("wb") as log:
        environment_of = os.environ | {"MLFLOW_TRACKING_URI": store, "PATH": path}
        server = subprocess.Popen(command, env=environment_of, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            if server.poll() is not None:
                sys.exit(f"`{' '.join(command)}` ended:\n{(folder / 'server.log').read_text()}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/ping", timeout=5):
                break
            time.sleep(0.05)
        yield address, time.perf_counter() - begin
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _post(address: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/invocations", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=600) as response:
        return json.load(response)


def _seconds(way: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    way()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
