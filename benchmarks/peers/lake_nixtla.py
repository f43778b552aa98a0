"""Nixtla's libraries on the lake that `benchmarks/lake.py` packed in the folder where one stands: read, fit, forecast all series.

    python lake_nixtla.py memory | directories | dask  [--limit 12]

memory        neuralforecast's LSTM, all rows in one frame
directories   the same by its own way for panels that are larger than memory: a directory for each series, which has to be
              written first; it reads a batch's series when it comes to them, and forecasts of a frame: file by file here
dask          mlforecast's DistributedMLForecast with LightGBM on Dask: two workers of 2 GB, a partition is a file

The networks are those of the lake's own stages: one layer of 32, 48 steps seen, 24 forecast, windows 24 apart, batches of 256, as
many steps as make one epoch. LightGBM has its defaults and the lags of a day, and sees every step. The last line says seconds of
each part; a way that takes more memory than it may is ended.
"""

import argparse
import importlib
import json
import logging
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from resident import end_above, most_mapped

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

STEPS_SEEN, HORIZON, APART, BATCH, HELD_OUT = 48, 24, 24, 256, 96
COLUMNS = ["unique_id", "ds", "y"]


def files() -> list[Path]:
    """Return the lake's files."""
    return sorted(Path("lake").glob("*.parquet"))


def rows_of(path: Path) -> pd.DataFrame:
    """Return a file's rows, with instants as the libraries take them: without a zone."""
    rows = pd.read_parquet(path, columns=COLUMNS)
    return rows.assign(ds=rows["ds"].dt.tz_localize(None))


def forecaster(n_series: int, n_steps: int) -> Any:
    """Return an untrained LSTM that takes as many steps as an epoch of the lake's stages has."""
    from neuralforecast import NeuralForecast
    from neuralforecast.losses.pytorch import MSE
    from neuralforecast.models import LSTM

    windows = n_series * ((n_steps - HELD_OUT - STEPS_SEEN - HORIZON) // APART + 1)
    network = LSTM(
        h=HORIZON,
        input_size=STEPS_SEEN,
        encoder_n_layers=1,
        encoder_hidden_size=32,
        decoder_layers=1,
        decoder_hidden_size=32,
        loss=MSE(),
        scaler_type="standard",
        step_size=APART,
        max_steps=max(windows // BATCH, 1),
        windows_batch_size=BATCH,
        val_check_steps=10**6,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    return NeuralForecast(models=[network], freq="h")


class Parts:
    """Seconds of each part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def ends(self, part: str) -> None:
        """Note the end of a part."""
        now = time.perf_counter()
        self.seconds[part], self._last = round(now - self._last, 1), now


def in_memory(parts: Parts) -> int:
    """Return how many forecasts there are."""
    rows = pd.concat([rows_of(path) for path in files()], ignore_index=True)
    parts.ends("read")
    n_series = rows["unique_id"].nunique()
    found = forecaster(n_series, len(rows) // n_series)
    found.fit(rows)
    parts.ends("fit")
    forecasts = len(found.predict())
    parts.ends("forecast")
    return forecasts


def in_directories(parts: Parts) -> int:
    """Return how many forecasts there are."""
    target, paths, longest = Path("directories"), list[str](), 0
    shutil.rmtree(target, ignore_errors=True)
    for path in files():
        for name, own in rows_of(path).groupby("unique_id", observed=True):
            folder = target / f"unique_id={name}"
            folder.mkdir(parents=True)
            own.to_parquet(folder / "rows.parquet", index=False)
            paths.append(str(folder))
            longest = max(longest, len(own))
    parts.ends("written")
    found = forecaster(len(paths), longest)
    found.fit(paths)
    parts.ends("fit")
    forecasts = sum(len(found.predict(df=rows_of(path))) for path in files())
    parts.ends("forecast")
    shutil.rmtree(target)
    return forecasts


def on_dask(parts: Parts) -> int:
    """Return how many forecasts there are."""
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster
    from mlforecast.distributed import DistributedMLForecast
    from mlforecast.distributed.models.dask.lgb import DaskLGBMForecast

    with (
        LocalCluster(
            2, threads_per_worker=1, memory_limit="2GB", dashboard_address=None, local_directory="."
        ) as cluster,
        Client(cluster) as client,
    ):
        parts.ends("cluster")
        rows = dd.from_map(rows_of, files())
        own = DaskLGBMForecast(verbosity=-1, random_state=0)
        found = DistributedMLForecast(models=[own], freq="h", lags=list(range(1, HORIZON + 1)), engine=client)
        found.fit(rows)
        parts.ends("fit")
        forecasts = len(found.predict(HORIZON))
        parts.ends("forecast")
    return forecasts


WAYS = {"memory": in_memory, "directories": in_directories, "dask": on_dask}
LIBRARIES = {"memory": "neuralforecast", "directories": "neuralforecast", "dask": "mlforecast"}


def main() -> None:
    """Print what a way took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=list(WAYS))
    parser.add_argument("--limit", type=float, default=12.0, help="GB that this process may take")
    given = parser.parse_args()
    end_above(given.limit)
    importlib.import_module(LIBRARIES[given.way])
    parts = Parts()
    forecasts = WAYS[given.way](parts)
    print(json.dumps({"seconds": parts.seconds, "forecasts": forecasts, "mapped MB": most_mapped()}))


if __name__ == "__main__":
    main()
