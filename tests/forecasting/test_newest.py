from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Checks
from recurcast.errors import ConfigurationError, DataRejected, TooLittleHistory
from recurcast.forecasting.newest import newest_windows
from recurcast.forecasting.newest_rows import newest_steps
from support.frames import frame_of
from support.tiny import AS_OF

NAN = float("nan")


def newest(frame, lookback=3, **checks):
    return newest_windows(frame, Checks(**checks), AS_OF, lookback, ())


def refused(frame, **checks):
    with pytest.raises(DataRejected) as caught:
        newest(frame, **checks)
    return caught.value


def test_the_newest_window_of_every_series_ends_at_the_last_step_that_can_be_known():
    found = newest(frame_of(a=[1, 2, 3, 4, 5], b=[NAN, 7, 8, 9, 10]))

    assert found.panel.ids == ("a", "b")
    assert found.panel.y.tolist() == [[3, 4, 5], [8, 9, 10]]
    assert found.panel.steps[-1] == pd.Timestamp(AS_OF) - pd.Timedelta("1h")
    assert found.left_out == ()


def test_a_gap_in_the_newest_window_is_rejected_with_series_and_step_and_an_older_one_is_not():
    assert newest(frame_of(a=[1, NAN, 3, 4, 5])).panel.y.tolist() == [[3, 4, 5]]

    error = refused(frame_of(a=[1, 2, 3, 4, 5], b=[1, 2, 3, NAN, 5]))

    assert error.series == "b"
    assert error.timestamps == ("2024-05-31T22:00:00+00:00",)
    assert "series 'b': no value at 2024-05-31T22:00:00+00:00 (1 of 3 steps are missing)" in str(error)
    assert error.exit_code == 3


def test_too_little_history_is_told_from_a_gap():
    assert "'b': too little history: it begins at 2024-05-31T22:00:00+00:00, 1 of 3" in str(
        refused(frame_of(a=[1, 2, 3, 4], b=[3, 4]))
    )


def test_as_many_bad_series_as_the_pipeline_allows_are_left_out_and_named_but_never_all():
    frame = frame_of(a=[1, 2, 3, 4], b=[1, 2, 3, NAN], c=[1, NAN, NAN, NAN])

    found = newest(frame, max_bad_series=2)

    assert found.panel.ids == ("a",)
    assert [each.series for each in found.left_out] == ["b", "c"]
    assert "no value at 2024-05-31T23:00:00+00:00" in found.left_out[0].why
    assert "1 more series have none either" in str(refused(frame, max_bad_series=1))
    assert "series 'a'" in str(refused(frame_of(a=[1, 2, NAN]), max_bad_series=5))


@pytest.mark.parametrize(
    ("spoil", "checks", "rule"),
    [
        (
            lambda rows: rows.assign(ds=rows["ds"].where(rows.index < 4, rows["ds"] + pd.Timedelta("7min"))),
            {},
            "step of",
        ),
        (lambda rows: pd.concat([rows, rows.tail(1)], ignore_index=True), {}, "each series has each timestamp once"),
        (lambda rows: rows.assign(y=rows["y"].where(rows.index < 4, np.inf)), {}, "y is finite"),
        (lambda rows: rows, {"max_value": 4.5}, "y is finite, at most 4.5"),
    ],
)
def test_what_breaks_a_rule_among_the_newest_rows_is_rejected_with_its_first_offender(spoil, checks, rule):
    frame = frame_of(a=[1, 2, 3, 4, 5])

    error = refused(replace(frame, rows=spoil(frame.rows)), **checks)

    assert rule in str(error)
    assert error.series == "a"
    assert error.timestamps[0].startswith("2024-05-31T23:")


def test_what_breaks_a_rule_before_the_newest_window_does_no_harm():
    frame = frame_of(a=[1, 2, 3, 4, 5])
    doubled = pd.concat([frame.rows.head(1), frame.rows], ignore_index=True)

    assert newest(replace(frame, rows=doubled), min_value=2.5).panel.y.tolist() == [[3, 4, 5]]


def test_rows_that_are_too_old_or_none_at_all_are_rejected():
    frame = frame_of(a=[1, 2, 3, 4, 5])
    old = replace(frame, rows=frame.rows.head(4), steps=frame.steps[:4])

    assert "the newest row is at most 90min older" in str(refused(old, max_age="90min"))
    with pytest.raises(TooLittleHistory, match="needs rows since 2024-05-31T21:00:00"):
        newest(replace(frame, rows=frame.rows.head(1)))


def test_more_steps_than_the_parts_hold_are_refused_with_what_to_change():
    with pytest.raises(ConfigurationError, match=r"5 steps before as_of; 6 are needed\. Lengthen parts\.history"):
        newest_steps(frame_of(a=[1, 2, 3, 4, 5]), Checks(), AS_OF + timedelta(0), 6, ())
