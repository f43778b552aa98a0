"""Mutated `prefect.yaml`: fields of a good document changed, or its text broken."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import yaml

from attacks.odd_schedules import SCHEDULES
from attacks.odd_settings import ANYTHING, FIELDS, NUMBERS, TEXTS

_FILE: dict[str, Any] = {
    "name": "demand",
    "description": "Hourly demand.",
    "unit": "MW",
    "source": {
        "kind": "file",
        "path": "demand.csv",
        "columns": {"ds": "ds", "y": "y", "unique_id": None, "available_at": None, "covariates": ["wind"]},
        "timezone": "Europe/Amsterdam",
        "delay": "30min",
        "static": True,
    },
    "frequency": "h",
    "season": 24,
    "parts": {"history": 240, "validation": 120, "calibration": 60, "test": 60},
    "windows": {"lookback": 24, "horizon": 3, "stride": 1},
    "checks": {"max_missing": 0.1, "min_value": -1000, "max_value": 1000, "max_age": None, "max_bad_series": 0},
    "network": {"units": 2, "layers": 1, "calendar": ["hour", "weekday"]},
    "training": {"epochs": 1, "batch_size": 32, "learning_rate": 0.01, "seeds": 1, "patience": 5},
    "gate": {"metric": "mase", "baseline": "seasonal_naive", "confidence": 0.95, "min_origins": 10},
    "forecast": {"levels": [80, 95], "output": None, "recursive": False},
    "catch_up": "all",
    "snapshot": None,
    "charts": "none",
}
_GENERATED = _FILE | {
    "source": {
        "kind": "generated",
        "anchor": "2024-01-01T00:00:00Z",
        "seed": 0,
        "series": 2,
        "level": 10.0,
        "level_std": 1.0,
        "trend": 0.001,
        "seasons": [{"period": 24, "amplitude": 1.0, "phase": 0.0}],
        "noise": 0.1,
        "autoregression": [0.5],
        "regimes": None,
        "missing": None,
        "anomalies": None,
        "delay": "0min",
    }
}
_DEEP = 200
Path = tuple[Any, ...]


def document(draw: Random) -> dict[str, Any]:
    """Return a good document with one pipeline: of a file, or generated."""
    pipeline = deepcopy(draw.choice((_FILE, _GENERATED)))
    block = {
        "name": "demand",
        "entrypoint": "flows/train.py:train",
        "work_pool": {"name": "recurcast"},
        "schedules": [{"cron": "0 6 * * *", "timezone": "Europe/Amsterdam", "slug": "daily"}],
        "parameters": {"pipeline": pipeline},
    }
    return {"name": "attack", "deployments": [block, {**block, "entrypoint": "flows/forecast.py:forecast"}]}


def mutated(draw: Random) -> tuple[str, str]:
    """Return what was done, and the text of a mutated document."""
    tree = document(draw)
    done = [draw.choice((_fitting, _fitting, _number, _anything, _schedule, _schedule, _structure))(tree, draw)]
    if draw.random() < 0.2:
        done.append(draw.choice((_fitting, _number, _anything, _structure))(tree, draw))
    return "; ".join(done), yaml.dump(tree, sort_keys=False, allow_unicode=draw.random() < 0.5)


def _fitting(tree: Any, draw: Random) -> str:
    """A field gets what nearly fits it."""
    paths = [path for path in _paths(tree) if path and path[-1] in FIELDS and "parameters" in path]
    path = draw.choice(paths)
    value = draw.choice(FIELDS[path[-1]])
    _put(tree, path, value)
    if path[-1] == "name":  # of the deployment too
        tree["deployments"][0]["name"] = tree["deployments"][1]["name"] = value
    return _told(path, value)


def _number(tree: Any, draw: Random) -> str:
    paths = [path for path in _paths(tree) if isinstance(_at(tree, path), (int, float)) and "pipeline" in path]
    path, value = draw.choice(paths), draw.choice(NUMBERS)
    _put(tree, path, value)
    return _told(path, value)


def _anything(tree: Any, draw: Random) -> str:
    path, value = draw.choice([path for path in _paths(tree) if path]), draw.choice((*ANYTHING, *TEXTS))
    _put(tree, path, value)
    return _told(path, value)


def _schedule(tree: Any, draw: Random) -> str:
    chosen = [{"slug": f"s{n}"} | draw.choice(SCHEDULES) for n in range(draw.choice((1, 1, 1, 2, 30)))]
    for block in tree["deployments"]:
        block["schedules"] = chosen
    return f"schedules: {str(chosen)[:150]}"


def _structure(tree: Any, draw: Random) -> str:
    """A key is gone, has another name, or is no text; a part stands in another's place; nesting."""
    path = draw.choice([path for path in _paths(tree) if path])
    parent, key = _at(tree, path[:-1]), path[-1]
    how = draw.randrange(5)
    if how == 0:
        del parent[key]
        return f"without {path}"
    if how == 1 and isinstance(parent, dict):
        other = draw.choice((f"{key}s", str(key).upper(), 1, None, True, 2.5, "", "x" * 5_000, ("a", "b")))
        parent[other] = parent.pop(key)
        return f"{path} named {str(other)[:40]!r}"
    if how == 2:
        other = draw.choice([other for other in _paths(tree) if other])
        parent[key] = deepcopy(_at(tree, other))
        return f"{path} as {other}"
    nested: Any = parent[key]
    for _ in range(draw.choice((1, 5, _DEEP))):
        nested = [nested] if how == 3 else {"a": nested}
    parent[key] = nested
    return f"{path} nested"


def _paths(tree: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in inside:
        yield from _paths(child, (*path, key))


def _at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _put(tree: Any, path: Path, value: Any) -> None:
    _at(tree, path[:-1])[path[-1]] = value


def _told(path: Path, value: Any) -> str:
    shown = str(value)[:60] if not isinstance(value, int) or abs(value) < 10**30 else "a huge integer"
    return f"{'.'.join(map(str, path))}: {shown!r}"
