"""Which of several columns of numbers is forecast, and how sure that is."""

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.target_names import ANY, BESIDE, FIRST, WANTED, standing_of
from recurcast.scaffold.targets import guess_target

GERMAN_MONTHS = ["Jan", "Feb", "März", "April", "Mai", "Juni", "Juli", "Aug", "Sept", "Okt", "Nov", "Dez"]
CHANGING = [5.0, 7.0, 6.0, 4.0] * 6


def target(*names: str, **said: str) -> Guess:
    table = pd.DataFrame({name: np.add(CHANGING, place) for place, name in enumerate(names)})
    return guess_target(table, "file.csv", list(names), Said(**said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["temp", "cnt"], "cnt"),
        (["temp", "atemp", "hum", "windspeed", "casual", "registered", "cnt"], "cnt"),
        (["hum", "val"], "val"),
        (["price", "qty"], "qty"),
        (["temperature", "humidity", "kwh"], "kwh"),
        (["wind_speed", "MW"], "MW"),
        (["Temperatur", "Wert"], "Wert"),
        (["Außentemperatur [°C]", "Stromverbrauch [kWh]"], "Stromverbrauch [kWh]"),
        (["température", "consommation"], "consommation"),
        (["Temperatura", "Zużycie"], "Zużycie"),
        (["温度", "负荷(兆瓦)"], "负荷(兆瓦)"),
        (["Day-ahead Total Load Forecast [MW]", "Actual Total Load [MW]"], "Actual Total Load [MW]"),
        (["Prévision J-1", "Consommation"], "Consommation"),
        (["COAST", "EAST", "TOTAL"], "TOTAL"),
        (["Open", "High", "Low", "Close", "Volume"], "Close"),
        (["Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke"], "Schlusskurs"),
        (["ghi", "pv_power"], "pv_power"),
        (["Store", "promo", "Weekly_Sales"], "Weekly_Sales"),
    ],
)
def test_what_is_called_as_what_people_forecast_goes_before_what_explains_it(names: list[str], chosen: str) -> None:
    guess = target(*names)

    assert guess.value == chosen
    assert guess.doubt > 0
    assert guess.instead == "--target COLUMN"


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("y", FIRST),
        ("Close/Last", FIRST),
        ("kWh", WANTED),
        ("oil", ANY),
        ("EMBEDDED_WIND_GENERATION", ANY),
        ("rh", BESIDE),
    ],
)
def test_a_name_says_how_likely_its_column_is_forecast(name: str, standing: int) -> None:
    assert standing_of(name) == standing


def test_one_column_alone_is_in_no_doubt_and_columns_that_are_as_likely_are() -> None:
    assert target("temp").doubt == 0
    assert target("wind", "cnt").doubt < target("north", "wind").doubt < target("north", "south").doubt
    assert target("north", "south", target="south").doubt == 0


@pytest.mark.parametrize(
    "names", [["MT_1", "MT_2", "MT_3", "MT_4", "MT_5"], ["DE", "FR", "ES", "IT", "PL", "AT", "temp"]]
)
def test_columns_of_equal_standing_are_said_to_be_series_side_by_side(names: list[str]) -> None:
    guess = target(*names)

    assert guess.value == names[0]
    assert "columns of numbers of equal standing, beside" in guess.why
    assert "put them one below the other, with a column that names them" in guess.why
    assert guess.doubt > 0.5


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([f"H{hour}" for hour in range(1, 25)], "hours or periods of a day side by side, in the columns 'H1' to 'H24'"),
        ([f"{hour:02d}:00" for hour in range(24)], "in the columns '00:00' to '23:00'"),
        ([f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 30)], "in the columns '00:00' to '23:30'"),
        ([f"{pd.Timestamp(2000, month, 1):%b}" for month in range(1, 13)], "months of a year side by side"),
        (GERMAN_MONTHS, "months"),
        ([*map(str, range(1, 13)), "Total"], "months of a year"),
    ],
)
def test_a_day_or_a_year_side_by_side_is_refused_unless_one_is_named(names: list[str], told: str) -> None:
    with pytest.raises(DataRejected, match="as pandas' melt does, or forecast one of them alone: --target") as refused:
        target(*names)

    assert told in str(refused.value)
    assert target(*names, target=names[3]).value == names[3]


def test_stations_with_numbers_are_no_hours() -> None:
    assert target(*(f"MT_{number:03d}" for number in range(1, 25))).value == "MT_001"


def test_an_index_of_prices_is_no_index_of_rows() -> None:
    assert guess_target(pd.DataFrame({"Index": [100.3, 100.9, 101.2]}), "file.csv", ["Index"], Said()).value == "Index"
    with pytest.raises(DataRejected, match="'month' is taken for a part of the date"):
        target("month")
