"""What identifies a run's inputs: configuration, data and code, and where training starts warm the version it starts from."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.config.cells import USUAL

LIBRARIES_TAG = "calendar_from"
"""Which versions of libraries told the days of calendars; the fingerprint has the days alone."""
_LIBRARIES = ("tensorflow", "keras", "numpy")
_CHANGES_NO_NUMBER: dict[str, Any] = dict.fromkeys(
    ("name", "description", "unit", "catch_up", "snapshot", "charts"), True
) | {"forecast": {"output": True, "recursive": True}, "source": {"timeout": True}}
_CAME_LATER: dict[str, dict[str, Any]] = {
    "training": {"warm_start": None, "schedule": None, "clip_norm": None, "combine": "best"}
    | {"sample_series": None, "stream": False},
    "network": {"kind": "plain", "cells": list(USUAL), "heads": None, "attention": "additive"},
    "parts": {"align": "as_of"},
    "source": {"time_format": None, "snap": None, "format": None, "numbers": {}, "known_ahead": []},
    "checks": {"max_gap": None, "max_silence": None, "missing_values": [], "max_flat": None},
}
_COLUMNS_CAME_LATER: dict[str, Any] = {"static": [], "categories": []}
"""Fields that are left out at these values, what they meant before they came, so that fingerprints stay what they were."""
_DECIDES_NUMBERS = ("series", "training", "evaluation", "promotion")
"""The rooms whose modules weights, scores and verdicts depend on."""
_PORTABLE = tuple(f"forecasting/portable/{name}.py" for name in ("highway", "beside", "patches"))
_DECIDE_BESIDE_THEM = ("config/cells.py", "config/metrics.py", "config/highway.py", *_PORTABLE)
"""Modules of other rooms that do so too: who competes, what scores are, what a highway makes of its windows."""
_TELLS_ABOUT_THEM = frozenset(
    {
        "series/interval_digests.py",
        "series/grid_history.py",
        "series/lake/counting.py",
        "series/lake/packing.py",
        "series/lake/spilling.py",
        "series/parquet.py",
        "series/event_days.py",
        "series/holiday_days.py",
        "series/session_days.py",
        "series/day_files.py",
        "training/export.py",
        "evaluation/track_record.py",
    }
)
"""Modules of these rooms that only keep, hand on or look back at what came of a run, or read days, which count themselves."""


@dataclass(frozen=True)
class Fingerprint:
    """Three digests in hexadecimal: of the fields that change numbers, of every cell, of the modules that count."""

    configuration: str
    data: str
    code: str
    start: str = ""
    """The version that a warm start begins from, such as `sine/3`, or `none`; empty where training never starts warm."""
    calendar: str = ""
    """Digest of the days of holidays, sessions, events over what was trained on and its horizon; empty without such."""
    layout: str = ""
    """How a lake that is streamed is packed, which gives the order of its series; empty where nothing is streamed."""

    @property
    def parts(self) -> dict[str, str]:
        """Return what there is of them by name, as it is tagged."""
        return {part: value for part, value in asdict(self).items() if value}

    @property
    def all(self) -> str:
        """Return them as one."""
        start = f"|{self.start}" if self.start else ""
        calendar = f"|calendar {self.calendar}" if self.calendar else ""
        layout = f"|layout {self.layout}" if self.layout else ""
        return _digest(f"{self.configuration}|{self.data}|{self.code}{start}{calendar}{layout}".encode())

    def changed_from(self, recorded: "Fingerprint") -> tuple[str, ...]:
        """Return which of configuration, data, code, start, calendar and layout differ from those of a recorded run."""
        before = asdict(recorded)
        return tuple(part for part, value in asdict(self).items() if value != before[part])


def fingerprint_of(
    pipeline: PipelineConfig, data: str, start: str = "", calendar: str = "", layout: str = ""
) -> Fingerprint:
    """Return the fingerprint of a run on data and days of those digests, which starts from that version.

    The checks are part of the configuration that counts, because they decide which series are left out.
    """
    stated = pipeline.model_dump(mode="json", exclude=_CHANGES_NO_NUMBER)
    for block, before in _CAME_LATER.items():
        stated[block] = _as_before(stated[block], before)
    if "columns" in stated["source"]:
        stated["source"]["columns"] = _as_before(stated["source"]["columns"], _COLUMNS_CAME_LATER)
    if stated["serving"] == "judged":
        del stated["serving"]
    searched = stated.pop("search")["read_until"]
    if searched is not None:  # the rest of a search's block changes no run
        stated["search"] = {"read_until": searched}
    settings = json.dumps(stated, sort_keys=True)
    return Fingerprint(_digest(settings.encode()), data, _code_digest(), start, calendar, layout)


def _as_before(stated: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name not in before or value != before[name]}


def sources_that_count() -> list[Path]:
    """Return the modules whose change makes an interval stale."""
    package = Path(__file__).parents[1]
    found = sorted(path for room in _DECIDES_NUMBERS for path in (package / room).rglob("*.py"))
    found += [package / path for path in _DECIDE_BESIDE_THEM]
    return [path for path in found if path.relative_to(package).as_posix() not in _TELLS_ABOUT_THEM]


@cache
def _code_digest() -> str:
    parts = [path.read_bytes() for path in sources_that_count()]
    parts += [f"{library}=={version(library)}".encode() for library in _LIBRARIES]
    return _digest(b"\0".join(parts))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
