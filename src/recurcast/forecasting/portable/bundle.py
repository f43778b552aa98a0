"""The light bundle: all that a forecast needs, as `bundle.json` and `weights.npz`, read without MLflow or TensorFlow."""

import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...series.calendar import calendar_features
from ...series.days import DayCalendar
from ...series.grid import Grid
from .highway import Highway

BUNDLE, WEIGHTS = "bundle.json", "weights.npz"
_FORM = 1
"""Counts up when a reader of today could misread what is written."""
_APART = ("widths", "weights")
"""What stands in the file of arrays."""


@dataclass(frozen=True)
class Bundle:
    """A forecaster of one pipeline: a network's weights, or a baseline, and what its windows are."""

    pipeline: str
    kind: str
    """A cell, `seasonal_naive`, `naive` or `moving_average`."""
    frequency: str
    timezone: str
    phase: int
    """Time of day of the steps, or the remainder of a fixed step, in ns; see `Grid`."""
    lookback: int
    horizon: int
    anchor: str | None = None
    """A day of the grid, where not every period has a step."""
    season: int = 1
    covariates: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    days: tuple[DayCalendar, ...] = ()
    """The calendars of days among them, and the sessions of the frequency, as they were known when it was trained."""
    ahead: tuple[str, ...] = ()
    """Columns that are known ahead, up to the last target."""
    attributes: tuple[str, ...] = ()
    """Columns that say something of a series once."""
    scale: str = "window"
    spread_floor: float = 1.0
    """Smallest spread that a window is divided by, in series units."""
    layers: int = 0
    """Recurrent layers; none in a baseline."""
    activation: str = "tanh"
    reset_after: bool = True
    highway: Highway | None = None
    """What a network with a ridge highway makes of its windows; none of other kinds."""
    gaps: bool = False
    """Whether the window of a baseline may miss steps."""
    missing_values: tuple[float, ...] = ()
    """Values of a history that stand for a missing one."""
    levels: tuple[float, ...] = ()
    """Levels of the intervals in percent, ascending."""
    widths: NDArray[np.float64] | None = None
    """Half the width of each interval in the window's scale, shape `(n_levels, horizon)`; none without intervals."""
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)
    version: int | None = None
    """Version of the registered model; none until it is registered."""
    as_of: str | None = None

    @property
    def fewest(self) -> int | None:
        """Return how many known steps a window needs where it may miss others; none where it may not."""
        return self.season + 1 if self.highway is not None or self.gaps else None

    @property
    def grid(self) -> Grid:
        """Return the grid on which histories and forecasts lie."""
        anchor = None if self.anchor is None else pd.Timestamp(self.anchor)
        sessions = next((own for own in self.days if own.name == self.frequency), None)
        return Grid(self.frequency, self.timezone, pd.Timedelta(self.phase, "ns"), anchor, sessions)

    def calendar_of(self, steps: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Return what the calendar says of steps, shape `(n_steps, n_calendar)`. Raises DaysUnknown, a ValueError."""
        return calendar_features(steps, self.calendar, self.timezone, self.days, self.frequency)

    def stamped(self, version: int, as_of: str | None) -> "Bundle":
        """Return the bundle of a registered version."""
        return replace(self, version=version, as_of=as_of)


def folder_of(root: Path, pipeline: str) -> Path:
    """Return where a project keeps the bundle of a pipeline's champion."""
    return root / "data" / pipeline / "bundle"


def write(bundle: Bundle, folder: Path) -> None:
    """Write both files; the one that names the other's digest last, so that half a bundle is never read as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = dict(bundle.weights)
    if bundle.widths is not None:
        arrays["widths"] = bundle.widths
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    stated = {each.name: getattr(bundle, each.name) for each in fields(Bundle) if each.name not in _APART}
    if bundle.highway is None:
        del stated["highway"]
    else:
        stated["highway"] = asdict(bundle.highway)
    if not bundle.gaps:  # as bundles were before there were any
        del stated["gaps"]
    stated["days"] = [asdict(own) for own in bundle.days]
    for name in ("missing_values", "ahead", "attributes", "days"):
        if not getattr(bundle, name):
            del stated[name]
    stated = {"form": _FORM, **stated, "weights": {"file": WEIGHTS, "digest": _digest(packed.getvalue())}}
    _put(folder / WEIGHTS, packed.getvalue())
    _put(folder / BUNDLE, (json.dumps(stated, indent=2) + "\n").encode())


def read(folder: Path) -> Bundle:
    """Return the bundle of a folder.

    Raises ValueError where it is missing, damaged or of a form that is not known here.
    """
    folder = Path(folder)
    stated_text, packed = _both_files(folder)
    try:
        stated = json.loads(stated_text)
    except ValueError as error:
        raise _damaged(folder, f"{BUNDLE} is no JSON") from error
    if not isinstance(stated, dict) or stated.pop("form", None) != _FORM:
        raise _damaged(folder, f"{BUNDLE} is not of form {_FORM}")
    if stated.pop("weights", None) != {"file": WEIGHTS, "digest": _digest(packed)}:
        raise _damaged(folder, f"the digest of {WEIGHTS} is not the one that {BUNDLE} states")
    try:
        return _bundle_of(stated, packed)
    except (TypeError, KeyError, zipfile.BadZipFile) as error:
        raise _damaged(folder, f"{BUNDLE} states other fields: {error}") from error


def trained_as_of(folder: Path) -> str | None:
    """Return the instant as of which a folder's forecaster was trained; none where that can't be read."""
    try:
        return read(folder).as_of
    except ValueError:
        return None


def _both_files(folder: Path) -> tuple[bytes, bytes]:
    """Both from one place: a mirrored bundle is a link, which may move while it is read."""
    while True:
        place = folder.resolve()
        try:
            return (place / BUNDLE).read_bytes(), (place / WEIGHTS).read_bytes()
        except FileNotFoundError as error:
            if folder.resolve() != place:
                continue
            raise ValueError(
                f"a bundle is a folder with {BUNDLE} and {WEIGHTS}; {folder} lacks {Path(error.filename).name}. "
                "Export it again: a promotion does."
            ) from error


def _bundle_of(stated: dict[str, Any], packed: bytes) -> Bundle:
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        weights = {name: arrays[name] for name in arrays.files}
    widths = weights.pop("widths", None)
    highway = stated.pop("highway", None)
    days = tuple(DayCalendar(**own | {"days": tuple(own["days"])}) for own in stated.pop("days", ()))
    listed = {name: tuple(value) for name, value in stated.items() if isinstance(value, list)}
    facts = None if highway is None else highway_of(highway)
    return Bundle(**(stated | listed), days=days, highway=facts, widths=widths, weights=weights)


def highway_of(stated: dict[str, Any]) -> Highway:
    """Return the facts of a network with a ridge highway as JSON states them."""
    return Highway(**{name: _as_tuples(value) for name, value in stated.items()})


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _damaged(folder: Path, why: str) -> ValueError:
    return ValueError(f"a bundle is read whole or not at all; of {folder}, {why}. Export it again: a promotion does.")


def _put(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none."""
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
