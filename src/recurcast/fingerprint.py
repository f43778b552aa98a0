"""What identifies a run's inputs: configuration, data and code."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.series.fingerprint import data_digest
from recurcast.series.frame import SeriesFrame

_LIBRARIES = ("tensorflow", "keras", "numpy")
_WORDS_ONLY = {"name", "description"}
_DECIDES_NUMBERS = (
    "series",
    "windows.py",
    "networks.py",
    "training.py",
    "forecaster.py",
    "evaluation.py",
    "judging.py",
    "promotion.py",
)


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


def fingerprint_of(pipeline: PipelineConfig, frame: SeriesFrame) -> Fingerprint:
    """Return the fingerprint of a run; the checks count too, because they decide which series are left out."""
    settings = json.dumps(pipeline.model_dump(mode="json", exclude=_WORDS_ONLY), sort_keys=True)
    return Fingerprint(_digest(settings.encode()), data_digest(frame), _code_digest())


@cache
def _code_digest() -> str:
    here = Path(__file__).parent
    sources = sorted(
        path
        for name in _DECIDES_NUMBERS
        for path in ([here / name] if name.endswith(".py") else (here / name).glob("*.py"))
    )
    parts = [path.read_bytes() for path in sources]
    parts += [f"{library}=={version(library)}".encode() for library in _LIBRARIES]
    return _digest(b"\0".join(parts))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
