"""What fitted cells forecast for a run's windows: what they share is prepared once, and each seed is called once.

A median and its seeds, each a competitor, are the same few layers; and all cells see windows in one way.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.highway import Highway, Prepared, prepare, restored
from recurcast.series.frame import Panel
from recurcast.series.windows import Windows
from recurcast.training.highway.drivers import Drivers
from recurcast.training.highway.network import HighwayCore

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
_KEPT_VALUES, _AT_ONCE = 2**26, 4096
"""Inputs of windows that are kept, and windows that the layers are called with."""
_CORES_AT_ONCE = 2
"""Seeds that forecast at the same time: layers that are called one after the other do not fill two cores."""


@dataclass(frozen=True)
class _Seen:
    """Windows as the weights see them, and what is needed to go back to series units."""

    z: Floats
    known: Floats
    static: Floats
    anchor: Doubles
    level: Doubles
    spread: Doubles
    drivers: Drivers | None
    outputs: dict[HighwayCore, tuple[Floats, Floats]] = field(default_factory=dict)
    """What each core adds to the anchor, highway and correction."""

    def output(self, core: HighwayCore, facts: Highway) -> tuple[Floats, Floats]:
        """Return what a core adds to the anchor, both `(n_windows, horizon)`."""
        if core not in self.outputs:
            parts = [
                core(facts, self.z[some], self.known[some], self.static[some], self.beside(some))
                for some in (slice(first, first + _AT_ONCE) for first in range(0, len(self.z), _AT_ONCE))
            ]
            base, correction = (np.concatenate([np.asarray(part[side]) for part in parts]) for side in (0, 1))
            self.outputs[core] = base, correction
        return self.outputs[core]

    def beside(self, some: slice) -> tuple[Floats, ...]:
        """Return what stands beside some of the windows, gathered anew: it would be larger than all else."""
        return () if self.drivers is None else self.drivers.at(np.arange(len(self.z))[some])


@dataclass(eq=False)
class Shared:
    """The newest windows that one of a plan's cells was asked about."""

    _panel: Panel | None = None
    _key: bytes = b""
    _seen: _Seen | None = None

    def seen(self, facts: Highway, windows: Windows) -> _Seen:
        """Return the windows as all of the plan's cells see them."""
        key = _key_of(windows)
        if self._seen is None or key != self._key or windows.panel is not self._panel:
            self._seen = None  # its memory is the next one's
            self._panel, self._key, self._seen = windows.panel, key, _prepared(facts, windows)
        return self._seen


def forecasts_of(cores: Sequence[HighwayCore], facts: Highway, shared: Shared, windows: Windows) -> Doubles:
    """Return the median of the cores' forecasts in series units, shape `(n_windows, horizon)`."""
    parts = [_forecasts(cores, facts, shared.seen(facts, some)) for some in _that_fit(windows, facts)]
    return np.concatenate(parts) if parts else np.empty((0, facts.horizon))


def _forecasts(cores: Sequence[HighwayCore], facts: Highway, seen: _Seen) -> Doubles:
    with ThreadPoolExecutor(_CORES_AT_ONCE, thread_name_prefix="forecast") as threads:
        each = list(threads.map(lambda core: seen.output(core, facts), cores))
    outputs = [(base + np.float32(facts.share) * correction).astype(np.float64) for base, correction in each]
    middle = np.median(outputs, axis=0)
    return restored(facts, seen.level + seen.spread * (seen.anchor + middle))


def _that_fit(windows: Windows, facts: Highway) -> Iterator[Windows]:
    size = max(_KEPT_VALUES // facts.inputs, 1)
    if len(windows) <= size:
        yield windows
        return
    for first in range(0, len(windows), size):
        yield windows.slice(first, first + size)


def _prepared(facts: Highway, windows: Windows) -> _Seen:
    parts: list[Prepared] = []
    for first in range(0, max(len(windows), 1), _AT_ONCE):
        each = prepare(facts, windows.slice(first, first + _AT_ONCE).inputs[:, :, 0])
        parts.append(replace(each, z=each.z.astype(np.float32), scaled=np.empty(0)))
    names = ("z", "known", "static", "anchor", "level", "spread")
    z, known, static, anchor, level, spread = (
        np.concatenate([getattr(part, name) for part in parts]) for name in names
    )
    drivers = Drivers(facts, windows.panel, windows.series, windows.origin) if facts.beside or facts.said else None
    return _Seen(z, known.astype(np.float32), static.astype(np.float32), anchor, level, spread, drivers)


def _key_of(windows: Windows) -> bytes:
    digest = blake2b(digest_size=16)
    for each in (windows.series, windows.origin, np.array([windows.lookback, windows.horizon])):
        digest.update(np.ascontiguousarray(each).tobytes())
    return digest.digest()
