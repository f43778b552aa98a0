"""neuralforecast's models on the panels of `benchmarks/tables.py`, each with its defaults, scored on the published test part.

    python tables_neuralforecast.py FOLDER --horizon 56 --season 7 --freq D [--models DLinear PatchTST AutoGRU] [--samples 30]

Inputs are twice the horizon long, as many packages set it; windows are scaled by their own level and spread; the mean absolute
error is what is learnt; all else is the package's own, `AutoGRU` with so many samples. A line of JSON for each: sMAPE, MASE,
seconds on the wall.
"""

import argparse
import json
import logging
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

from neuralforecast import NeuralForecast  # noqa: E402
from neuralforecast.auto import AutoGRU  # noqa: E402
from neuralforecast.losses.pytorch import MAE  # noqa: E402
from neuralforecast.models import GRU, DLinear, PatchTST  # noqa: E402

PLAIN = {"DLinear": DLinear, "PatchTST": PatchTST, "GRU": GRU}
QUIET: dict[str, Any] = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
}


def model(name: str, horizon: int, samples: int, steps: int) -> Any:
    """Return an untrained model."""
    if name == "AutoGRU":
        return AutoGRU(h=horizon, loss=MAE(), num_samples=samples, backend="optuna", cpus=2, gpus=0)
    return PLAIN[name](
        h=horizon, input_size=2 * horizon, loss=MAE(), scaler_type="standard", max_steps=steps, random_seed=1, **QUIET
    )


def scores(test: pd.DataFrame, found: pd.DataFrame, train: pd.DataFrame, name: str, season: int) -> tuple[float, float]:
    """Return sMAPE in percent and MASE, means over the series."""
    smape, mase = [], []
    for series, own in test.groupby("unique_id"):
        y, y_hat = own["y"].to_numpy(), found.loc[found["unique_id"] == series, name].to_numpy()[: len(own)]
        past = train.loc[train["unique_id"] == series, "y"].to_numpy()
        smape.append(200 * np.mean(np.abs(y - y_hat) / np.maximum(np.abs(y) + np.abs(y_hat), 1e-12)))
        mase.append(np.abs(y - y_hat).mean() / np.abs(past[season:] - past[:-season]).mean())
    return float(np.mean(smape)), float(np.mean(mase))


def main() -> None:
    """Print a line of JSON for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--horizon", type=int, required=True)
    parser.add_argument("--season", type=int, required=True)
    parser.add_argument("--freq", default="D")
    parser.add_argument("--models", nargs="+", default=["DLinear", "PatchTST"])
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--steps", type=int, default=1000)
    given = parser.parse_args()
    train, test = (pd.read_csv(given.folder / f"{part}.csv", parse_dates=["ds"]) for part in ("train", "test"))
    for name in given.models:
        begun = time.perf_counter()
        forecaster = NeuralForecast(models=[model(name, given.horizon, given.samples, given.steps)], freq=given.freq)
        forecaster.fit(train, val_size=given.horizon if name == "AutoGRU" else 0)
        found = forecaster.predict()
        smape, mase = scores(test, found, train, name, given.season)
        seconds = time.perf_counter() - begun
        print(json.dumps({"model": name, "smape": smape, "mase": mase, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
