"""The space of a search: what is tried where nothing is said, and a pipeline with what was drawn."""

from collections.abc import Mapping

from recurcast.config.cells import CELLS, Cell
from recurcast.config.pipeline import PipelineConfig
from recurcast.config.search import Axis, Range
from recurcast.config.search_fields import LOOKBACK

Drawn = int | float | str | bool | None
_OF_STEPS = ("network.activation", "network.recurrent_dropout", "network.reset_after")
_OF_ATTENTION, _OF_HEADS = "network.attention", "network.heads"
_SIZES = ("network.units", "network.layers", "network.dropout")
_UNREAD: Mapping[str, tuple[str, ...]] = {
    "recurrent": (_OF_ATTENTION, _OF_HEADS),
    "attention": (_OF_HEADS,),
    "transformer": (*_OF_STEPS, _OF_ATTENTION),
    "linear": (*_SIZES, *_OF_STEPS, _OF_ATTENTION, _OF_HEADS),
}
"""Fields that a cell's body does not read: tried for it they would be another draw, and no more."""
_USUAL_HEADS = 4
_FEW_SEASONS = 6
"""Seasons of a lookback that are tried in halves; more of them by their ratio."""
_STEPS_WITHOUT_SEASON = 4
"""How many times as long, or as short, a lookback may be where there is no season to count it by."""


def axes_of(pipeline: PipelineConfig, cell: Cell) -> dict[str, Axis]:
    """Return what is tried for a cell: the space that the pipeline states, else the usual one; fields that it reads."""
    stated = pipeline.search.space
    axes = _usual(pipeline) if stated is None else stated
    unread = _UNREAD.get(CELLS[cell].body, ())
    return {field: axis for field, axis in axes.items() if field not in unread}


def cells_of(pipeline: PipelineConfig) -> tuple[Cell, ...]:
    """Return the cells that are tried."""
    return pipeline.search.cells or pipeline.network.cells


def drawn_cells(pipeline: PipelineConfig) -> tuple[Cell, ...]:
    """Return the cells that settings are drawn for: not those of whose settings the space says nothing, which only stand."""
    cells = cells_of(pipeline)
    return tuple(cell for cell in cells if axes_of(pipeline, cell)) or cells


def standing(pipeline: PipelineConfig, cell: Cell) -> dict[str, Drawn]:
    """Return the settings of the space as they stand."""
    return {field: value_of(pipeline, field) for field in axes_of(pipeline, cell)}


def value_of(pipeline: PipelineConfig, field: str) -> Drawn:
    """Return what a pipeline says in a field such as `network.units`."""
    block, _, name = field.partition(".")
    value: Drawn = getattr(getattr(pipeline, block), name)
    return value


def tried(
    pipeline: PipelineConfig, settings: Mapping[str, Drawn], seed: int, cell: Cell | None = None
) -> PipelineConfig:
    """Return the pipeline with the settings of a trial and its seed, and of its cells that one, if any.

    Raises ValueError where they can't be.
    """
    block = pipeline.model_dump(mode="json")
    if cell is not None:
        block["network"]["cells"] = [cell]
    for field, value in {**settings, "training.seed": seed}.items():
        place, _, name = field.partition(".")
        block[place][name] = value
    return type(pipeline).model_validate(block)


def steps_of(pipeline: PipelineConfig, field: str, axis: Axis, value: Drawn, cell: Cell = "") -> Drawn:
    """Return a value that was drawn as the field takes it: seasons as steps, units of a transformer as its heads share them."""
    if cell and CELLS[cell].body == "transformer" and field == "network.units" and isinstance(axis, Range):
        heads = pipeline.network.heads or _USUAL_HEADS
        return value if axis.step or not isinstance(value, int) else max(round(value / heads), 1) * heads
    if isinstance(axis, Range) and axis.unit == "seasons" and isinstance(value, int | float):
        return max(1, round(value * pipeline.season))
    return value


def _usual(pipeline: PipelineConfig) -> dict[str, Axis]:
    """What is usual, widened so that it holds what stands."""
    highway, network, training = pipeline.network.kind == "highway", pipeline.network, pipeline.training
    axes: dict[str, Axis] = {
        "network.units": _holding(network.units, 8, 64 if highway else 128, log=True),
        "network.layers": _holding(network.layers, 1, 2),
        "network.dropout": Range(low=0, high=max(0.3, network.dropout), step=0.1),
    }
    lookback = _usual_lookback(pipeline, whole_seasons=highway)
    if lookback is not None:
        axes[LOOKBACK] = lookback
    if not highway:
        axes["training.learning_rate"] = _holding(training.learning_rate, 3e-4, 1e-2, log=True)
        axes["training.loss"] = ("mse", "mae", "huber")
        axes["training.batch_size"] = tuple(sorted({16, 32, 64, 128, training.batch_size}))
    return axes


def _holding(stands: float, low: float, high: float, *, log: bool = False) -> Range:
    return Range(low=min(low, stands), high=max(high, stands), log=log)


def _usual_lookback(pipeline: PipelineConfig, *, whole_seasons: bool) -> Range | None:
    """Half a season to three of them, at most a third of the history; where more stands, up to twice as much if that fits.

    Without a season, or where it is too long for that, a quarter of what stands to four times it.
    """
    stands, most = pipeline.windows.lookback, max(pipeline.parts.history // 3, 1)
    step, own = 1.0 if whole_seasons else 0.5, stands / pipeline.season
    seasons = max(min(3.0, most / pipeline.season), min(2 * own, most / pipeline.season), own)
    seasons = max(seasons // step * step, own // step * step)
    if pipeline.season == 1 or seasons <= step:
        low, high = max(1, stands // _STEPS_WITHOUT_SEASON), max(stands, min(stands * _STEPS_WITHOUT_SEASON, most))
        return Range(low=low, high=high, log=True) if low < high else None
    if seasons > _FEW_SEASONS and not whole_seasons:
        return Range(low=step, high=seasons, log=True, unit="seasons")
    return Range(low=step, high=seasons, step=step, unit="seasons")
