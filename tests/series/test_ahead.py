"""What a window sees of values that are known ahead: as they were known at its origin."""

import tracemalloc

import numpy as np
import pandas as pd

from recurcast.series.ahead import ALWAYS, Ahead, AheadBlock, told_whole

NAN = np.nan


def block(rows: list[tuple], hold: bool = False, shared: bool = True) -> AheadBlock:
    """Rows of (series, step, available, value)."""
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "available_at", "warmth"])
    ordered = frame.sort_values(["unique_id", "ds", "available_at"], ignore_index=True)
    return AheadBlock(("warmth",), ordered, shared, hold)


def seen(known: AheadBlock, steps: list[int], at: int, names: tuple[str, ...] = ("a",)) -> list[float]:
    ds = np.tile(np.array(steps, dtype=np.int64), (len(names), 1))
    found = known.at(names, ds, np.full(len(names), at))
    assert found.shape == (len(names), len(steps), 1)
    return found[:, :, 0].tolist() if len(names) > 1 else found[0, :, 0].tolist()


def test_of_several_revisions_the_newest_one_known_at_the_origin_counts() -> None:
    known = block([("", 10, 1, 1.0), ("", 10, 5, 2.0), ("", 10, 8, 3.0), ("", 11, 5, 4.0)])
    np.testing.assert_equal(seen(known, [10, 11], at=0), [NAN, NAN])
    np.testing.assert_equal(seen(known, [10, 11], at=1), [1.0, NAN])
    np.testing.assert_equal(seen(known, [10, 11], at=4), [1.0, NAN])
    np.testing.assert_equal(seen(known, [10, 11], at=5), [2.0, 4.0])
    np.testing.assert_equal(seen(known, [10, 11], at=99), [3.0, 4.0])


def test_windows_of_several_origins_each_see_their_own_revision() -> None:
    known = Ahead((block([("", 10, 1, 1.0), ("", 10, 5, 2.0)]),), lag=2)
    ds = np.full((3, 1), 10)
    # A window with its first target at 3 is forecast at 5.
    np.testing.assert_equal(
        known.at(["a"] * 3, ds, np.array([-2, 2, 3]), np.ones(3, np.int64))[:, 0, 0], [NAN, 1.0, 2.0]
    )


def test_a_step_without_a_row_has_no_value_unless_values_stand_on() -> None:
    rows = [("", 10, ALWAYS, 1.0), ("", 20, ALWAYS, 2.0)]
    np.testing.assert_equal(seen(block(rows), [9, 10, 15, 20, 25], at=0), [NAN, 1.0, NAN, 2.0, NAN])
    np.testing.assert_equal(seen(block(rows, hold=True), [9, 10, 15, 20, 25], at=0), [NAN, 1.0, 1.0, 2.0, 2.0])


def test_what_stands_on_is_the_newest_step_that_was_known_by_then() -> None:
    rows = [("", 10, 0, 1.0), ("", 20, 50, 2.0), ("", 30, 50, 3.0)]
    np.testing.assert_equal(seen(block(rows, hold=True), [20, 30, 40], at=5), [1.0, 1.0, 1.0])
    np.testing.assert_equal(seen(block(rows, hold=True), [20, 30, 40], at=50), [2.0, 3.0, 3.0])


def test_values_by_series_are_those_of_the_series_and_none_of_one_that_is_not_named() -> None:
    known = block([("a", 10, ALWAYS, 1.0), ("b", 10, ALWAYS, 2.0)], shared=False)
    np.testing.assert_equal(seen(known, [10], 0, names=("b", "a", "c")), [[2.0], [1.0], [NAN]])


def test_values_without_a_series_are_those_of_all() -> None:
    known = block([("", 10, ALWAYS, 1.0)])
    assert seen(known, [10], 0, names=("b", "a")) == [[1.0], [1.0]]


def test_a_search_among_many_revisions_finds_what_a_loop_finds() -> None:
    random = np.random.default_rng(0)
    rows = [
        (name, step, int(available), float(random.normal()))
        for name in "ab"
        for step in range(12)
        for available in sorted(random.choice(40, random.integers(0, 7), replace=False))
    ]
    known = block(rows, shared=False)
    for at in range(0, 41, 5):
        newest: dict = {}
        for name, step, available, value in rows:
            if available <= at:
                newest[name, step] = value
        expected = [[newest.get((name, step), NAN) for step in range(12)] for name in "ab"]
        np.testing.assert_equal(seen(known, list(range(12)), at, names=("a", "b")), expected)


def test_what_is_known_at_an_as_of_holds_no_later_revision_and_no_step_beyond() -> None:
    known = block([("", 5, 0, 1.0), ("", 10, 0, 2.0), ("", 10, 9, 3.0), ("", 20, 0, 4.0)])
    assert known.known_at(8, begin=10, end=20).rows["warmth"].tolist() == [2.0]
    assert block([("", 5, 0, 1.0), ("", 10, 0, 2.0)], hold=True).known_at(8, 8, 20).rows["warmth"].tolist() == [
        1.0,
        2.0,
    ]


def test_values_are_the_same_at_every_origin_where_they_were_always_known() -> None:
    assert Ahead((block([("", 10, ALWAYS, 1.0)]),)).steady
    assert not Ahead((block([("", 10, 3, 1.0)]),)).steady


def two_columns(rows: list[tuple], hold: bool) -> AheadBlock:
    """Rows of (step, available, warmth, snow), sorted, of all series."""
    frame = pd.DataFrame(rows, columns=["ds", "available_at", "warmth", "snow"]).assign(unique_id="")
    return AheadBlock(("warmth", "snow"), told_whole(frame, ("warmth", "snow")), shared=True, hold=hold)


def test_columns_come_in_the_order_in_which_they_are_asked_for() -> None:
    first, other = two_columns([(10, ALWAYS, 1.0, 2.0)], hold=False), block([("", 10, ALWAYS, 3.0)])
    other = AheadBlock(("wind",), other.rows.rename(columns={"warmth": "wind"}), True, False)
    asked = Ahead((first, other)).only(("snow", "wind", "warmth"))
    assert asked.names == ("snow", "wind", "warmth")
    assert asked.at(["a"], np.array([[10]]), np.array([0]), np.array([1]))[0, 0].tolist() == [2.0, 3.0, 1.0]


def test_a_revision_leaves_what_it_does_not_say_as_it_was() -> None:
    known = two_columns([(10, 1, 1.0, 5.0), (10, 2, 2.0, NAN), (10, 3, NAN, 7.0), (10, 4, NAN, NAN)], hold=False)
    found = [known.at(["a"], np.array([[10]]), np.array([at]))[0, 0].tolist() for at in (1, 2, 3, 4)]
    assert found == [[1.0, 5.0], [2.0, 5.0], [2.0, 7.0], [2.0, 7.0]]


def test_an_empty_cell_is_no_value_that_stands_until_the_next() -> None:
    known = two_columns([(1, ALWAYS, 1.0, 4.0), (2, ALWAYS, 2.0, NAN), (3, ALWAYS, NAN, 6.0)], hold=True)
    found = known.at(["a"], np.array([[1, 2, 3, 9]]), np.array([0]))[0].T.tolist()
    assert found == [[1.0, 2.0, 2.0, 2.0], [4.0, 4.0, 6.0, 6.0]]
    # Of each column the newest value before a span is kept, in whichever row it stands.
    kept = known.known_at(0, begin=5, end=9)
    assert kept.at(["a"], np.array([[5]]), np.array([0]))[0, 0].tolist() == [2.0, 6.0]


def test_a_lag_before_the_first_target_is_a_share_of_each_windows_own_gap() -> None:
    # Asked on Saturday at 6: 42 hours before Monday, 30 after Friday.
    known = Ahead((block([("", 100, 86, 1.0), ("", 100, 87, 2.0)]),), lag=-42, gap=72)
    of_gap = {gap: known.at(["a"], np.array([[100]]), np.array([100]), np.array([gap]))[0, 0, 0] for gap in (24, 72)}
    np.testing.assert_equal(of_gap, {24: 1.0, 72: NAN})
    # After it, it is the same for all: what is filed later than that was not seen by any of them.
    late = Ahead((block([("", 100, 106, 1.0), ("", 100, 107, 2.0)]),), lag=6, gap=72)
    assert late.at(["a"], np.array([[100]]), np.array([100]), np.array([24]))[0, 0, 0] == 1.0


def test_what_stands_on_among_many_series_and_instants_is_what_a_loop_finds() -> None:
    random = np.random.default_rng(1)
    rows = [
        (name, int(step), int(available), float(random.normal()))
        for name in "abc"
        for step in sorted(random.choice(60, random.integers(1, 9), replace=False))
        for available in sorted(random.choice(40, random.integers(1, 4), replace=False))
    ]
    known = block(rows, hold=True, shared=False)
    for at in range(0, 41, 5):
        expected = []
        for name in "abcd":
            known_by_then = {step: value for own, step, since, value in rows if own == name and since <= at}
            standing = [max((step for step in known_by_then if step <= ds), default=None) for ds in range(-2, 62)]
            expected.append([NAN if step is None else known_by_then[step] for step in standing])
        np.testing.assert_equal(seen(known, list(range(-2, 62)), at, names=tuple("abcd")), expected)
    kept = known.known_at(20, begin=30, end=50)
    whole, least = (seen(each, list(range(30, 50)), 20, names=tuple("abcd")) for each in (known, kept))
    np.testing.assert_equal(least, whole)


def test_events_of_many_series_at_times_of_their_own_are_looked_up_without_a_table_of_all_times() -> None:
    random = np.random.default_rng(2)
    names = np.repeat([f"shop {number:04}" for number in range(2_000)], 50)
    rows = pd.DataFrame({"unique_id": names, "ds": random.integers(0, 10**12, len(names)), "warmth": 1.0})
    rows = rows.drop_duplicates(["unique_id", "ds"]).assign(available_at=ALWAYS)
    ordered = rows.sort_values(["unique_id", "ds"], ignore_index=True)
    known = AheadBlock(("warmth",), ordered, shared=False, hold=True)
    tracemalloc.start()
    found = known.at(["shop 1999"] * 9, np.full((9, 4), 10**12), np.zeros(9, np.int64))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found == 1.0).all()
    assert peak < 100e6
