from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose

NOW = datetime(2024, 6, 1, 10, 20, tzinfo=UTC)


def written(folder, periods, frequency, *, start="2024-01-01", name="my.csv", **more):
    ds = pd.date_range(start, periods=periods, freq=frequency)
    t = np.arange(periods)
    pd.DataFrame({"ds": ds.strftime("%Y-%m-%d %H:%M:%S"), "y": 10 + np.sin(t) + t % 7, **more}).to_csv(
        folder / name, index=False
    )
    return folder / name


def why(proposal, field):
    return next(guess.why for guess in proposal.guesses if guess.field == field)


def test_an_old_file_is_static_and_its_tick_falls_where_the_last_row_is_known(tmp_path):
    proposal = propose(written(tmp_path, 308, "h"), "my", Said(), NOW)

    assert proposal.pipeline.source.static
    assert proposal.pipeline.source.delay == "1h"
    assert proposal.cron == "0 8,20 * * *"  # a horizon of 10 hours; 308 hours end at 20:00 on a 13th
    assert "2024-01-13T19:00:00Z" in why(proposal, "source.static")
    assert proposal.pipeline.source.path == "data/my.csv"


def test_a_file_whose_newest_row_is_the_newest_there_can_be_grows(tmp_path):
    proposal = propose(written(tmp_path, 152, "D"), "my", Said(), NOW)  # up to yesterday

    assert (proposal.pipeline.source.static, proposal.pipeline.source.delay) == (False, "1D")
    assert proposal.cron == "0 6 * * *"


def test_a_file_that_is_two_days_late_grows_with_that_delay(tmp_path):
    proposal = propose(written(tmp_path, 151, "D"), "my", Said(), NOW)

    assert (proposal.pipeline.source.static, proposal.pipeline.source.delay) == (False, "2D")
    assert why(proposal, "source.delay") == "the newest row is 2 steps old"


def test_missing_steps_are_allowed_as_far_as_they_are_there_and_short_and_flat_series_need_no_leave(tmp_path):
    whole = pd.read_csv(written(tmp_path, 400, "D", start="2020-01-01"))
    holes = whole.drop(index=range(100, 120))
    short = whole.tail(30)
    flat = whole.assign(y=3.0)
    series = pd.concat([each.assign(shop=name) for name, each in zip("abcd", (whole, holes, short, flat), strict=True)])
    series.to_csv(tmp_path / "shops.csv", index=False)

    checks = propose(tmp_path / "shops.csv", "shops", Said(), NOW).pipeline.checks

    assert (checks.max_missing, checks.max_bad_series, checks.min_value) == (0.06, 0, 0)


def test_values_below_zero_leave_the_lower_bound_open(tmp_path):
    file = written(tmp_path, 300, "h", y=np.sin(np.arange(300)))

    assert propose(file, "my", Said(), NOW).pipeline.checks.min_value is None


def test_times_without_zone_are_said_to_be_utc_unless_a_zone_is_said(tmp_path):
    file = written(tmp_path, 300, "h")

    assert "state no zone" in why(propose(file, "my", Said(), NOW), "source.timezone")
    assert propose(file, "my", Said(timezone="Europe/Amsterdam"), NOW).pipeline.source.timezone == "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("frequency", "cron", "delay"),
    [
        ("15min", "0 0,2,4,6,8,10,12,14,16,18,20,22 * * *", "15min"),
        ("B", "0 6 * * TUE-SAT", "1D"),
        ("W-SUN", "0 6 * * MON", "1D"),
        ("W-WED", "0 6 * * WED", "7D"),
        ("MS", "0 6 5 * *", "31D"),
        ("ME", "0 6 5 * *", "1D"),
        ("QS", "0 6 5 * *", "92D"),
    ],
)
def test_ticks_and_delays_follow_the_frequency(tmp_path, frequency, cron, delay):
    proposal = propose(written(tmp_path, 200, frequency, start="1970-01-01"), "my", Said(), NOW)

    assert (proposal.pipeline.frequency.removesuffix("-JAN").removesuffix("-OCT"), proposal.cron) == (frequency, cron)
    assert proposal.pipeline.source.delay == delay


def test_parquet_is_read_too(tmp_path):
    table = pd.read_csv(written(tmp_path, 300, "h"))
    table["ds"] = pd.to_datetime(table["ds"]).dt.tz_localize("UTC")
    table.to_parquet(tmp_path / "my.parquet")

    proposal = propose(tmp_path / "my.parquet", "my", Said(), NOW)

    assert proposal.pipeline.frequency == "h"
    assert "state their zone" in why(proposal, "source.timezone")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("ds,y\n2024-01-01,1\n2024-01-02,2\n", "needs 60 rows or more"),
        ("", "is empty"),
        ("ds,y\n", "a header and no rows"),
        ('a,b\n"1,2\n3', "readable CSV"),
        (
            "ds,y\n" + "".join(f"{1 + day % 12:02d}/{1 + day % 28:02d}/2024,{day % 5}\n" for day in range(70)),
            "dates|grid|step|once",
        ),
    ],
)
def test_a_file_that_holds_no_series_is_refused_in_one_sentence(tmp_path, content, says):
    (tmp_path / "bad.csv").write_text(content)

    with pytest.raises(DataRejected, match=says):
        propose(tmp_path / "bad.csv", "bad", Said(), NOW)


def test_bytes_that_are_no_csv_and_a_folder_and_nothing_are_refused(tmp_path):
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" * 50)
    for name in ("image.csv", "absent.csv", ".", "image.xlsx"):
        with pytest.raises(DataRejected):
            propose(tmp_path / name, "bad", Said(), NOW)


def test_a_date_whose_day_and_month_could_be_exchanged_is_told_as_it_is_read(tmp_path):
    table = pd.read_csv(written(tmp_path, 100, "MS", start="2000-01-01"))
    table["ds"] = pd.to_datetime(table["ds"]).dt.strftime("%m/%d/%Y")
    table.to_csv(tmp_path / "my.csv", index=False)

    assert why(propose(tmp_path / "my.csv", "my", Said(), NOW), "source.columns.ds").endswith(
        "'01/01/2000' is read as 1 January 2000"
    )


def test_offsets_of_summer_and_winter_ask_for_the_zone(tmp_path):
    ds = pd.date_range("2023-01-01", periods=400, freq="D", tz="Europe/Amsterdam")
    table = pd.DataFrame({"ds": ds.strftime("%Y-%m-%dT%H:%M:%S%z"), "y": np.arange(400) % 7})
    table.to_csv(tmp_path / "my.csv", index=False)

    with pytest.raises(DataRejected, match=r"has \+0100 and \+0200. Say whose: --timezone"):
        propose(tmp_path / "my.csv", "my", Said(), NOW)
    assert propose(tmp_path / "my.csv", "my", Said(timezone="Europe/Amsterdam"), NOW).pipeline.frequency == "D"
