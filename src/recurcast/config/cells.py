"""The cells that can compete, in one table: whoever adds a row has added a cell (docs/extending.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Cell = str
"""A cell's name: in configurations, tags and bundles, on charts and leaderboards."""


@dataclass(frozen=True)
class CellFacts:
    """What is known of a cell.

    A step that XLA compiles (`training.compiled.cells`) and a form in numpy alone (`forecasting.portable`) stand next to
    their likes, by the cell's name. A recurrent cell without the first is fitted as a plain graph, a cell without the
    second is served by keras.
    """

    title: str
    build: Callable[[Any, Any, dict[str, Any]], Any] | None
    """From `keras.layers`, the `NetworkConfig` and the settings that the cells share to one recurrent layer, not yet built;
    none where nothing goes from step to step."""
    products: int
    """Blocks of weights that a step multiplies by: of cells in threads, the one with most is begun first."""
    colour: str
    """Of Okabe & Ito's (see `reporting.palette`)."""
    marker: str
    """As matplotlib calls it."""
    body: str = "recurrent"
    """Module of `recurcast.training.bodies`: what becomes of the features of a window before the output."""
    step: Cell | None = None
    """Whose compiled step its recurrent layers take; none: one of its own name."""


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
    "attention": CellFacts(
        "GRU with attention",
        lambda layers, network, shared: layers.GRU(**shared, reset_after=network.reset_after),
        5,
        "#CC79A7",
        "X",
        body="attention",
        step="gru",
    ),
    "transformer": CellFacts("transformer", None, 8, "#D55E00", "P", body="transformer"),
    "linear": CellFacts("linear", None, 0, "#56B4E9", "D", body="linear"),
}
"""In the order of charts and ties."""

USUAL: tuple[Cell, ...] = ("rnn", "lstm", "gru")
"""Those of a pipeline that names none."""
LINEAR: Cell = "linear"
"""Which every other must beat on validation windows to be worth its price."""
