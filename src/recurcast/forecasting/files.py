"""Forecasts as files: Parquet or CSV, written whole or not at all, under names that every file system takes."""

import csv
import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.escaping import in_spreadsheet
from recurcast.instants import format_instant


def forecast_file(pipeline: PipelineConfig, root: Path, as_of: datetime) -> Path:
    """Return where the pipeline's forecast of an as_of is written, such as `.../2024-03-01T000000Z.parquet`.

    Raises ConfigurationError where a link leads out of the project. Its `data` may itself be one, to another disk.
    """
    folder = root / (pipeline.forecast.output or f"data/{pipeline.name}/forecasts")
    led_to, places = folder.resolve(), (root.resolve(), (root / "data").resolve())
    if not any(led_to.is_relative_to(place) for place in places):
        raise ConfigurationError(
            f"forecasts are written below the project's folder; '{folder}' is led to '{led_to}' by a link. Remove the link, "
            "make `data` itself a link to another disk, or give --output."
        )
    return folder / f"{format_instant(as_of).replace(':', '')}.parquet"


def beside(forecast: Path) -> Path:
    """Return where the flags stand that go with a forecast's file."""
    return forecast.with_name(f"{forecast.stem}.flags{forecast.suffix}")


def refuse_other_endings(path: Path | None, endings: tuple[str, ...]) -> None:
    """Raise ConfigurationError where a path that was given ends in none of these."""
    if path is not None and path.suffix not in endings:
        raise ConfigurationError(f"a file ends in {' or '.join(endings)}; received '{path}'. Change its ending.")


def to_parquet(rows: pd.DataFrame) -> bytes:
    """Return a frame as a Parquet file."""
    buffer = BytesIO()
    rows.to_parquet(buffer, index=False)
    return buffer.getvalue()


def to_csv(rows: pd.DataFrame) -> bytes:
    """Return a frame as CSV, instants as ISO 8601 in UTC."""
    instants = {name: rows[name].map(format_instant) for name in ("ds", "as_of")}
    return csv_of(rows.assign(**instants)).encode()


def csv_of(rows: pd.DataFrame) -> str:
    """Return a frame as CSV whose texts no spreadsheet evaluates; `without_apostrophes` gives them back."""
    texts = {name: rows[name].map(_cell) for name in rows.columns if _is_text(rows[name])}
    safe = rows.assign(**texts).rename(columns=in_spreadsheet)
    # Python 3.11 leaves a carriage return without quotes, where readers then begin a line.
    torn = any("\r" in text for values in texts.values() for text in values.unique() if isinstance(text, str))
    return safe.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC if torn else csv.QUOTE_MINIMAL)


def without_apostrophes(ids: pd.Series) -> pd.Series:
    """Return the texts of a CSV file of forecasts as they were before an apostrophe kept spreadsheets from evaluating them."""
    return ids.map(lambda text: text[1:] if isinstance(text, str) and in_spreadsheet(text[1:]) == text else text)


def _is_text(values: pd.Series) -> bool:
    return not (is_numeric_dtype(values) or is_datetime64_any_dtype(values))


def _cell(value: Any) -> Any:
    return in_spreadsheet(value) if isinstance(value, str) else value


def write_frame(rows: pd.DataFrame, path: Path) -> None:
    """Write a frame in the form that the path's ending names; a reader sees the old file or the new one."""
    write_whole(to_csv(rows) if path.suffix == ".csv" else to_parquet(rows), path)


def write_whole(content: bytes, path: Path) -> None:
    """Write a file so that a reader sees all of it or none; raise RecurcastError where that can't be done."""
    write_by(lambda target: target.write(content), path)


def write_by(fill: Callable[[IO[bytes]], object], path: Path) -> None:
    """Write a file as `write_whole` does, by what fills it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as target:
            written = Path(target.name)
            try:
                fill(target)
                target.flush()  # a full disk shows here
                written.chmod(0o644)
                os.replace(written, path)
            finally:
                written.unlink(missing_ok=True)
    except OSError as error:
        raise RecurcastError(f"'{path}' can't be written: {error.strerror}. Give another --output.") from error
