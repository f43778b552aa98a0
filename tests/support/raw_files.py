"""Files in the shape of real ones, as meters, markets, weather services and shops export them; every value is made up."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pandas as pd

_BERLIN = "Europe/Berlin"
_SCHOOL_HOLIDAYS = (
    *(("2018-12-22", "2019-01-05"), ("2019-04-15", "2019-04-27"), ("2019-07-29", "2019-09-09")),
    *(("2019-12-23", "2020-01-04"), ("2020-04-06", "2020-04-18"), ("2020-07-27", "2020-09-07")),
    *(("2020-12-23", "2021-01-09"), ("2021-03-29", "2021-04-10"), ("2021-07-30", "2021-09-13")),
    *(("2021-12-24", "2022-01-08"), ("2022-04-11", "2022-04-23"), ("2022-08-01", "2022-09-12")),
    *(("2022-12-24", "2023-01-07"), ("2023-04-03", "2023-04-15"), ("2023-07-31", "2023-09-11")),
    *(("2023-12-23", "2024-01-05"), ("2024-03-25", "2024-04-06"), ("2024-07-29", "2024-09-09")),
    ("2024-12-23", "2025-01-03"),
)


def meter(path: Path) -> None:
    """Hours of a quarter of a year on the clock of Berlin, the repeated hour twice, decimal commas, a unit in the header."""
    ds = pd.date_range("2023-09-01", "2023-11-30", freq="h", tz=_BERLIN, inclusive="left")
    load = 4 + 9 * (ds.day_of_week < 5) * np.exp(-(((ds.hour - 12) / 4) ** 2))
    load += np.random.default_rng(1).normal(0, 0.4, len(ds))
    rows = [f"{at:%d.%m.%Y};{at:%H:%M};{_comma(value)};W" for at, value in zip(ds, load, strict=True)]
    path.write_text("\n".join(["Datum;Uhrzeit;Verbrauch [kWh];Status", *rows]) + "\n")


def prices(path: Path) -> None:
    """Day-ahead prices: each hour as an interval on the clock of Berlin, newest hour last, negative at sunny noons."""
    ds = pd.date_range("2023-10-01", "2024-04-15", freq="h", tz=_BERLIN, inclusive="left")
    level = 80 + 35 * np.sin((ds.hour - 6) / 24 * 4 * np.pi) - 45 * (ds.day_of_week > 4) * (abs(ds.hour - 13) < 4)
    price = level + np.random.default_rng(2).normal(0, 9, len(ds))
    ends = ds.tz_convert("UTC") + pd.Timedelta("1h")
    rows = [
        f'"{at:%d.%m.%Y %H:%M} - {end.astimezone(ZoneInfo(_BERLIN)):%d.%m.%Y %H:%M}","{value:.2f}","EUR"'
        for at, end, value in zip(ds, ends, price, strict=True)
    ]
    path.write_text("\n".join(['"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency"', *rows]) + "\n")


def weather(path: Path) -> None:
    """A station's hours: two lines about it first, then columns with their units; -999 where nothing was measured."""
    ds = pd.date_range("2024-01-01", "2024-04-30", freq="h", inclusive="left")
    random = np.random.default_rng(3)
    air = 4 + np.arange(len(ds)) / 300 + 4 * np.sin((ds.hour - 9) / 24 * 2 * np.pi) + random.normal(0, 0.7, len(ds))
    wind = np.abs(random.normal(4, 2, len(ds)))
    for start in (400, 1310, 2200):
        air = np.where((np.arange(len(ds)) >= start) & (np.arange(len(ds)) < start + 9), -999, air)
    rows = [f"{at:%Y-%m-%dT%H:%M},{a:.1f},{w:.1f}" for at, a, w in zip(ds, air, wind, strict=True)]
    head = ["station,latitude,longitude,elevation", "Hill,52.1,5.2,13", "", "time,temperature (°C),wind (m/s)"]
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


def shops(path: Path) -> None:
    """Days of five shops in one table, months first, turnover with a sign and thousands; the last shop opened late."""
    ds = pd.date_range("2023-01-02", "2024-03-31", freq="D")
    rows = []
    for number, name in enumerate(["Harbour", "Market", "Mill Lane", "Old Town", "Station"]):
        week = np.where(ds.day_of_week > 4, 1.6, 1.0)
        own = 900 * (1 + number / 2) * week * (1 + np.random.default_rng(number).normal(0, 0.08, len(ds)))
        opened = 250 if name == "Station" else 0
        rows += [(at, name, value) for at, value in list(zip(ds, own, strict=True))[opened:]]
    rows.sort(key=lambda row: (row[0], row[1]))
    lines = [f'{at:%m/%d/%Y},{name},"${value:,.2f}"' for at, name, value in rows]
    path.write_text("\n".join(["Date,Shop,Sales", *lines]) + "\n")


def bakery(path: Path) -> None:
    """Loaves of six years in Bavaria: few on holidays, many before one, fewer in school holidays; these in a file beside."""
    days = pd.date_range("2019-01-01", "2024-12-15", freq="D")
    public = pd.DatetimeIndex(list(holidays.country_holidays("DE", subdiv="BY", years=range(2018, 2026))))
    is_holiday, is_eve = days.isin(public), (days + pd.Timedelta("1D")).isin(public)
    at_home = pd.DatetimeIndex([day for first, last in _SCHOOL_HOLIDAYS for day in pd.date_range(first, last)])
    loaves = 400 * np.array([1.0, 0.95, 0.97, 1.05, 1.3, 1.5, 0.45])[days.day_of_week]
    loaves = np.asarray(loaves * (1 + 0.1 * np.sin(2 * np.pi * days.day_of_year / 365)))
    loaves = np.where(is_holiday, 120, np.where(is_eve, loaves * 1.35, loaves))
    loaves = np.where(days.isin(at_home) & ~is_holiday, loaves * 0.8, loaves)
    loaves = loaves * np.random.default_rng(5).normal(1, 0.05, len(days))
    rows = [f"{day:%Y-%m-%d},{round(count)}" for day, count in zip(days, loaves, strict=True)]
    path.write_text("\n".join(["date,loaves", *rows]) + "\n")
    own = [f"{first},{last}" for first, last in _SCHOOL_HOLIDAYS]
    path.with_name("school_holidays.csv").write_text("\n".join(["start,end", *own]) + "\n")


RAW: dict[str, Callable[[Path], None]] = {
    "meter.csv": meter,
    "prices.csv": prices,
    "weather.csv": weather,
    "shops.csv": shops,
    "bakery.csv": bakery,
}
"""By the name under which a page shows it."""


def _comma(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")
