"""What a worker is, beside what this process is: whether its fits can be taken, and whether their bits may differ."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version

from recurcast import environment
from recurcast.errors import ExecutorUnavailable
from recurcast.executors.tasks import code_digest

_NEEDED = ("tensorflow", "keras", "numpy", "pandas")
_MOST_TOLD = 5


@dataclass(frozen=True)
class Facts:
    """A process that fits: its versions and its processor; a package that it lacks has no version."""

    code: str
    python: str
    engine: str
    packages: Mapping[str, str]
    processor: str
    threads: int = 1


def facts_here() -> Facts:
    """Return what this process is."""
    return Facts(
        code_digest(), platform.python_version(), _version("distributed"), _packages(), environment.processor()
    )


def refuse_others(workers: Mapping[str, Facts | BaseException], own: Facts, where: str) -> None:
    """Raise ExecutorUnavailable where a worker can't fit what this process asks for; one message names all that stands out."""
    wrong = [f"{address} {why}" for address, facts in sorted(workers.items()) if (why := _why_not(facts, own))]
    if wrong:
        more = f", and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        raise ExecutorUnavailable(
            f"the workers of {where} have the same recurcast as this process, with TensorFlow, on the same Python and Dask; "
            f"{'; '.join(wrong[:_MOST_TOLD])}{more}. Install there what is installed here (pip install 'recurcast[dask]' of "
            "one version, by one lock), and start them anew; or run with --executor here."
        )


def doubts(workers: Mapping[str, Facts], own: Facts) -> tuple[str, ...]:
    """Return why the bits of what they fit may differ from those that are fitted here; nothing where they should not."""
    told = []
    processors = sorted({each.processor for each in workers.values() if each.processor != own.processor})
    if processors:
        told.append(f"workers have the processor {', '.join(processors)}, this process {own.processor}")
    others: dict[str, set[str]] = {}
    for facts in workers.values():
        for name in own.packages.keys() | facts.packages.keys():
            if (there := facts.packages.get(name, "")) != own.packages.get(name, ""):
                others.setdefault(name, set()).add(there or "none")
    if others:
        shown = [
            f"{name} {', '.join(sorted(others[name]))} (here {own.packages.get(name) or 'none'})"
            for name in sorted(others)
        ]
        more = f" and {len(shown) - _MOST_TOLD} more" if len(shown) > _MOST_TOLD else ""
        told.append(f"workers have {'; '.join(shown[:_MOST_TOLD])}{more}")
    return tuple(f"bits may differ from those of a run here: {each}" for each in told)


def _why_not(facts: Facts | BaseException, own: Facts) -> str:
    if isinstance(facts, BaseException):
        if isinstance(facts, ImportError):
            return f"lacks a module: {facts}"
        return f"answers with {type(facts).__name__}: {next(iter(str(facts).splitlines()), '')}"
    missing = [name for name in _NEEDED if not facts.packages.get(name)]
    if missing:
        return f"lacks {', '.join(missing)}"
    if _minor(facts.python) != _minor(own.python):
        return f"has Python {facts.python}, this process {own.python}"
    if facts.engine != own.engine:
        return f"has distributed {facts.engine}, this process {own.engine}"
    return "" if facts.code == own.code else "has another recurcast"


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


@cache
def _packages() -> dict[str, str]:
    """What recurcast itself asks for, without extras."""
    try:
        stated = requires("recurcast") or []
    except PackageNotFoundError:
        stated = []
    names = {_name_of(each) for each in stated if "extra ==" not in each} | set(_NEEDED)
    return {name: _version(name) for name in sorted(names)}


def _name_of(requirement: str) -> str:
    end = next((at for at, sign in enumerate(requirement) if not (sign.isalnum() or sign in "-_.")), len(requirement))
    return requirement[:end].lower()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
