"""Sentences that tell the truth, good or bad."""

from dataclasses import replace

import pytest

from recurcast.evaluation.track_record import TrackRecord
from recurcast.promotion.champion_history import fold
from recurcast.reporting.page.records import Server
from recurcast.reporting.page.timeline import reigns_of
from recurcast.reporting.page.words import (
    figure,
    said_of_coverage,
    said_of_data,
    said_of_reigns,
    said_of_scores,
    said_of_track,
    skill_of_the_champion,
    way_of,
)
from support.reports import HISTORY, day, remembered, report_of, tick


def test_the_champion_is_compared_on_the_real_forecasts_of_its_own():
    said = skill_of_the_champion(remembered())

    assert said.text == (
        "Version 1 beats the moving average by 15% on 20 origins of its real forecasts (2 ticks): MAE 8.5 against 10 MW."
    )
    assert said.tone == "good"


def test_a_champion_that_is_worse_is_called_worse():
    said = skill_of_the_champion(remembered(track=TrackRecord((tick(1, 1, 12.0, 10.0),))))

    assert said.text.startswith(
        "Version 1 is worse than the moving average by 20% on 10 origins of its real forecasts (1 tick)"
    )
    assert said.tone == "bad"


def test_a_difference_that_rounds_to_nothing_is_no_victory():
    said = skill_of_the_champion(remembered(track=TrackRecord((tick(1, 1, 9.96, 10.0),))))

    assert said.text.startswith("Version 1 is as good as the moving average on 10 origins")
    assert said.tone == "plain"


def test_before_a_real_forecast_is_scored_the_gate_s_score_is_given_as_such():
    said = skill_of_the_champion(remembered(track=TrackRecord((tick(1, 3, 1.0, 10.0),))))

    assert said.text == (
        "Version 1 beats the moving average by 50% on the test windows of its own run: MASE 0.5 against 1; "
        "none of its real forecasts is scored yet."
    )


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (None, "No run has been judged yet: nobody forecasts."),
        (Server(2, "seasonal_naive", None, None, {}), "Nobody is champion: the seasonal naive itself forecasts."),
        (Server(9, "gru", day(1), HISTORY[0], {}), "None of the forecasts of version 9 is scored yet."),
    ],
)
def test_without_a_score_nothing_is_claimed(server, text):
    assert skill_of_the_champion(remembered(server=server)).text == text


def test_the_track_record_is_of_all_who_were_champion():
    assert said_of_track(remembered()) == (
        "Who was champion forecast 3.3% better than the moving average on 30 origins in 3 ticks, every origin once: "
        "MAE 9.667 against 10 MW."
    )
    waiting = TrackRecord((replace(tick(1, 1, None, 1.0), state="pending"),))
    assert said_of_track(remembered(track=waiting)) == (
        "No tick is scored yet; 1 tick waits for targets that are still to come."
    )


def test_changes_of_the_champion_are_counted_with_those_by_hand():
    reigns = reigns_of(fold(HISTORY))

    assert said_of_reigns(reigns, 1, 1) == (
        "2 versions served as champion so far, with 2 changes (1 of them by hand; 1 newcomer rejected)."
    )
    assert said_of_reigns((), 0, 0) == "No network has been champion so far: the baseline serves."


def test_scores_data_and_intervals_are_summed_up():
    assert "the best cell was below the moving average in 2 of 3 intervals" in said_of_scores(remembered())
    assert said_of_data(remembered()) == (
        "The newest data kept every rule; of the runs shown 1 was rejected for its data."
    )
    assert said_of_coverage(report_of()) == "7 intervals: 5 done, 1 failed, 1 missing."
    assert said_of_coverage(report_of(passed=3)).endswith(" Since the newest run 3 ticks passed without one.")
    assert said_of_coverage(report_of(passed=1001)).endswith("more than 1,000 ticks passed without one.")


def test_intervals_that_mae_judged_are_counted_and_told():
    first, *others = remembered().intervals
    mixed = remembered(intervals=(replace(first, metric="mae"), *others))
    alone = remembered(intervals=(replace(first, metric="mae"),))

    assert (mixed.metric, alone.metric) == ("mase", "mae")
    assert said_of_scores(mixed).startswith("MASE on the test windows")
    assert said_of_scores(mixed).endswith("2 of 3 intervals (1 interval by MAE, where MASE had no scale).")
    assert said_of_scores(alone).startswith("MAE on the test windows")
    assert said_of_scores(alone).endswith("in 1 of 1 interval.")


@pytest.mark.parametrize("theirs", [0.0, 3e-15])
def test_beside_a_baseline_without_error_nobody_is_told_to_be_unscored_or_worse_by_a_share(theirs):
    exact = remembered(track=TrackRecord((replace(tick(1, 1, 9.0, 1.0), baseline_mae=theirs, skill=None),)))
    unscored = remembered(
        track=TrackRecord(()),
        server=Server(1, "gru", day(1), HISTORY[0], {"challenger": 0.5, "baseline": theirs}, metric="mae"),
    )

    assert skill_of_the_champion(exact).text.startswith(
        "Version 1 is worse than the moving average, which makes no error, on 10 origins of its real forecasts (1 tick)"
    )
    assert said_of_track(exact).startswith(
        "Who was champion forecast worse than the moving average, which makes no error, on 10 origins in 1 tick"
    )
    assert skill_of_the_champion(unscored).text.startswith(
        "Version 1 is worse than the moving average, which makes no error, on the test windows of its own run: MAE 0.5 "
    )
    assert skill_of_the_champion(unscored).tone == "bad"


def test_champion_and_baseline_without_error_are_equals():
    both = remembered(track=TrackRecord((replace(tick(1, 1, 0.0, 1.0), baseline_mae=0.0, skill=None),)))

    assert skill_of_the_champion(both).text.startswith("Version 1 is as good as the moving average on 10 origins")
    assert said_of_track(both).startswith("Who was champion forecast as well as the moving average on 10 origins")


def test_how_somebody_came_to_serve_is_signed_where_a_person_decided():
    assert way_of(remembered().server) == "by a rollback (ann@desk)"
    assert way_of(Server(1, "gru", day(1), HISTORY[0], {})) == "by the verdict of its run"


def test_a_number_that_is_not_there_is_a_dash():
    assert [figure(None), figure(float("nan")), figure(12345.678), figure(0.012345)] == ["–", "–", "12,346", "0.01235"]
