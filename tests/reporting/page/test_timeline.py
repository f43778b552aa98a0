"""Reigns and marks, on histories of March 2024 that can be checked by eye."""

from recurcast.promotion.champion_history import fold
from recurcast.reporting.page.timeline import marks_of, reigns_of
from support.reports import HISTORY, day, rollback, verdict


def test_reigns_follow_one_another_and_the_last_one_lasts():
    reigns = reigns_of(fold(HISTORY))

    assert [(each.start.day, each.end and each.end.day, each.version, each.cell, each.way) for each in reigns] == [
        (1, 3, 1, "gru", "verdict"),
        (3, 5, 3, "lstm", "verdict"),
        (5, None, 1, "gru", "rollback"),
    ]
    assert (reigns[2].by, reigns[2].why) == ("ann@desk", "it drifts")


def test_before_the_first_champion_and_after_a_rollback_to_it_the_baseline_serves():
    reigns = reigns_of(fold([verdict(1, 1, "keep"), verdict(3, 2, "promote"), rollback(5, None, 2, 2)]))

    assert [(each.start.day, each.end and each.end.day, each.version) for each in reigns] == [
        (1, 3, None),
        (3, 5, 2),
        (5, None, None),
    ]


def test_a_reign_that_ended_at_the_as_of_at_which_it_began_is_no_stretch():
    reigns = reigns_of(fold([verdict(1, 1, "promote"), verdict(2, 2, "promote"), rollback(2, 1, 2, 2)]))

    assert [(each.start.day, each.version, each.way) for each in reigns] == [(1, 1, "verdict"), (2, 1, "rollback")]


def test_without_a_verdict_there_is_no_stretch_and_without_a_promotion_only_the_baseline_s():
    assert reigns_of(fold([])) == ()
    (only,) = reigns_of(fold([verdict(1, 1, "reject")]))
    assert (only.start, only.end, only.version) == (day(1), None, None)


def test_everything_but_a_promotion_by_verdict_is_a_mark():
    provisional = verdict(7, 5, "promote", provisional=True)
    void = rollback(8, 1, 9, 5)
    marks = marks_of(fold([*HISTORY, provisional, void]))

    assert [(mark.as_of.day, mark.kind, mark.version, mark.by) for mark in marks] == [
        (2, "rejected", 2, ""),
        (5, "rolled back", 1, "ann@desk"),
        (6, "kept", 4, ""),
        (7, "provisional", 5, ""),
        (8, "without effect", 1, "ann@desk"),
    ]
