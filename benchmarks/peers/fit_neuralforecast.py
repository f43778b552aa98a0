"""neuralforecast's RNN, LSTM and GRU: one recurrent layer, a linear decoder, h=1, on the one series of the task.

It draws the windows of each step itself; an epoch is as many steps as the others take for theirs.
"""

import itertools
import logging
import warnings

import numpy as np
import pandas as pd
from asked import Stopwatch, Task, answer

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

from neuralforecast import NeuralForecast  # noqa: E402
from neuralforecast.losses.pytorch import MSE  # noqa: E402
from neuralforecast.models import GRU, LSTM, RNN  # noqa: E402
from pytorch_lightning.callbacks import LambdaCallback  # noqa: E402

NETWORKS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for as many steps as the task's epochs have."""
    arrays = np.load(task.arrays)
    y = arrays["values"][0, : arrays["parts"][0]]
    steps = (len(y) - task.lookback) // task.batch
    taken = itertools.count(1)

    def after_step(*_: object) -> None:  # a function, since the network's copy is trained, its callbacks copied with it
        if next(taken) % steps == 0:
            stopwatch.epoch_ends()

    frame = pd.DataFrame({"unique_id": "series", "ds": pd.date_range("2024-01-01", periods=len(y), freq="h"), "y": y})
    stopwatch.begin()
    network = NETWORKS[task.cell](
        h=1,
        input_size=task.lookback,
        encoder_n_layers=1,
        encoder_hidden_size=task.units,
        decoder_layers=1,
        decoder_hidden_size=task.units,
        loss=MSE(),
        learning_rate=task.learning_rate,
        max_steps=task.epochs * steps,
        batch_size=1,
        windows_batch_size=task.batch,
        scaler_type="identity",
        val_check_steps=10**6,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        callbacks=[LambdaCallback(on_train_batch_end=after_step)],
    )
    NeuralForecast(models=[network], freq="h").fit(frame)


if __name__ == "__main__":
    answer(fit, "neuralforecast", "torch", "pytorch-lightning")
