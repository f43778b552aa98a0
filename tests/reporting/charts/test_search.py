"""A search's charts: what is drawn of its trials, on a screen and on a phone."""

import re
from dataclasses import replace

import numpy as np
import pytest

from recurcast.reporting.charts.saving import png_of
from recurcast.reporting.charts.search import search_charts, search_pictures
from recurcast.reporting.page.searched import ShownSearch
from recurcast.reporting.palette import CHAMPION, COMPETITORS, FLAGGED
from support.searches import searched
from support.tiny import tiny_pipeline


def shown(**changed):
    return ShownSearch(replace(searched(), **changed), tiny_pipeline(unit="MW"), "UTC")


@pytest.fixture(scope="module")
def pictures():
    return search_pictures(shown())


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_each_chart_is_drawn_for_a_page_and_for_a_phone(pictures):
    assert list(pictures) == ["history", "luck", "settings", "importances"]
    for each in pictures.values():
        assert re.search(r'viewBox="0 0 675 ', each.wide)
        assert re.search(r'viewBox="0 0 258.75 ', each.narrow)
        sizes = [float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", each.narrow)]
        assert min(sizes) * 96 / 72 >= 10.5


def test_pruned_and_failed_trials_stand_apart_and_what_flattens_the_others_is_counted(pictures):
    named = {"GRU", "LSTM", "GRU, pruned", "failed", "best so far", "as it stood", "MASE, less is better"}

    assert named <= set(texts(pictures["history"].wide))
    assert "▲ 3 higher" in texts(pictures["history"].wide)
    for colour in (COMPETITORS["gru"], COMPETITORS["lstm"], CHAMPION, FLAGGED):
        assert colour.lower() in pictures["history"].wide.lower()


def test_settings_have_an_axis_each_with_its_ends_and_its_values(pictures):
    for svg in (pictures["settings"].wide, pictures["settings"].narrow):
        found = texts(svg)
        assert {"cell", "layers", "lookback", "dropout", "loss", "batch_size", "score"} <= set(found)
        assert {"GRU", "SimpleRNN", "48", "336", "mse", "mae", "huber", "128", "best: trial 43"} <= set(found)
    assert "learning_rate (log)" in texts(pictures["settings"].wide)


def test_every_chart_is_drawn_below_its_title_as_png():
    for chart in search_charts(shown()).values():
        assert png_of(chart).startswith(b"\x89PNG")


def test_where_nothing_was_scored_nothing_is_drawn():
    failed = tuple(replace(trial, state="failed", scores=()) for trial in searched().trials)

    assert search_charts(shown(trials=failed, importances={}, winner=None, fresh=())) == {}
    assert search_charts(shown(trials=(), importances={}, winner=None, fresh=())) == {}


@pytest.mark.parametrize("value", [0.7, 0.0, 1e-300])
def test_trials_that_are_all_the_same_or_one_alone_are_drawn_too(value):
    whole = [trial for trial in searched().trials if trial.state == "finished"]
    same = tuple(replace(trial, scores=(value,) * 3) for trial in whole)

    assert set(search_pictures(shown(trials=same))) == {"history", "luck", "settings", "importances"}
    assert set(search_pictures(shown(trials=same[:1], importances={}))) == {"history"}


def test_one_origin_tells_nothing_of_luck_and_a_setting_of_one_cell_alone_breaks_no_line():
    first = searched().origins[:1]
    trials = tuple(replace(trial, scores=trial.scores[:1]) for trial in searched().trials if trial.scores)
    trials = tuple(replace(t, settings={"network.units": 8} if t.cell == "lstm" else t.settings) for t in trials)

    drawn = search_pictures(shown(origins=first, trials=trials))

    assert "luck" not in drawn
    assert "nan" not in drawn["settings"].wide.lower()


def test_a_score_that_is_no_number_is_not_drawn():
    nowhere = replace(searched().trials[-1], state="finished", scores=(np.nan, 1.0, 1.0))

    drawn = search_pictures(shown(trials=(*searched().trials[:-1], nowhere)))

    assert "nan" not in drawn["history"].wide.lower()
