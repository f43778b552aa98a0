"""Which fields of a pipeline a search may try, and which values each of them takes."""

from collections.abc import Mapping
from types import UnionType
from typing import Union, get_args, get_origin

from pydantic import ValidationError

from recurcast.config.base import Settings
from recurcast.config.network import NetworkConfig, TrainingConfig
from recurcast.config.parts import WindowsConfig
from recurcast.config.search import Axis, Choice, Range, SearchConfig
from recurcast.errors import nearest

LOOKBACK = "windows.lookback"
_BLOCKS: Mapping[str, type[Settings]] = {"network": NetworkConfig, "training": TrainingConfig}
_FIXED = {"network.kind", "network.cells", "network.calendar"} | {
    f"training.{name}" for name in ("seed", "seeds", "combine", "warm_start", "sample_series", "stream")
}
"""Fields that say what is forecast from, how often it is drawn, or on which series: nothing to be tuned."""


def searchable(kind: str) -> list[str]:
    """Return the fields that a space may name, for a kind of network."""
    from recurcast.config.highway import RULED

    fields = [f"{block}.{name}" for block, model in _BLOCKS.items() for name in model.model_fields]
    left_out = _FIXED | ({f"training.{name}" for name in RULED} | {"network.scale"} if kind == "highway" else set())
    return [LOOKBACK, *(field for field in fields if field not in left_out)]


def refuse_unfit_space(search: SearchConfig, network: NetworkConfig, training: TrainingConfig) -> None:
    """Raise ValueError where a space names a field that can't be tried, or a value that the field does not take."""
    valid = searchable(network.kind)
    for field, axis in (search.space or {}).items():
        if field not in valid:
            raise ValueError(
                f"search.space names fields that can be tried with network.kind {network.kind}; received '{field}'. "
                f"{nearest(field, valid)}"
            )
        _refuse_values(field, axis)


def is_whole(field: str) -> bool:
    """Return whether a field takes whole numbers."""
    if field == LOOKBACK:
        return True
    block, _, name = field.partition(".")
    annotation = _BLOCKS[block].model_fields[name].annotation
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return int in kinds


def _refuse_values(field: str, axis: Axis) -> None:
    if isinstance(axis, Range):
        whole = is_whole(field) and axis.unit is None
        values: tuple[Choice, ...] = (axis.low, axis.high)
        if whole and any(each != int(each) for each in (axis.low, axis.high, axis.step or 1)):
            raise ValueError(f"search.space: {field} takes whole numbers; received {axis.low:g} to {axis.high:g}")
        values = tuple(int(each) for each in (axis.low, axis.high)) if whole else values
        if axis.unit == "seasons":
            values = (1,) if axis.high > 0 else (0,)
    else:
        values = axis
    block, _, name = field.partition(".")
    model: type[Settings] = WindowsConfig if field == LOOKBACK else _BLOCKS[block]
    for value in values:
        try:
            model.model_validate({"lookback": 1} | {name: value} if field == LOOKBACK else {name: value})
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]["msg"].removeprefix("Input ").removeprefix("Value error, ")
            raise ValueError(f"search.space: {field}: {detail}; received {value!r}") from error
