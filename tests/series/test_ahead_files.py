"""Files of what is known ahead: how they are read, what a frame knows of them, and that nothing later comes in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.parquet import from_parquet, to_parquet
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
HOURS = pd.date_range("2024-03-01", periods=240, freq="h", tz="UTC")


def write_y(root: Path, hours: pd.DatetimeIndex = HOURS) -> None:
    pd.DataFrame({"ds": hours, "y": np.arange(len(hours)) % 24 + 1.0}).to_csv(root / "y.csv", index=False)


def issued(hours: pd.DatetimeIndex, lead: str, value: float) -> pd.DataFrame:
    return pd.DataFrame({"ds": hours, "warmth": value, "issued": hours - pd.Timedelta(lead)})


def pipeline(*blocks: dict[str, Any], **source: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "y.csv", "delay": "1h", "known_ahead": list(blocks), **source},
            "frequency": "h",
            "season": 24,
            "parts": {"history": 120, "validation": 24, "test": 24},
            "windows": {"lookback": 24, "horizon": 6},
            "network": {"kind": "highway"},
        }
    )


WARMTH = {"path": "warmth.csv", "columns": ["warmth"]}
ISSUED = WARMTH | {"available_at": "issued"}


def test_a_window_sees_what_had_been_issued_at_its_origin(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.concat([issued(HOURS, "24h", 1.0), issued(HOURS, "2h", 2.0)]).to_csv(tmp_path / "warmth.csv", index=False)
    frame = obtain(pipeline(ISSUED), NOON, tmp_path)
    windows = split_of(pipeline(ISSUED), frame).test
    # At the origin the next two steps were issued again two hours before their time; those beyond only a day before.
    assert windows.calendar.shape[2] == 1
    assert windows.calendar[0, -6:, 0].tolist() == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0]
    assert (windows.calendar[0, -30:-6, 0] == 2.0).all()


def test_values_revised_after_as_of_change_nothing_that_a_run_at_as_of_reads(tmp_path: Path) -> None:
    write_y(tmp_path)
    before = issued(HOURS, "24h", 1.0)
    before.to_csv(tmp_path / "warmth.csv", index=False)
    first = obtain(pipeline(ISSUED), NOON, tmp_path)
    later = before[before["issued"] > NOON].assign(warmth=-99.0)
    again = before.assign(warmth=77.0, issued=pd.Timestamp(NOON) + pd.Timedelta("1s"))
    kept = before[before["issued"] <= NOON]
    pd.concat([kept, later, again]).to_csv(tmp_path / "warmth.csv", index=False)
    second = obtain(pipeline(ISSUED), NOON, tmp_path)
    assert data_digest(first) == data_digest(second)
    for part in ("train", "validation", "test"):
        seen = [getattr(split_of(pipeline(ISSUED), frame), part).calendar for frame in (first, second)]
        np.testing.assert_array_equal(*seen)


def test_a_value_revised_before_as_of_changes_the_digest(tmp_path: Path) -> None:
    write_y(tmp_path)
    rows = issued(HOURS, "24h", 1.0)
    rows.to_csv(tmp_path / "warmth.csv", index=False)
    first = data_digest(obtain(pipeline(ISSUED), NOON, tmp_path))
    rows.loc[150, "warmth"] = 2.0
    rows.to_csv(tmp_path / "warmth.csv", index=False)
    assert data_digest(obtain(pipeline(ISSUED), NOON, tmp_path)) != first


def test_values_with_a_lead_are_known_so_long_before_their_time(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.DataFrame({"ds": HOURS, "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    chosen = pipeline(WARMTH | {"lead": "3h"})
    seen = split_of(chosen, obtain(chosen, NOON, tmp_path)).test.calendar[0, -6:, 0]
    np.testing.assert_equal(seen, [1.0, 1.0, 1.0, 1.0, np.nan, np.nan])


def test_what_was_always_known_reaches_over_the_horizon_and_no_further_into_the_digest(tmp_path: Path) -> None:
    write_y(tmp_path)
    chosen = pipeline(WARMTH | {"known": "always"})
    pd.DataFrame({"ds": HOURS, "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    short = obtain(chosen, NOON, tmp_path)
    assert short.ahead is not None
    assert short.ahead.blocks[0].rows["ds"].max() == (pd.Timestamp(NOON) + pd.Timedelta("5h")).value
    longer = pd.date_range(HOURS[0], periods=500, freq="h", tz="UTC")
    pd.DataFrame({"ds": longer, "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    assert data_digest(obtain(chosen, NOON, tmp_path)) == data_digest(short)


def test_daily_values_stand_for_the_hours_of_their_day(tmp_path: Path) -> None:
    write_y(tmp_path)
    days = pd.DataFrame({"ds": ["2024-03-09", "2024-03-10", "2024-03-11"], "warmth": [0, 1, 0]})
    days.to_csv(tmp_path / "warmth.csv", index=False)
    chosen = pipeline(WARMTH | {"known": "always", "hold": True})
    ahead = obtain(chosen, NOON, tmp_path).ahead
    assert ahead is not None
    ds = pd.date_range("2024-03-09T22:00Z", periods=4, freq="h").as_unit("ns").asi8[None]
    assert ahead.at(["demand"], ds, ds[:, -1], ds[:, -1] - ds[:, -2])[0, :, 0].tolist() == [0, 0, 1, 1]


def test_the_digest_of_every_interval_is_that_of_its_frame(tmp_path: Path) -> None:
    write_y(tmp_path)
    rows = pd.concat([issued(HOURS, "30h", 1.0), issued(HOURS, "5h", 2.0)])
    rows.to_csv(tmp_path / "warmth.csv", index=False)
    days = pd.DataFrame({"ds": pd.date_range("2024-02-20", periods=40), "holiday": np.arange(40) % 7 == 6}).astype(
        {"holiday": int}
    )
    days.to_csv(tmp_path / "days.csv", index=False)
    chosen = pipeline(ISSUED, {"path": "days.csv", "columns": ["holiday"], "known": "always", "hold": True})
    as_ofs = [datetime(2024, 3, 9, hour, tzinfo=UTC) for hour in range(0, 24, 5)]
    found = interval_digests(chosen, as_ofs, tmp_path)
    assert [each.digest for each in found] == [data_digest(obtain(chosen, each, tmp_path)) for each in as_ofs]
    assert len({each.digest for each in found}) == len(as_ofs)


def test_a_snapshot_holds_what_was_known_ahead_to_the_bit(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.concat([issued(HOURS, "24h", 1.0), issued(HOURS, "2h", 2.0)]).to_csv(tmp_path / "warmth.csv", index=False)
    frame = obtain(pipeline(ISSUED), NOON, tmp_path)
    again = from_parquet(to_parquet(frame))
    assert data_digest(again) == data_digest(frame)
    one, other = (split_of(pipeline(ISSUED), each).test.calendar for each in (frame, again))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("table", "block", "says"),
    [
        ({"ds": ["2024-03-01"] * 2, "warmth": [1, 2]}, {"known": "always"}, "stands more than once"),
        ({"ds": ["2024-03-01"], "warmth": ["mild"]}, {"known": "always"}, r"'warmth\.csv': row 1 .*mild"),
        ({"ds": ["2024-03-01"], "cold": [1]}, {"known": "always"}, "has the column 'warmth'"),
        ({"ds": ["2024-03-01"], "warmth": [1]}, {"available_at": "issued"}, "has the column 'issued'"),
    ],
)
def test_files_that_can_not_be_read_as_the_block_says_are_refused(tmp_path: Path, table, block, says) -> None:
    write_y(tmp_path)
    pd.DataFrame(table).to_csv(tmp_path / "warmth.csv", index=False)
    with pytest.raises(DataRejected, match=says):
        obtain(pipeline(WARMTH | block), NOON, tmp_path)


@pytest.mark.parametrize(
    ("ds", "block", "says"),
    [
        (HOURS + pd.Timedelta("15min"), {}, "has one at 0 of "),
        (HOURS[::4], {}, "has one at 42 of 168 steps"),
        (HOURS + pd.Timedelta("400D"), {}, "there are none"),
    ],
)
def test_values_at_other_steps_are_no_gap_but_refused(tmp_path: Path, ds, block, says) -> None:
    write_y(tmp_path)
    pd.DataFrame({"ds": ds, "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    with pytest.raises(DataRejected, match=says):
        obtain(pipeline(WARMTH | {"known": "always"} | block), NOON, tmp_path)


def test_values_at_every_fourth_step_stand_on_where_the_block_says_so(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.DataFrame({"ds": HOURS[::4], "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    assert obtain(pipeline(WARMTH | {"known": "always", "hold": True}), NOON, tmp_path).ahead is not None


def test_values_of_series_that_the_source_does_not_have_are_refused(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.DataFrame({"ds": HOURS, "shop": "Utrecht", "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    with pytest.raises(DataRejected, match="names 'Utrecht' and 0 more, the source 'demand'"):
        obtain(pipeline(WARMTH | {"known": "always", "unique_id": "shop"}), NOON, tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_y(tmp_path)
    with pytest.raises(DataRejected, match=r"'warmth\.csv' was not found. Check `source\.known_ahead\.path`"):
        obtain(pipeline(WARMTH | {"known": "always"}), NOON, tmp_path)


def test_times_that_are_off_by_milliseconds_are_rounded_as_the_sources_are(tmp_path: Path) -> None:
    write_y(tmp_path)
    pd.DataFrame({"ds": HOURS + pd.Timedelta("3ms"), "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    frame = obtain(pipeline(WARMTH | {"known": "always"}, snap="1s"), NOON, tmp_path)
    assert frame.ahead is not None
    assert set(frame.ahead.blocks[0].rows["ds"]) <= set(HOURS.as_unit("ns").asi8)


def test_values_that_stand_for_missing_ones_are_none_ahead_either(tmp_path: Path) -> None:
    write_y(tmp_path)
    rows = pd.concat([issued(HOURS, "24h", 1.0), issued(HOURS, "2h", -999.0)])
    rows.to_csv(tmp_path / "warmth.csv", index=False)
    chosen = PipelineConfig.model_validate(pipeline(ISSUED).model_dump() | {"checks": {"missing_values": [-999]}})
    frame = obtain(chosen, NOON, tmp_path)
    assert frame.ahead is not None
    assert set(frame.ahead.blocks[0].rows["warmth"]) == {1.0}
    as_it_stands = obtain(pipeline(ISSUED), NOON, tmp_path).ahead
    assert as_it_stands is not None
    assert set(as_it_stands.without_values([-999.0]).blocks[0].rows["warmth"]) == {1.0}


@pytest.mark.parametrize("value", ["inf", "-1e300"])
def test_what_is_known_ahead_is_finite(tmp_path: Path, value: str) -> None:
    write_y(tmp_path)
    warmth = ["1"] * 240
    warmth[200] = value
    pd.DataFrame({"ds": HOURS, "warmth": warmth}).to_csv(tmp_path / "warmth.csv", index=False)
    with pytest.raises(DataRejected, match=r"finite, within .* 2024-03-09T08:00:00\+00:00, and 0 more"):
        obtain(pipeline(WARMTH | {"known": "always"}), NOON, tmp_path)


@pytest.mark.parametrize(
    ("warmth", "block"),
    [
        (pd.DataFrame({"ds": HOURS[HOURS >= NOON], "warmth": 1.0}), {"known": "always"}),
        (pd.DataFrame({"ds": HOURS[HOURS >= NOON], "warmth": 1.0}), {"known": "always", "hold": True}),
        (issued(HOURS, "24h", 1.0).assign(issued=NOON), {"available_at": "issued"}),
    ],
)
def test_what_no_window_of_the_train_part_saw_is_refused_before_training(tmp_path: Path, warmth, block) -> None:
    write_y(tmp_path)
    warmth.to_csv(tmp_path / "warmth.csv", index=False)
    chosen = pipeline(WARMTH | block)
    with pytest.raises(DataRejected, match="of 'warmth' nothing was known before its time up to 2024-03-08T12"):
        split_of(chosen, obtain(chosen, NOON, tmp_path))


def test_the_digest_of_every_interval_counts_the_cells_that_stand(tmp_path: Path) -> None:
    write_y(tmp_path)
    days = pd.DataFrame({"ds": pd.date_range("2024-02-20", periods=40), "price": 1.0, "sale": np.arange(40) % 3.0})
    days.loc[days.index % 5 != 0, "price"] = np.nan
    days.to_csv(tmp_path / "days.csv", index=False)
    chosen = pipeline({"path": "days.csv", "columns": ["price", "sale"], "known": "always", "hold": True})
    as_ofs = [datetime(2024, 3, 9, hour, tzinfo=UTC) for hour in range(0, 24, 5)]
    found = [each.digest for each in interval_digests(chosen, as_ofs, tmp_path)]
    frames = [obtain(chosen, each, tmp_path) for each in as_ofs]
    assert found == [data_digest(frame) for frame in frames]
    assert not np.isnan(split_of(chosen, frames[0]).test.calendar).any()


def test_a_run_of_a_weekend_sees_of_business_days_what_one_of_a_weekday_does(tmp_path: Path) -> None:
    days = pd.bdate_range("2023-01-02", periods=200)
    pd.DataFrame({"ds": days, "y": np.arange(200) % 5 + 1.0}).to_csv(tmp_path / "y.csv", index=False)
    pd.DataFrame({"ds": days, "warmth": 1.0}).to_csv(tmp_path / "warmth.csv", index=False)
    stated = pipeline(WARMTH | {"lead": "24h"}).model_dump() | {"frequency": "B", "season": 5}
    stated["windows"] = {"lookback": 10, "horizon": 2}
    chosen = PipelineConfig.model_validate(stated)
    saturday = obtain(chosen, datetime(2023, 9, 30, 6, tzinfo=UTC), tmp_path)
    on_saturday, on_tuesday = (
        split_of(chosen, frame).train.calendar[-5:, -2, 0]
        for frame in (saturday, obtain(chosen, datetime(2023, 10, 3, 6, tzinfo=UTC), tmp_path))
    )
    # A Monday is forecast before the weekend, when nothing is known of it; other days are not.
    assert np.isnan(on_tuesday).sum() == 1
    assert np.isnan(on_saturday).sum() == 1
    assert from_parquet(to_parquet(saturday)).ahead.gap == saturday.ahead.gap


def local_hours(issues: list[str]) -> pd.DataFrame:
    """Forecasts of three days from each issue on, on a clock that went back on 2024-10-27."""
    tables = []
    for issue in issues:
        hours = pd.date_range(issue, periods=72, freq="h", tz="Europe/Amsterdam")
        tables.append(
            pd.DataFrame({"ds": hours.tz_localize(None), "warmth": np.arange(72.0), "issued": f"{issue}T06:00Z"})
        )
    return pd.concat(tables)


def test_repeated_hours_of_several_revisions_are_told_apart_within_each(tmp_path: Path) -> None:
    hours = pd.date_range("2024-10-20", periods=240, freq="h", tz="Europe/Amsterdam")
    write_y(tmp_path, hours)
    rows = local_hours([f"2024-10-{day}" for day in range(20, 30)])
    rows.to_csv(tmp_path / "warmth.csv", index=False)
    chosen = pipeline(ISSUED, timezone="Europe/Amsterdam")
    frame = obtain(chosen, datetime(2024, 10, 29, 12, tzinfo=UTC), tmp_path)
    assert frame.ahead is not None
    known = frame.ahead.blocks[0].rows
    night = pd.date_range("2024-10-26T23:00Z", periods=4, freq="h").as_unit("ns").asi8
    newest = known[known["ds"].isin(night)].groupby("ds")["warmth"].last()
    assert newest.tolist() == [25.0 - 24.0, 26.0 - 24.0, 27.0 - 24.0, 28.0 - 24.0]
    # Without their order a row may be of either hour.
    rows.sample(frac=1, random_state=0).to_csv(tmp_path / "warmth.csv", index=False)
    with pytest.raises(DataRejected, match=r"stand in an order that tells them apart: .*row"):
        obtain(chosen, datetime(2024, 10, 29, 12, tzinfo=UTC), tmp_path)
