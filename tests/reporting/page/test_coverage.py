"""The calendar of intervals, on days that can be found in a real one: 1 March 2024 was a Friday."""

from datetime import UTC, datetime, timedelta

from recurcast.reporting.page.coverage import blocks_of, counts_of, covered
from support.reports import day

HOUR = timedelta(hours=1)


def test_a_tick_without_a_run_is_missing_and_a_run_off_the_schedule_counts_too():
    noon = day(2) + 12 * HOUR
    ticks = covered([day(1), day(2), day(3)], {day(1): "done", day(3): "failed", noon: "done"})

    assert [(each.as_of, each.state) for each in ticks] == [
        (day(1), "done"), (day(2), "missing"), (noon, "done"), (day(3), "failed"),
    ]  # fmt: skip
    assert counts_of(ticks) == {"done": 2, "missing": 1, "failed": 1}


def test_a_month_is_a_block_of_weeks_that_begin_on_monday():
    ticks = covered([datetime(2024, 2, 29, tzinfo=UTC), day(1), day(4)], {day(4): "done"})
    february, march = blocks_of(ticks, "UTC")

    assert (february.title, march.title) == ("Feb 2024", "Mar 2024")
    assert [(each.column, each.row) for each in february.squares] == [(3, 4)]
    assert [(each.column, each.row) for each in march.squares] == [(4, 0), (0, 1)]
    assert march.squares[1].title == "Mon 04 Mar 2024: done"


def test_a_day_is_that_of_the_schedule_s_zone():
    late = datetime(2024, 3, 31, 23, tzinfo=UTC)  # April in Amsterdam

    assert [block.title for block in blocks_of(covered([late], {}), "Europe/Amsterdam")] == ["Apr 2024"]


def test_a_few_days_of_hours_are_a_row_for_each_day():
    ticks = covered([day(1) + hour * HOUR for hour in range(30)], {day(1) + 3 * HOUR: "done"})
    (block,) = blocks_of(ticks, "UTC")

    assert (block.columns, block.rows, block.row_names) == (24, 2, ("01 Mar", "02 Mar"))
    done = [each for each in block.squares if "done" in each.counts]
    assert [(each.column, each.row, each.title) for each in done] == [(3, 0, "Fri 01 Mar 2024 03h: done")]
    assert len(block.squares) == 30


def test_many_days_of_hours_share_a_square_each():
    ticks = covered([day(1) + hour * HOUR for hour in range(24 * 70)], {day(1) + 3 * HOUR: "done"})
    blocks = blocks_of(ticks, "UTC")

    assert [block.title for block in blocks] == ["Mar 2024", "Apr 2024", "May 2024"]
    first = blocks[0].squares[0]
    assert first.counts == {"missing": 23, "done": 1}
    assert first.title == "Fri 01 Mar 2024: 23 missing, 1 done"


def test_without_ticks_there_is_no_block():
    assert blocks_of((), "UTC") == ()
