"""This machine: versions against the ranges that Recurcast was made for, room on its disk, its rules of time zones."""

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from recurcast.runs.zone_rules import database_version
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning

_LITTLE, _TOO_LITTLE = 2 * 2**30, 100 * 2**20  # bytes: models and snapshots of some weeks; a day's logs


def installation_checks(place: Place) -> Iterator[Check]:
    """Yield what is installed here, how much room there is, and by whose rules clocks are changed."""
    yield from _versions()
    yield _room(place)
    if place.zones:
        versions = sorted({database_version(zone) for zone in place.zones})
        yield ok("time zones here", f"{', '.join(place.zones)} by the IANA database {', '.join(versions)}")


def _versions() -> Iterator[Check]:
    asked = [Requirement(each) for each in requires("recurcast") or ()]
    asked = [each for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = False
    for each in asked:
        found = _installed(each.name)
        if found is None or not each.specifier.contains(found, prereleases=True):
            wrong = True
            yield failed(
                "versions",
                f"{each.name} {found or 'is not installed'}, made for {each.specifier}",
                f"Install the lock again (make test does), or: pip install '{each.name}{each.specifier}'.",
            )
    if not wrong:
        told = ", ".join(
            f"{name} {_installed(name)}" for name in ("prefect", "mlflow", "tensorflow", "keras", "pandas")
        )
        yield ok("versions", f"recurcast {_installed('recurcast')} on Python {platform.python_version()}: {told}")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _room(place: Place) -> Check:
    try:
        free = shutil.disk_usage(place.root).free
    except OSError as error:
        return failed("disk", f"{place.root}: {error.strerror}", "Check the folder's permissions.")
    found = f"{free / 2**30:,.1f} GB free at {place.root}"
    if free < _TOO_LITTLE:
        return failed("disk", found, "Make room: databases and logs of a day need more.")
    if free < _LITTLE:
        return warning("disk", found, "Make room, or remove old networks: recurcast prune NAME --keep 90d.")
    return ok("disk", found)
