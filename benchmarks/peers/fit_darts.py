"""Darts' BlockRNNModel: one recurrent layer and a linear head on its last state, on the one series of the task."""

import logging
import warnings

import numpy as np
import torch
from asked import Stopwatch, Task, answer

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

from darts import TimeSeries  # noqa: E402
from darts.models import BlockRNNModel  # noqa: E402
from pytorch_lightning.callbacks import LambdaCallback  # noqa: E402


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs."""
    arrays = np.load(task.arrays)
    y = arrays["values"][0, : arrays["parts"][0]].astype(np.float32)
    stopwatch.begin()
    quiet = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False}
    network = BlockRNNModel(
        input_chunk_length=task.lookback,
        output_chunk_length=1,
        model=task.cell.upper(),
        hidden_dim=task.units,
        n_rnn_layers=1,
        batch_size=task.batch,
        n_epochs=task.epochs,
        loss_fn=torch.nn.MSELoss(),
        optimizer_kwargs={"lr": task.learning_rate},
        random_state=task.seed,
        pl_trainer_kwargs={
            "accelerator": "cpu",
            "enable_model_summary": False,
            "callbacks": [LambdaCallback(on_train_epoch_end=lambda *_: stopwatch.epoch_ends())],
            **quiet,
        },
    )
    network.fit(TimeSeries.from_values(y), verbose=False)


if __name__ == "__main__":
    answer(fit, "darts", "torch", "pytorch-lightning")
