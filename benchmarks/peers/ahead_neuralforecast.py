"""neuralforecast's GRU with `futr_exog_list` on the series of `benchmarks/known_ahead.py`, at its ten weekly origins.

    python ahead_neuralforecast.py JOINED.csv --train ROWS [--seeds 5] [--steps 1000] [--without]

A line of JSON for each seed. Trained on the first ROWS rows, as its defaults have it to the last step. Its defaults, but: the
newest week as input, one layer of 128, the mean absolute error, windows scaled by their own level and spread, hour and weekday
by the clock.
"""

import argparse
import json
import logging
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

from neuralforecast import NeuralForecast  # noqa: E402
from neuralforecast.losses.pytorch import MAE  # noqa: E402
from neuralforecast.models import GRU  # noqa: E402

WEEK = 336
AHEAD = ["Temperature", "Holiday", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos"]


def joined(path: str) -> pd.DataFrame:
    """Return the series with what stands beside it."""
    rows = pd.read_csv(path, parse_dates=["ds"])
    local = (
        rows["ds"].dt.tz_localize("UTC").dt.tz_convert("Australia/Melbourne")
        if rows["ds"].dt.tz is None
        else rows["ds"]
    )
    for name, phase in (("hour", (local.dt.hour + local.dt.minute / 60) / 24), ("weekday", local.dt.weekday / 7)):
        rows[f"{name}_sin"], rows[f"{name}_cos"] = np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)
    rows["ds"] = rows["ds"].dt.tz_localize(None)
    return rows[["unique_id", "ds", "y", *AHEAD]]


def error(rows: pd.DataFrame, train: int, seed: int, steps: int, ahead: list[str]) -> float:
    """Return the mean absolute error at the ten weekly origins at the end."""
    network = GRU(
        h=WEEK,
        input_size=WEEK,
        encoder_n_layers=1,
        encoder_hidden_size=128,
        futr_exog_list=ahead or None,
        loss=MAE(),
        scaler_type="standard",
        max_steps=steps,
        val_check_steps=steps + 1,
        windows_batch_size=64,
        random_seed=seed,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    held_out = len(rows) - 10 * WEEK - train
    found = NeuralForecast(models=[network], freq="30min").cross_validation(
        rows[["unique_id", "ds", "y", *ahead]], n_windows=10, step_size=WEEK, val_size=held_out
    )
    return float((found["GRU"] - found["y"]).abs().mean())


def main() -> None:
    """Print a line of JSON for each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--train", type=int, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--without", action="store_true")
    given = parser.parse_args()
    rows = joined(given.path)
    for seed in range(1, given.seeds + 1):
        begun = time.perf_counter()
        mae = error(rows, given.train, seed, given.steps, [] if given.without else AHEAD)
        print(json.dumps({"seed": seed, "mae": mae, "seconds": time.perf_counter() - begun}), flush=True)


if __name__ == "__main__":
    main()
