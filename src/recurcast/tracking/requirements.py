"""What an artifact asks for: given, so that MLflow need not load it in a process of its own to find out."""

from functools import cache
from importlib.metadata import version


@cache
def pinned(*packages: str) -> tuple[str, ...]:
    """Return the packages as requirements, each of the version that is installed."""
    return tuple(f"{package}=={version(package)}" for package in packages)
