"""Forecasts of more series than should be held in memory: written part by part, in the order in which they come.

few rows     held, and sorted by series in the end, as those of a frame are
more         in a Parquet file of a temporary folder; of the rows those of the first series are held, to be shown and drawn
"""

import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pandas as pd

from recurcast.forecasting.files import to_csv, to_parquet, write_by

MOST_HELD = 50_000
"""Rows."""
MOST_SHOWN = 12
"""Series whose rows are held where those of others are not."""


class Spool:
    """Rows on their way to a file; a context, at whose end what was laid down is gone."""

    def __init__(self) -> None:
        self.n_rows = self.n_series = 0
        self._folder: TemporaryDirectory[str] | None = None
        self._writer: Any = None
        self._held: list[pd.DataFrame] = []
        self._first: list[pd.DataFrame] = []
        self._n_first = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, rows: pd.DataFrame) -> None:
        """Add all rows of some series."""
        if rows.empty:
            return
        names = rows["unique_id"].unique()
        self.n_rows, self.n_series = self.n_rows + len(rows), self.n_series + len(names)
        some = names[: max(MOST_SHOWN - self._n_first, 0)]
        if len(some):
            self._first.append(rows[rows["unique_id"].isin(some)])
            self._n_first += len(some)
        self._held.append(rows)
        if self.n_rows > MOST_HELD:
            self._lay_down()

    @property
    def whole(self) -> bool:
        """Return whether all rows are held."""
        return self._folder is None

    @property
    def rows(self) -> pd.DataFrame:
        """Return all rows sorted by series and time, or those of the first series."""
        parts = self._first if self._folder else self._held
        return pd.concat(parts, ignore_index=True).sort_values(["unique_id", "ds"], ignore_index=True)

    def write(self, path: Path) -> None:
        """Write all rows in the form that the path's ending names; a reader sees the old file or the new one."""
        write_by(partial(self._write_into, as_csv=path.suffix == ".csv"), path)

    def _write_into(self, target: IO[bytes], *, as_csv: bool) -> None:
        if self._folder is None:
            target.write(to_csv(self.rows) if as_csv else to_parquet(self.rows))
            return
        import pyarrow.parquet as pq

        self._finish()
        with pq.ParquetFile(self._laid_down) as laid:
            groups = (laid.read_row_group(number) for number in range(laid.num_row_groups))
            if as_csv:
                for number, group in enumerate(groups):
                    text = to_csv(group.to_pandas())
                    target.write(text if number == 0 else text.partition(b"\n")[2])
                return
            with pq.ParquetWriter(target, laid.schema_arrow) as writer:
                for group in groups:
                    writer.write_table(group)

    @property
    def _laid_down(self) -> Path:
        assert self._folder is not None, "something was laid down"
        return Path(self._folder.name) / "rows"

    def _lay_down(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = pd.concat(self._held, ignore_index=True) if len(self._held) > 1 else self._held[0]
        self._held = []
        with warnings.catch_warnings():  # as pandas does where it writes a file: Arrow asks for `Series.values`
            warnings.filterwarnings("ignore", "Series.values returning")
            table = pa.Table.from_pandas(rows, preserve_index=False)
        if self._writer is None:
            self._folder = TemporaryDirectory(prefix="recurcast-forecast-")
            self._writer = pq.ParquetWriter(self._laid_down, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
