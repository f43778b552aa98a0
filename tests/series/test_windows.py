import numpy as np
import pytest

from recurcast.errors import DataRejected
from recurcast.series.splitting import lack_of_history
from support.frames import frame_of
from support.tiny import split_of, tiny_pipeline

NAN = float("nan")


def test_the_picture_in_the_docstring_is_what_is_cut():
    split = split_of(list(range(14)), parts=(6, 5, 3), lookback=2, calibration=2)

    assert split.train.origin.tolist() == [2, 3, 4, 5]
    assert split.validation.origin.tolist() == [6, 7, 8]
    assert split.calibration.origin.tolist() == [9, 10]
    assert split.test.origin.tolist() == [11, 12, 13]
    assert split.train.inputs[0].ravel().tolist() == [0, 1]
    assert split.validation.inputs[0].ravel().tolist() == [4, 5]
    assert split.test.targets.ravel().tolist() == [11, 12, 13]
    assert split.fit_until == split.panel.steps[11]


def test_without_calibration_steps_all_validation_windows_stop_and_choose():
    split = split_of(list(range(12)), parts=(6, 3, 3), lookback=2)

    assert split.validation.origin.tolist() == [6, 7, 8]
    assert len(split.calibration) == 0


def test_the_notebook_has_784_train_and_196_validation_windows_and_200_test_windows():
    split = split_of(list(range(1200)), parts=(804, 196, 200), lookback=20)

    assert (len(split.train), len(split.validation), len(split.test)) == (784, 196, 200)


@pytest.mark.parametrize(("horizon", "stride"), [(1, 1), (3, 1), (4, 3), (1, 5)])
def test_targets_never_cross_a_border(horizon, stride):
    split = split_of(list(range(40)), parts=(20, 10, 10), lookback=4, horizon=horizon, stride=stride)

    for windows, begin, end in ((split.train, 0, 20), (split.validation, 20, 30), (split.test, 30, 40)):
        assert windows.targets.min() >= begin
        assert windows.targets.max() < end


def test_the_newest_window_is_kept_whatever_the_stride():
    split = split_of(list(range(40)), parts=(20, 10, 10), lookback=4, horizon=2, stride=3)

    assert split.test.targets[-1].tolist() == [38, 39]
    assert np.diff(split.test.origin).tolist() == [3, 3]


def test_no_window_contains_a_gap_and_all_others_are_kept():
    series = [float(value) for value in range(20)]
    series[5] = NAN
    split = split_of(series, parts=(14, 3, 3), lookback=2)

    assert split.train.origin.tolist() == [2, 3, 4, 8, 9, 10, 11, 12, 13]
    assert not np.isnan(split.train.inputs).any()


def test_windows_of_a_panel_never_mix_two_series():
    split = split_of(list(range(12)), list(range(100, 112)), parts=(6, 3, 3), lookback=3, horizon=2)

    for windows in (split.train, split.validation, split.test):
        of_second = windows.series == 1
        assert (windows.inputs[of_second] >= 100).all()
        assert (windows.inputs[~of_second] < 100).all()
        assert (windows.targets[of_second] >= 100).all()


def test_changing_every_value_from_a_border_on_changes_nothing_before_it():
    calm = [float(value) for value in range(40)]
    changed = calm[:30] + [value + 1000 for value in calm[30:]]
    before, after = (split_of(series, parts=(20, 10, 10), lookback=4) for series in (calm, changed))

    for part in ("train", "validation"):
        assert np.array_equal(getattr(before, part).inputs, getattr(after, part).inputs)
        assert np.array_equal(getattr(before, part).targets, getattr(after, part).targets)
    assert not np.array_equal(before.test.targets, after.test.targets)


def test_windows_look_into_the_panel_and_hold_positions_only():
    split = split_of(list(range(1000)), parts=(600, 200, 200), lookback=100)

    assert split.train.panel.values is split.test.panel.values
    assert split.train.starts.nbytes + split.train.origin.nbytes < 20 * len(split.train)


def test_a_part_without_a_window_is_rejected_with_what_to_do():
    series = [float(value) for value in range(12)]
    series[10] = NAN

    with pytest.raises(
        DataRejected, match=r"the test part holds at least one window of 2 \+ 2 steps.*Shorten lookback"
    ):
        split_of(series, parts=(6, 3, 3), lookback=2, horizon=2)


@pytest.mark.parametrize(
    ("kind", "needed"), [("plain", "lookback 30 + horizon 2"), ("highway", "a season and one more (13) + horizon 2")]
)
def test_what_history_is_lacking_is_what_windows_need(kind, needed):
    pipeline = tiny_pipeline(network={"kind": kind}, windows={"lookback": 30, "horizon": 2}, training={})
    steps = {"plain": 92, "highway": 75}[kind]

    assert lack_of_history(frame_of(a=[1.0] * steps), pipeline) is None
    assert lack_of_history(frame_of(a=[1.0] * (steps - 1)), pipeline) == (
        f"{needed} + validation 24 + test 36 need {steps} steps; {steps - 1} are known"
    )
