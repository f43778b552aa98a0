"""Origins of the calibration part as evidence for a verdict: which they are, and which of them count beside a champion."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from recurcast.config import Gate
from recurcast.config.search import SearchConfig
from recurcast.evaluation.competitors import CHAMPION, Naive, SeasonalNaive
from recurcast.evaluation.evaluate import with_champion
from recurcast.evaluation.evidence import earlier_windows, fit_until_of, told_of_search, unseen_since
from recurcast.evaluation.losses import losses_of
from recurcast.evaluation.metrics import Prediction
from recurcast.promotion.gate import decide
from support.champions import champion_of
from support.tiny import AS_OF, split_of, tiny_pipeline

SERIES = [float(value % 7) for value in range(60)]
HOUR = timedelta(hours=1)


def pipeline_of(calibration, stride=1, lookback=6):
    parts = {"history": 30, "validation": 10, "calibration": calibration, "test": 20}
    return tiny_pipeline(
        parts=parts, windows={"lookback": lookback, "horizon": 2, "stride": stride}, forecast={"levels": []}
    )


def cut_for(calibration, *series, stride=1):
    return split_of(
        *(series or (SERIES,)), parts=(30, 10, 20), lookback=6, horizon=2, calibration=calibration, stride=stride
    )


def recorded(split, pipeline, *windows):
    """Losses of a run: those of the test windows, and of others."""
    every = (split.test, *windows)
    competitors = (SeasonalNaive(12), Naive("lstm"))
    made = [
        losses_of(each, [Prediction(one.name, one.predict(each)) for one in competitors], split, pipeline.season)
        for each in every
    ]
    first, *others = made
    for other in others:
        first = first.with_earlier(other)
    return first


def test_the_picture_in_the_docstring_is_what_is_cut():
    split = split_of(SERIES[:15], parts=(5, 6, 4), lookback=2, horizon=2, calibration=3)
    parts = {"history": 5, "validation": 6, "calibration": 3, "test": 4}
    pipeline = tiny_pipeline(parts=parts, windows={"lookback": 2, "horizon": 2}, forecast={"levels": []}, season=1)

    assert split.test.origin.tolist() == [11, 12, 13]
    assert earlier_windows(split, pipeline).origin.tolist() == [8, 9, 10]
    assert unseen_since(split, pipeline) == split.panel.steps[8]


@pytest.mark.parametrize(("stride", "origins"), [(1, [36, 37, 38, 39]), (2, [36, 38]), (3, [37]), (4, [38])])
def test_they_stand_on_the_grid_of_the_test_windows_from_the_first_calibration_step_on(stride, origins):
    split, pipeline = cut_for(4, stride=stride), pipeline_of(4, stride)

    assert earlier_windows(split, pipeline).origin.tolist() == origins
    assert set(np.diff([*origins, *split.test.origin.tolist()])) == {stride}


def test_without_a_calibration_part_there_are_none_and_evidence_begins_with_the_test_part():
    split, pipeline = cut_for(0), pipeline_of(0)

    assert len(earlier_windows(split, pipeline)) == 0
    assert unseen_since(split, pipeline) == split.fit_until


def test_a_window_with_a_gap_is_left_out_and_other_series_keep_theirs():
    gap = list(SERIES)
    gap[36] = float("nan")
    split, pipeline = cut_for(4, SERIES, gap), pipeline_of(4)
    windows = earlier_windows(split, pipeline)

    assert windows.origin[windows.series == 0].tolist() == [36, 37, 38, 39]
    assert windows.origin[windows.series == 1].tolist() == []  # inputs or targets of each hold step 36


def meeting(tmp_path, fit_until, *windows, calibration=4, lookback=6):
    split, pipeline = cut_for(calibration), pipeline_of(calibration)
    champion = replace(champion_of(tmp_path, lookback=lookback), fit_until=fit_until)
    earlier = [earlier_windows(split, pipeline)] if windows == () else list(windows)
    return split, with_champion(recorded(split, pipeline, *earlier), pipeline, split, champion)


def origins_of(losses, competitor):
    rows = losses.rows[losses.rows["competitor"] == competitor]
    return sorted(set(rows["origin"]))


def test_a_champion_that_was_fitted_long_before_is_met_on_the_calibration_part_as_well(tmp_path):
    split, met = meeting(tmp_path, AS_OF - 50 * HOUR)

    assert met.fit_until == split.panel.steps[36]
    assert len(origins_of(met.losses, CHAMPION)) == 4 + 19
    assert origins_of(met.losses, CHAMPION) == origins_of(met.losses, "lstm")


def test_a_champion_fitted_into_the_calibration_part_is_met_after_it_and_one_that_does_not_say_on_the_test_part(
    tmp_path,
):
    split, met = meeting(tmp_path / "into", AS_OF - 22 * HOUR)  # as of step 60: the end of its rows is step 38
    _, unknown = meeting(tmp_path / "unknown", None)

    assert met.fit_until == split.panel.steps[38]
    assert met.losses.since(met.fit_until).n_origins == 2 + 19
    assert unknown.fit_until == split.fit_until
    assert unknown.losses.since(unknown.fit_until).n_origins == 19


def test_losses_of_runs_that_kept_the_test_part_alone_are_met_on_it(tmp_path):
    split = cut_for(4)
    _, met = meeting(tmp_path, AS_OF - 50 * HOUR, split.test.slice(0, 0))

    assert len(origins_of(met.losses, CHAMPION)) == 19
    assert origins_of(met.losses, CHAMPION) == origins_of(met.losses, "lstm")


def test_a_champion_of_a_longer_lookback_is_met_where_both_can_serve(tmp_path):
    _, met = meeting(tmp_path, AS_OF - 50 * HOUR, lookback=38)

    assert len(origins_of(met.losses, CHAMPION)) == 2 + 19  # origins 38 and 39 have 38 steps before them
    assert origins_of(met.losses, CHAMPION) == origins_of(met.losses, "lstm")


def test_losses_at_other_origins_are_put_in_order_and_by_series_gaps_are_none():
    gap = list(SERIES)
    gap[45] = float("nan")
    split, pipeline = cut_for(4, SERIES, gap), pipeline_of(4)
    losses = recorded(split, pipeline, earlier_windows(split, pipeline))
    by_series = losses.by_series("lstm", "mae")

    assert losses.rows.equals(losses.rows.sort_values(["unique_id", "origin", "competitor"], ignore_index=True))
    assert by_series.shape == (2, 4 + 19)
    assert np.flatnonzero(np.isnan(by_series[1])).tolist() == [8, 9, 10, 11, 12, 13, 14, 15]
    assert np.nanmean(by_series, axis=0) == pytest.approx(losses.per_origin("lstm", "mae"))


@pytest.mark.parametrize(("read", "first"), [(30, 36), (38, 38), (45, 45), (60, 60)])
def test_of_settings_that_a_search_chose_only_origins_after_what_it_read_count(tmp_path, read, first):
    split, pipeline = cut_for(4), pipeline_of(4)
    until = split.panel.steps[0].to_pydatetime() + read * HOUR
    chosen = pipeline.model_copy(update={"search": SearchConfig(read_until=until)})
    earlier = recorded(split, chosen, earlier_windows(split, chosen))
    champion = replace(champion_of(tmp_path, lookback=6), fit_until=split.panel.steps[5].to_pydatetime())
    against = [
        with_champion(earlier, chosen, split, each) for each in (None, champion, replace(champion, fit_until=None))
    ]

    starts = split.panel.steps[0].to_pydatetime() + first * HOUR
    assert unseen_since(split, chosen) == starts
    assert fit_until_of(split, chosen) == max(starts, split.fit_until)
    assert [each.fit_until for each in against] == [starts, starts, max(starts, split.fit_until)]
    assert bool(told_of_search(split, chosen)) == (read > 36)
    counted = [each.losses.since(each.fit_until).n_origins for each in against]
    assert counted[0] == max(59 - first, 0)


def test_before_a_search_stopped_reading_nothing_is_promoted_even_where_the_best_of_a_run_always_is():
    split, pipeline = cut_for(4), pipeline_of(4)
    until = split.panel.steps[-1].to_pydatetime() + HOUR
    chosen = pipeline.model_copy(update={"search": SearchConfig(read_until=until), "gate": Gate(policy="always")})
    losses = recorded(split, chosen, earlier_windows(split, chosen))
    decision = decide("lstm", 1.0, losses, chosen.gate, 2, unseen_since(split, chosen), test_begins=split.fit_until)

    assert (decision.verdict, decision.n_origins) == ("keep", 0)
    assert decide("lstm", 1.0, losses, Gate(policy="always", must_beat_baseline=False), 2).verdict == "promote"
