"""PyTorch's own layers with a linear head, batch by batch as its tutorials write it; the windows lie ready as tensors.

The attention is additive over the states of `nn.GRU`, as Recurcast's; the transformer `nn.TransformerEncoder` with `norm_first`
over the same patches, with the same four heads, widths and flattened head. With patches: the network that `init` proposes.
"""

import math

import numpy as np
import torch
from asked import PATCHED, Stopwatch, Task, answer, orders

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


class _Attention(torch.nn.Module):
    def __init__(self, task: Task, horizon: int) -> None:
        super().__init__()
        units = task.units
        self.recurrent = torch.nn.GRU(1, units, batch_first=True)
        self.query, self.keys = torch.nn.Linear(units, units, bias=False), torch.nn.Linear(units, units)
        self.score, self.head = torch.nn.Linear(units, 1, bias=False), torch.nn.Linear(2 * units, horizon)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        states, _ = self.recurrent(windows)
        last = states[:, -1]
        scores = self.score(torch.tanh(self.keys(states) + self.query(last)[:, None]))
        context = (torch.softmax(scores, dim=1) * states).sum(dim=1)
        return self.head(torch.cat([last, context], dim=1))


class _Transformer(torch.nn.Module):
    def __init__(self, task: Task, horizon: int) -> None:
        super().__init__()
        units, self.patch = task.units, math.ceil(task.lookback / 32)
        tokens = math.ceil(task.lookback / self.patch)
        self.missing = tokens * self.patch - task.lookback
        self.embedding, self.position = (
            torch.nn.Linear(self.patch, units),
            torch.nn.Parameter(torch.zeros(tokens, units)),
        )
        block = torch.nn.TransformerEncoderLayer(
            units, 4, 2 * units, dropout=0.0, activation="relu", batch_first=True, norm_first=True
        )
        self.encoder = torch.nn.TransformerEncoder(block, 1, torch.nn.LayerNorm(units), enable_nested_tensor=False)
        self.head = torch.nn.Linear(tokens * units, horizon)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        whole = torch.nn.functional.pad(windows[:, :, 0], (self.missing, 0))
        tokens = self.embedding(whole.unflatten(1, (-1, self.patch))) + self.position
        return self.head(self.encoder(tokens).flatten(1))


class _Highway(torch.nn.Module):
    def __init__(self, task: Task, arrays: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.patch, horizon = task.patch, arrays["targets"].shape[1]
        self.highway = torch.nn.Linear(arrays["z"].shape[1], horizon, bias=False)
        self.recurrent = LAYERS[task.cell](task.patch + 1, task.units, batch_first=True)
        self.correction = torch.nn.Linear(task.units + 1, horizon)

    def forward(self, z: torch.Tensor, known: torch.Tensor, static: torch.Tensor) -> torch.Tensor:
        patches = torch.asinh(z).unflatten(1, (-1, self.patch))
        states, _ = self.recurrent(torch.cat([patches, known[:, :, None]], dim=2))
        return self.highway(z) + self.correction(torch.cat([states[:, -1], static], dim=1))


NETWORKS = {**dict.fromkeys(LAYERS, _Network), "attention": _Attention, "transformer": _Transformer}
_THREADS = torch.get_num_threads()


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs."""
    torch.manual_seed(task.seed)
    torch.set_num_threads(task.threads or _THREADS)
    arrays = {name: torch.from_numpy(array) for name, array in np.load(task.arrays).items()}
    if task.patch:
        _fit_patches(task, arrays, stopwatch)
        return
    inputs, targets = arrays["inputs"], arrays["targets"]
    stopwatch.begin()
    network = NETWORKS[task.cell](task, targets.shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=task.learning_rate)
    for order in orders(task, len(inputs)):
        for batch in torch.from_numpy(order).split(task.batch):
            loss = torch.nn.functional.mse_loss(network(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        stopwatch.epoch_ends(_validation_loss(network, arrays) if task.validates else None)


def _fit_patches(task: Task, arrays: dict[str, torch.Tensor], stopwatch: Stopwatch) -> None:
    stopwatch.begin()
    network = _Highway(task, arrays)
    optimizer = torch.optim.Adam(network.parameters(), lr=task.learning_rate)
    for order in orders(task, len(arrays["z"])):
        for batch in torch.from_numpy(order).split(task.batch):
            z, known, static, anchor, targets, weights = (arrays[name][batch] for name in PATCHED)
            missed = (weights * (targets - anchor - network(z, known, static)).abs()).sum() / (weights > 0).sum()
            optimizer.zero_grad()
            missed.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        stopwatch.epoch_ends()


@torch.no_grad()
def _validation_loss(network: torch.nn.Module, arrays: dict[str, torch.Tensor]) -> float:
    pairs = zip(
        arrays["validation_inputs"].split(VALIDATION_BATCH),
        arrays["validation_targets"].split(VALIDATION_BATCH),
        strict=True,
    )
    squares = sum(float(((network(inputs) - targets) ** 2).sum()) for inputs, targets in pairs)
    return squares / arrays["validation_targets"].numel()


if __name__ == "__main__":
    answer(fit, "torch")
