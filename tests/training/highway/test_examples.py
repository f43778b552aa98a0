import numpy as np

from recurcast.training.highway.examples import examples, within

NAN = np.nan


def test_a_window_needs_a_season_and_one_known_steps_before_it_and_a_known_target():
    y = np.array([[NAN, 1, 2, 3, NAN, 5, 6], [1, 2, NAN, NAN, NAN, NAN, NAN]])

    found = examples(y, end=7, season=2, reach=4, horizon=2)

    assert list(zip(found.series.tolist(), found.origin.tolist(), strict=True)) == [(0, 4), (0, 5), (0, 6)]


def test_windows_reach_before_the_panel_and_targets_beyond_its_end_masked():
    y = np.arange(1.0, 6.0)[None]

    found = examples(y, end=5, season=1, reach=4, horizon=3)

    np.testing.assert_array_equal(found.origin, [2, 3, 4])
    np.testing.assert_array_equal(found.windows, [[NAN, NAN, 1, 2], [NAN, 1, 2, 3], [1, 2, 3, 4]])
    np.testing.assert_array_equal(found.targets, [[3, 4, 5], [4, 5, NAN], [5, NAN, NAN]])


def test_nothing_from_the_end_on_is_seen():
    before, after = np.arange(10.0)[None], np.arange(10.0)[None]
    after[:, 6:] = 1e9

    for one, other in zip(
        *(((found := examples(y, 6, 1, 3, 2)).windows, found.targets) for y in (before, after)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_fewer_are_drawn_by_the_seed_and_keep_their_order():
    found = examples(np.arange(50.0)[None], 50, 1, 3, 2)

    drawn = found.drawn(10, seed=1)

    assert len(drawn) == 10
    assert (np.diff(drawn.origin) > 0).all()
    np.testing.assert_array_equal(drawn.origin, found.drawn(10, seed=1).origin)
    assert drawn.origin.tolist() != found.drawn(10, seed=2).origin.tolist()
    assert found.drawn(1_000, seed=1) is found


def test_the_windows_of_a_stretch_have_all_their_targets_in_it():
    found = within(np.arange(8.0)[None], begin=4, length=3, reach=3, horizon=2)

    np.testing.assert_array_equal(found.windows, [[1, 2, 3], [2, 3, 4]])
    np.testing.assert_array_equal(found.targets, [[4, 5], [5, 6]])


def test_a_stretch_of_a_horizon_holds_one_window_of_each_series_and_may_end_behind_the_panel():
    found = within(np.arange(12.0).reshape(2, 6), begin=4, length=4, reach=3, horizon=4)

    np.testing.assert_array_equal(found.series, [0, 1])
    np.testing.assert_array_equal(found.targets, [[4, 5, NAN, NAN], [10, 11, NAN, NAN]])
