import numpy as np
import pandas as pd
import pytest

from recurcast.config import Checks
from recurcast.errors import ConfigurationError
from recurcast.forecasting.flags import can_flag, flag, refuse_without_intervals
from recurcast.forecasting.forecast import predict_with
from recurcast.forecasting.newest_rows import newest_steps
from support.frames import HOURLY, frame_of, naive_bundle
from support.tiny import AS_OF

NAN = float("nan")


def flags_of(frame, bundle=None, predict=None):
    bundle = bundle or naive_bundle()
    panel = newest_steps(frame, Checks(), AS_OF, len(frame.steps), ())
    return flag(bundle, panel, HOURLY, AS_OF, predict or predict_with(bundle))


def test_a_point_outside_the_highest_levels_interval_is_flagged_with_its_distance_in_half_widths():
    flags = flags_of(frame_of(a=[10, 10, 10, 11, 17, 16]))

    rows = flags.rows
    assert list(rows.columns) == [
        "unique_id", "ds", "y", "y_hat", "y_hat_lo_95", "y_hat_hi_95", "score", "flagged", "model_version", "as_of",
    ]  # fmt: skip
    assert rows["y"].tolist() == [11, 17, 16]
    assert rows["y_hat"].tolist() == [10, 11, 17]
    assert rows["y_hat_hi_95"].tolist() == [13, 14, 20]
    assert rows["score"].tolist() == pytest.approx([1 / 3, 2, 1 / 3])
    assert rows["flagged"].tolist() == [False, True, False]
    assert flags.flagged["ds"].tolist() == [pd.Timestamp("2024-05-31T22:00Z")]
    assert flags.headline == "1 of 3 known steps lie outside their 95% interval"


def test_steps_with_a_gap_before_them_or_no_value_are_counted_not_judged():
    flags = flags_of(frame_of(a=[1, 2, 3, 4, NAN, 6, 7, 8, 9], b=[1, 2, 3, 4, 5, 6, 7, 8, 9]))

    judged = flags.rows.groupby("unique_id")["y"].apply(list)
    assert judged["a"] == [4, 9]
    assert judged["b"] == [4, 5, 6, 7, 8, 9]
    assert flags.unjudged == 4
    assert flags.headline.endswith("interval; 4 could not be judged, for gaps")


def test_the_width_is_in_the_scale_of_the_window_before_the_point():
    quiet, lively = [10, 10.5, 9.5, 10], [10, 15, 5, 10]

    scores = [
        flags_of(frame_of(a=y), naive_bundle(scale="window", spread_floor=0.1)).rows["score"][0]
        for y in (quiet, lively)
    ]

    assert scores == pytest.approx([0.5 / (3 * np.std(quiet[:3])), 5 / (3 * np.std(lively[:3]))])


def test_the_calendar_of_a_point_is_that_of_its_window_and_its_whole_horizon():
    seen = []

    def note(window, calendar):
        seen.append(calendar)
        return np.zeros((len(window), 2))

    flags_of(frame_of(a=[1, 2, 3, 4, 5]), naive_bundle(calendar=("hour",)), note)

    hours = np.rad2deg(np.arctan2(seen[0][:, :, 0], seen[0][:, :, 1])).round() % 360 / 15
    assert hours.tolist() == [[19, 20, 21, 22, 23], [20, 21, 22, 23, 0]]


def test_without_intervals_nothing_can_be_flagged():
    bare = naive_bundle(levels=(), widths=None)

    assert not can_flag(bare)
    with pytest.raises(ConfigurationError, match=r"champion of 'tiny' \(naive\) has none\. Set parts\.calibration"):
        refuse_without_intervals(bare)
    refuse_without_intervals(naive_bundle())
