"""What becomes of the features of a window before the output: a module for each kind of cell, named in `config.CELLS`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from recurcast.config import CELLS, Cell, NetworkConfig

_MOST_DRAWS = 256
"""Seeds of a network; a stack of eight recurrent layers takes 24."""


def called(layer: Any, state: Any, **phase: bool) -> Any:
    """Return what keras' own layer makes of a state."""
    return layer(state, **phase)


@dataclass(frozen=True)
class Body:
    """Layers of keras' own, and what they make of features `(n_windows, lookback, n_features)`."""

    layers: tuple[Any, ...]
    labels: tuple[str, ...]
    """What the layers are called outside of keras, such as `layer_0`."""
    call: Callable[..., Any]
    """From features, a `recurrence` and the phase to the state `(n_windows, width)` that the output is made of."""
    begins_at_zero: bool = False
    """Whether the output begins at zero: a single linear map has no symmetry that drawn weights would break."""

    def __call__(self, features: Any, recurrence: Callable[..., Any] = called, **phase: bool) -> Any:
        """Return the state; `recurrence` may compute in another way what a recurrent layer's call does."""
        return self.call(features, recurrence, **phase)

    @property
    def names(self) -> list[str]:
        """Return what the weights are called outside of keras, in their order."""
        return [name for label, layer in zip(self.labels, self.layers, strict=True) for name in _names(label, layer)]


@dataclass(frozen=True)
class Drawn:
    """What a body is made from: its cell, the configuration, a seed for each draw, and the end of its layers' names."""

    cell: Cell
    network: NetworkConfig
    steps: int
    """Of the features, such as the lookback."""
    seeds: Iterator[int]
    suffix: str = ""

    def named(self, name: str) -> str:
        """Return the name of a layer in its model."""
        return f"{self.cell}_{name}{self.suffix}"


def body_of(cell: Cell, network: NetworkConfig, steps: int, seed: int, suffix: str = "") -> tuple[Body, int]:
    """Return the body of a network, not yet built, and the seed that is left for its output.

    Every draw has a seed of its own: what is left unseeded keras draws from Python's global generator, which any other
    thread of the process (Prefect's, for instance) may be drawing from at the same time.
    """
    seeds = map(int, np.random.SeedSequence(seed).generate_state(_MOST_DRAWS) >> np.uint32(1))
    module = import_module(f"{__name__}.{CELLS[cell].body}")
    body: Body = module.body(Drawn(cell, network, steps, seeds, suffix))
    return body, next(seeds)


def _names(label: str, layer: Any) -> list[str]:
    parts = [variable.name.removesuffix("_kernel") for variable in layer.trainable_variables]
    again = [parts[:place].count(part) for place, part in enumerate(parts)]  # a layer may hold two of a kind
    return [f"{label}.{part}{f'_{n + 1}' * (n > 0)}" for part, n in zip(parts, again, strict=True)]


def weights_of(layers: Sequence[Any]) -> list[Any]:
    """Return what optimizers change of layers, in their order."""
    return [variable for layer in layers for variable in layer.trainable_variables]
