"""What identifies a run's inputs: configuration, data and code."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig

_LIBRARIES = ("tensorflow", "keras", "numpy")
_CHANGES_NO_NUMBER: dict[str, Any] = dict.fromkeys(("name", "description", "catch_up", "snapshot"), True) | {
    "forecast": {"output": True, "recursive": True}
}
_DECIDES_NUMBERS = (
    "series",
    "windows.py",
    "networks.py",
    "programs.py",
    "inference.py",
    "training.py",
    "forecaster.py",
    "evaluation.py",
    "losses.py",
    "calibration.py",
    "comparison.py",
    "duel.py",
    "judging.py",
    "promotion.py",
)
_TELLS_ABOUT_THEM = {"digests.py", "grid_history.py", "snapshots.py"}
"""Modules of `series` that no weight or score depends on."""


@dataclass(frozen=True)
class Fingerprint:
    """Three digests in hexadecimal: of the fields that change numbers, of every cell, of the modules that count."""

    configuration: str
    data: str
    code: str

    @property
    def all(self) -> str:
        """Return the three as one."""
        return _digest(f"{self.configuration}|{self.data}|{self.code}".encode())

    def changed_from(self, recorded: "Fingerprint") -> tuple[str, ...]:
        """Return which of configuration, data and code differ from those of a recorded run."""
        return tuple(
            part for part in ("configuration", "data", "code") if getattr(self, part) != getattr(recorded, part)
        )


def fingerprint_of(pipeline: PipelineConfig, data: str) -> Fingerprint:
    """Return the fingerprint of a run on data of that digest.

    The checks are part of the configuration that counts, because they decide which series are left out.
    """
    settings = json.dumps(pipeline.model_dump(mode="json", exclude=_CHANGES_NO_NUMBER), sort_keys=True)
    return Fingerprint(_digest(settings.encode()), data, _code_digest())


@cache
def _code_digest() -> str:
    here = Path(__file__).parent
    sources = sorted(
        path
        for name in _DECIDES_NUMBERS
        for path in ([here / name] if name.endswith(".py") else (here / name).glob("*.py"))
        if path.name not in _TELLS_ABOUT_THEM
    )
    parts = [path.read_bytes() for path in sources]
    parts += [f"{library}=={version(library)}".encode() for library in _LIBRARIES]
    return _digest(b"\0".join(parts))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
