"""Tables of any order laid down by the file that their series go to, in bounded memory."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype, is_numeric_dtype

from recurcast.config.source import ReadSource
from recurcast.environment import memory
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.lake.manifest import places_of
from recurcast.series.reading.asked import joined

_ROWS_AT_ONCE = 2**19
_BYTES_OF_A_ROW = 300


class Spill:
    """Rows as they stand in the source, by place, in its order; what a place holds is read back at once."""

    def __init__(
        self,
        folder: Path,
        source: ReadSource,
        name: str,
        places: int,
        what: str = "a file of a lake",
        remedy: str = "Take more --files.",
    ) -> None:
        self._folder, self._id, self._places = folder, source.columns.unique_id, places
        self._what, self._remedy = what, remedy
        self._alone = int(places_of([name], places)[0])
        self._known: dict[str, int] = {}
        self._kinds = set[str]()
        self._waiting = list[pd.DataFrame]()
        self._held: dict[int, list[pd.DataFrame]] = {}
        self.rows = np.zeros(places, dtype=np.int64)
        self._most = max(10**6, memory() // 4 // _BYTES_OF_A_ROW)
        for place in range(places):
            self._file(place).unlink(missing_ok=True)

    def add(self, table: pd.DataFrame) -> None:
        """Lay a table's rows down, which is taken apart. Raises ConfigurationError where a file would hold more than it may."""
        if table.empty:
            return
        # Small tables are shared out together: each would else leave a tiny one at every place. Only those whose columns are of
        # the same kinds: a whole number that stands below a fraction would be one.
        if self._waiting and not self._waiting[0].dtypes.equals(table.dtypes):
            self._share_out()
        self._waiting.append(table)
        if sum(map(len, self._waiting)) >= _ROWS_AT_ONCE:
            self.write()

    def _share_out(self) -> None:
        table, self._waiting = joined(iter(self._waiting)), []
        if table is None:
            return
        if self._id is None or self._id not in table.columns:  # whose lack is told where rows are made of it
            self._hold(self._alone, table)
            return
        self._refuse_two_kinds(table[self._id])
        codes, names = pd.factorize(table[self._id].astype("str"))
        # A row without a name is refused later, wherever it lies.
        places = np.append(self._of(names), self._alone)[codes]
        order = np.argsort(places, kind="stable")
        for own in np.split(order, np.flatnonzero(np.diff(places[order])) + 1):
            self._hold(int(places[own[0]]), table.take(own))

    def parts(self, place: int) -> Iterator[pd.DataFrame]:
        """Yield what a place holds, in the order in which it came."""
        if not self._file(place).exists():
            return
        with self._file(place).open("rb") as laid:
            while laid.peek(1):
                yield from pickle.load(laid)

    def remove(self, place: int) -> None:
        """Take away what a place holds."""
        self._file(place).unlink(missing_ok=True)

    def write(self) -> None:
        """Write what is still held."""
        self._share_out()
        for place, tables in self._held.items():
            with self._file(place).open("ab") as laid:
                pickle.dump(tables, laid, protocol=pickle.HIGHEST_PROTOCOL)
        self._held = {}

    def _refuse_two_kinds(self, ids: "pd.Series[Any]") -> None:
        """A 7 of one file and a 7.0 of another are one series where they are read together, and two where each is read alone."""
        if is_numeric_dtype(ids):
            self._kinds.add("whole numbers" if is_integer_dtype(ids) else "fractions")
        if len(self._kinds) > 1:
            raise DataRejected(
                "names of series that are numbers are of one kind in all that a lake is packed from",
                f"'{self._id}' has whole numbers in some files and fractions in others",
                "Write them as texts, or as whole numbers in each file",
            )

    def _of(self, names: pd.Index) -> list[int]:
        new = [str(name) for name in names if name not in self._known]
        self._known.update(zip(new, places_of(new, self._places).tolist(), strict=True))
        return [self._known[name] for name in names]

    def _hold(self, place: int, rows: pd.DataFrame) -> None:
        self._held.setdefault(place, []).append(rows)
        self.rows[place] += len(rows)
        if self.rows[place] > self._most:
            raise ConfigurationError(
                f"{self._what} is read whole, and holds at most {self._most:,} rows here; one of {self._places} holds more. "
                f"{self._remedy}"
            )

    def _file(self, place: int) -> Path:
        return self._folder / f"spilled-{place:04}"
