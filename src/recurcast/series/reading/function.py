"""What a function of the user's gives for an interval."""

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import PythonSource
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError, nearest
from recurcast.masking import masked
from recurcast.series.files import spelled_out, with_index_as_columns
from recurcast.series.grid import duration
from recurcast.series.reading.asked import Asked
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.watching import Gather, Stalled, gathered

T = TypeVar("T")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Function:
    """The function of a pipeline's source, and where the project's own modules are."""

    source: PythonSource
    name: str
    root: Path

    @property
    def of_as_of(self) -> bool:
        """Return whether its rows depend on as_of, beside the interval: whether it asks for it."""
        parameters = inspect.signature(self._called).parameters.values()
        if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters):
            return True
        own = [each for each in parameters if each.kind in _POSITIONAL and each.name not in self.source.arguments]
        third = own[2:3]
        return any(each.name == "as_of" or each.default is inspect.Parameter.empty for each in third)

    def read(self, interval: Interval, gather: "Gather[T]") -> T:
        """Return what is made of the frame for an interval. Raises DataRejected where the function gives none."""
        of = f"the function of '{self.name}' ({self.source.function})"
        call, with_as_of = self._called, self.of_as_of

        def tables() -> Generator[pd.DataFrame]:
            known = [interval.as_of] if with_as_of else []
            yield _frame_of(call(interval.start, interval.end, *known, **self.source.arguments), of)

        try:
            # What it prints is no part of what the command says.
            with contextlib.redirect_stdout(sys.stderr):
                return gathered(tables, gather, duration(self.source.timeout))
        except RecurcastError:
            raise
        except Stalled as error:
            remedy = "Look what it waits for, or take a longer source.timeout"
            raise DataRejected(f"{of} returns within {self.source.timeout}", "it has not", remedy) from error
        except (Exception, SystemExit) as error:
            said = masked(next(iter(str(error).splitlines()), "")) or "without a word"
            remedy = "Correct it, or what it asks; call it in a Python of its own to see where"
            raise DataRejected(f"{of} gives rows", f"it raised {type(error).__name__}: {said}", remedy) from error

    @cached_property
    def _called(self) -> Callable[..., Any]:
        module_name, _, name = self.source.function.partition(":")
        rule = f"the source of '{self.name}' is the function {self.source.function}"
        folder = str(self.root.absolute())
        if folder not in sys.path:
            sys.path.append(folder)  # and stays: what the function imports when it is called lies there too
        importlib.invalidate_caches()
        try:
            module = importlib.import_module(module_name)
        except Exception as error:
            said = f"{type(error).__name__}: {masked(str(error))}"
            raise ConfigurationError(
                f"{rule}; '{module_name}' can't be imported: {said}. It is a file of the project's folder, {folder}, or a "
                "package that is installed there, and so is what it imports."
            ) from error
        found = getattr(module, name, None)
        if not callable(found):
            own = [each for each, value in vars(module).items() if inspect.isfunction(value)]
            raise ConfigurationError(f"{rule}; '{module_name}' has none of that name. {nearest(name, own)}")
        return found


def asked_by_function(pipeline: PipelineConfig, root: Path) -> Asked:
    """Return the rows of a pipeline whose source is a function."""
    source = pipeline.source
    assert isinstance(source, PythonSource), "the table is by kind"
    return Asked(pipeline, source, Function(source, pipeline.name, root))


def _frame_of(given: object, of: str) -> pd.DataFrame:
    if isinstance(given, pd.Series):
        given = given.to_frame("y" if given.name is None else given.name)
    if not isinstance(given, pd.DataFrame):
        raise DataRejected(f"{of} gives a pandas DataFrame", f"it gave {type(given).__name__}", "Return a frame")
    return spelled_out(with_index_as_columns(given.copy()))
