"""PyTorch's own layer with a linear head, batch by batch as its tutorials write it; the windows lie ready as tensors."""

import numpy as np
import torch
from asked import Stopwatch, Task, answer, orders

LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
VALIDATION_BATCH = 1024


class _Network(torch.nn.Module):
    def __init__(self, task: Task, horizon: int) -> None:
        super().__init__()
        self.recurrent = LAYERS[task.cell](1, task.units, batch_first=True)
        self.head = torch.nn.Linear(task.units, horizon)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        states, _ = self.recurrent(windows)
        return self.head(states[:, -1])


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs."""
    torch.manual_seed(task.seed)
    arrays = {name: torch.from_numpy(array) for name, array in np.load(task.arrays).items()}
    inputs, targets = arrays["inputs"], arrays["targets"]
    stopwatch.begin()
    network = _Network(task, targets.shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=task.learning_rate)
    for order in orders(task, len(inputs)):
        for batch in torch.from_numpy(order).split(task.batch):
            loss = torch.nn.functional.mse_loss(network(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        stopwatch.epoch_ends(_validation_loss(network, arrays) if task.validates else None)


@torch.no_grad()
def _validation_loss(network: _Network, arrays: dict[str, torch.Tensor]) -> float:
    pairs = zip(
        arrays["validation_inputs"].split(VALIDATION_BATCH),
        arrays["validation_targets"].split(VALIDATION_BATCH),
        strict=True,
    )
    squares = sum(float(((network(inputs) - targets) ** 2).sum()) for inputs, targets in pairs)
    return squares / arrays["validation_targets"].numel()


if __name__ == "__main__":
    answer(fit, "torch")
