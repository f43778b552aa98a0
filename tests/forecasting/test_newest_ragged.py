"""Newest windows that may miss steps, and those that end where their series do."""

import pandas as pd
import pytest

from recurcast.config import Checks
from recurcast.errors import DataRejected
from recurcast.forecasting.flags import flag, joined
from recurcast.forecasting.forecast import Horizon, forecast_of_ends, predict_with
from recurcast.forecasting.newest import newest_windows
from recurcast.forecasting.newest_rows import newest_steps, own_ends
from support.frames import HOURLY, frame_of, naive_bundle
from support.tiny import AS_OF

NAN = float("nan")


def newest(frame, lookback=4, fewest=2, align="as_of", **checks):
    return newest_windows(frame, Checks(**checks), AS_OF, lookback, (), fewest, align)


def shown(panel):
    return [["_" if value != value else value for value in own] for own in panel.y.tolist()]


def refused(frame, **kwargs):
    with pytest.raises(DataRejected) as caught:
        newest(frame, **kwargs)
    return str(caught.value)


def test_gaps_late_begins_and_silence_enter_as_they_are_and_are_said():
    found = newest(frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, NAN, NAN, 5], c=[NAN, NAN, NAN, 4, 5], d=[1, 2, 3, NAN, NAN]))

    assert found.panel.ids == ("a", "b", "c", "d")
    assert shown(found.panel) == [[2, 3, 4, 5], [2, "_", "_", 5], ["_", "_", 4, 5], [2, 3, "_", "_"]]
    assert found.left_out == ()
    assert found.remark == (
        "steps are missing in the newest window of 2 series, which are forecast without them: 'b' 2, 'd' 2"
    )


def test_a_window_longer_than_what_is_kept_begins_with_steps_that_are_missing():
    found = newest(frame_of(a=[1, 2, 3]), lookback=5)

    assert shown(found.panel) == [["_", "_", 1, 2, 3]]
    assert found.panel.steps.tolist() == list(HOURLY.steps_until(AS_OF, 5))
    assert found.remark == ""


def test_a_series_that_is_silent_for_longer_than_allowed_is_left_out_and_named_and_is_no_bad_one():
    frame = frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, 3, NAN, NAN])

    assert newest(frame, max_silence="3h").left_out == ()
    found = newest(frame, max_silence="2h")
    assert found.panel.ids == ("a",)
    (left_out,) = found.left_out
    assert left_out.series == "b"
    assert left_out.why == "silent since 2024-05-31T21:00:00+00:00, longer than checks.max_silence 2h"


def test_a_series_with_too_few_values_in_its_window_that_has_older_ones_fell_silent():
    found = newest(frame_of(a=[1, 2, 3, 4, 5, 6, 7], b=[1, 2, 3, 4, NAN, NAN, NAN]))

    (left_out,) = found.left_out
    assert left_out.why == (
        "1 of its newest 4 steps are known, and 2 are needed: the last is 2024-05-31T20:00:00+00:00"
    )


def test_a_series_with_too_few_values_at_all_is_a_bad_one():
    frame = frame_of(a=[1, 2, 3, 4, 5], b=[NAN, NAN, NAN, NAN, 5])

    assert [each.why for each in newest(frame, max_bad_series=1).left_out] == [
        "too little history: it has 1 of the 2 values that are needed"
    ]
    assert "4 steps up to 2024-05-31T23:00:00+00:00, at least 2 of them with a value: series 'b'" in refused(frame)


def test_where_every_series_is_silent_nothing_is_forecast():
    frame = frame_of(a=[1, 2, 3, 4, NAN, NAN])

    assert "series 'a': silent since 2024-05-31T21:00:00+00:00" in refused(frame, max_silence="1h", max_bad_series=9)


def test_each_window_ends_at_its_series_last_value_where_parts_do():
    frame = frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, 3, NAN, NAN], c=[5, 6, 7, 8, 9], d=[1, NAN, 4, NAN, NAN])
    found = newest(frame, align="last_row", lookback=3)

    assert [panel.ids for panel in found.panels] == [("b", "d"), ("a", "c")]
    assert [shown(panel) for panel in found.panels] == [[[1, 2, 3], [1, "_", 4]], [[3, 4, 5], [7, 8, 9]]]
    assert found.panels[0].steps[-1] == pd.Timestamp("2024-05-31T21:00Z")
    assert found.remark.endswith(": 'd' 1")


def test_windows_that_must_be_whole_may_end_where_their_series_do_too():
    frame = frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, 3, NAN, NAN])

    found = newest(frame, lookback=3, fewest=None, align="last_row")
    assert [shown(panel) for panel in found.panels] == [[[1, 2, 3]], [[3, 4, 5]]]
    with pytest.raises(DataRejected, match="series 'b': too little history"):
        newest(frame, lookback=4, fewest=None, align="last_row")


def test_how_old_the_newest_row_of_all_may_be_is_asked_once_where_windows_end_at_several_steps():
    frame = frame_of(a=[1, 2, 3, 4, NAN], b=[1, 2, NAN, NAN, NAN])

    assert len(newest(frame, align="last_row", max_age="2h").panels) == 2
    assert "the newest row is at most 1h older" in refused(frame, align="last_row", max_age="1h")


def test_forecasts_follow_each_series_own_end():
    bundle = naive_bundle(gaps=True)
    frame = frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, NAN, 4, NAN])
    panels = newest(frame, lookback=3, fewest=bundle.fewest, align="last_row").panels
    rows = forecast_of_ends(bundle, panels, HOURLY, Horizon(2, 2), AS_OF, predict_with(bundle))

    assert rows["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert rows["ds"].dt.strftime("%dT%H").tolist() == ["01T00", "01T01", "31T23", "01T00"]
    assert rows["y_hat"].tolist() == [5, 5, 4, 4]
    assert rows["y_hat_hi_80"].tolist() == [6, 7, 5, 6]


def test_points_behind_a_gap_are_flagged_where_windows_may_miss_steps():
    bundle = naive_bundle(gaps=True)
    frame = frame_of(a=[10, 10, 10, NAN, 17, 16], b=[5, NAN, 5, 5, NAN, NAN])
    panels = [newest_steps(each, Checks(), AS_OF, 6, (), bundle.fewest) for each in own_ends(frame, "last_row")]
    flags = joined([flag(bundle, each, HOURLY, AS_OF, predict_with(bundle)) for each in panels])

    assert flags.rows["unique_id"].tolist() == ["a", "a", "b"]
    assert flags.rows["y"].tolist() == [17, 16, 5]
    assert flags.rows["y_hat"].tolist() == [10, 17, 5]
    assert flags.rows["flagged"].tolist() == [True, False, False]
    assert flags.unjudged == 3


def test_of_very_many_series_that_are_left_out_the_first_hundred_are_named():
    silent = {f"s{number:03}": [1, 2, 3, NAN, NAN] for number in range(120)}
    told = newest(frame_of(a=[1, 2, 3, 4, 5], **silent), max_silence="1h").told

    assert len(told) == 101
    assert told[0].startswith("series 's000' was left out: silent since")
    assert told[-1] == "20 more series were left out"
