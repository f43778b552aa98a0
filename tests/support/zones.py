"""Databases of time zones that are made for a test: some names below Europe, each with the rules of another zone."""

import zoneinfo
from importlib.resources import files
from pathlib import Path

from recurcast.runs import zone_rules

_made: set[str] = set()


def read_made_zones(folder: Path, version: str, file: str = "tzdata.zi", **zones: str) -> None:
    """Let zoneinfo read a database in `folder` whose version stands in `file`; `zones` are like Amsterdam="Asia/Tokyo"."""
    target = folder / f"{version}-zones"
    (target / "Europe").mkdir(parents=True)
    (target / file).write_text(f"# version {version}\n" if file == "tzdata.zi" else f"{version}\n")
    for name, rules in zones.items():
        source = files("tzdata").joinpath("zoneinfo", *rules.split("/"))
        (target / "Europe" / name).write_bytes(source.read_bytes())
        _made.add(f"Europe/{name}")
    zoneinfo.reset_tzpath(to=[str(target)])
    _forget()


def read_own_zones() -> None:
    """Let zoneinfo read what this machine has again."""
    zoneinfo.reset_tzpath()
    _forget()


def _forget() -> None:
    # Never all of them: pandas keeps the object of UTC that it met first, and takes another one for another zone.
    zoneinfo.ZoneInfo.clear_cache(only_keys=_made)
    zone_rules.forget_changes()
