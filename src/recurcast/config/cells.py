"""The cells that compete, in one table: whoever adds a row has added a cell (docs/extending.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recurcast.config.network import NetworkConfig

Cell = str
"""A cell's name: in tags and bundles, on charts and leaderboards."""


@dataclass(frozen=True)
class CellFacts:
    """What is known of a cell.

    A step that XLA compiles (`training.compiled.cells`) and one in numpy alone (`forecasting.portable.layers`) stand next to
    their likes, by the cell's name. A cell without the first is fitted as a plain graph, one without the second is
    served by keras.
    """

    title: str
    build: Callable[[Any, NetworkConfig, dict[str, Any]], Any]
    """From `keras.layers`, the configuration and the settings that the cells share to one layer, not yet built."""
    products: int
    """Blocks of weights that a step multiplies by: of cells in threads, the one with most is begun first."""
    colour: str
    """Of Okabe & Ito's (see `reporting.palette`)."""
    marker: str
    """As matplotlib calls it."""


CELLS: Mapping[Cell, CellFacts] = {
    "rnn": CellFacts("SimpleRNN", lambda layers, network, shared: layers.SimpleRNN(**shared), 1, "#E69F00", "^"),
    "lstm": CellFacts("LSTM", lambda layers, network, shared: layers.LSTM(**shared), 4, "#0072B2", "s"),
    "gru": CellFacts(
        "GRU",
        lambda layers, network, shared: layers.GRU(**shared, reset_after=network.reset_after),
        3,
        "#009E73",
        "o",
    ),
}
"""In the order of charts and ties."""
