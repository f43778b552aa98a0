"""A report's charts as SVG: what is drawn, on both sheets, and the squares of the calendar."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from recurcast.evaluation.track_record import TrackRecord
from recurcast.promotion.champion_history import fold
from recurcast.reporting.charts.calendar import calendar_of
from recurcast.reporting.charts.report import drawings_of
from recurcast.reporting.charts.sheets import NARROW, smoothed
from recurcast.reporting.page.coverage import blocks_of, covered
from recurcast.reporting.palette import BASELINE, CHAMPION, COMPETITORS, FLAGGED, FORECAST
from support.reports import day, forecast_of, remembered, report_of, tick


@pytest.fixture(scope="module")
def drawings():
    return drawings_of(report_of())


def picture(section, report):
    return drawings_of(report).pictures[section]


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def drawn(colour, svg):
    return colour.lower() in svg.lower()


def test_each_chart_is_drawn_for_a_page_and_for_a_phone_with_its_text_as_text(drawings):
    for shown in drawings.pictures.values():
        wide, narrow = (float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]) for svg in (shown.wide, shown.narrow))
        assert (round(wide), round(narrow)) == (675, 259)  # points: 900 and 345 pixels
        assert len(texts(shown.narrow)) > 3
        sizes = [float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", shown.narrow)]
        assert min(sizes) * 96 / 72 >= 11


def test_the_timeline_names_versions_and_what_was_decided(drawings):
    shown = texts(drawings.pictures["timeline"].wide)

    assert {"v1", "v3", "rejected", "rolled back", "kept", "GRU", "LSTM"} <= set(shown)
    assert all(
        drawn(colour, drawings.pictures["timeline"].wide)
        for colour in (COMPETITORS["gru"], COMPETITORS["lstm"], FLAGGED)
    )


def test_the_track_record_is_dark_for_the_champion_and_grey_for_the_baseline(drawings):
    assert {"moving average", "champion", "MAE (MW), less is better"} <= set(texts(drawings.pictures["track"].wide))
    assert drawn(CHAMPION, drawings.pictures["track"].wide)
    assert drawn(BASELINE, drawings.pictures["track"].wide)


def test_scores_far_beyond_the_baseline_s_do_not_flatten_the_others_and_are_counted():
    first, *others = remembered().intervals
    wild = replace(first, scores={"rnn": 1e6, **first.scores})

    shown = texts(picture("scores", report_of(remembered(intervals=(wild, *others)))).wide)

    assert "▲ 1 higher" in shown
    assert "0.75" in shown


@pytest.mark.parametrize("theirs", [0.0, 4e-15])
def test_a_baseline_without_error_hides_nobody(theirs):
    exact = tuple(replace(each, scores=each.scores | {"moving_average": theirs}) for each in remembered().intervals)

    assert not [
        text for text in texts(picture("scores", report_of(remembered(intervals=exact))).wide) if "higher" in text
    ]


def test_scores_of_another_metric_are_not_drawn_beside_the_others():
    first, *others = remembered().intervals
    mixed = remembered(intervals=(replace(first, metric="mae", scores={"gru": 40.0, "moving_average": 80.0}), *others))
    alone = remembered(intervals=(replace(first, metric="mae"),))

    assert "80" not in texts(picture("scores", report_of(mixed)).wide)
    assert "MASE, less is better" in texts(picture("scores", report_of(mixed)).wide)
    assert "MAE, less is better" in texts(picture("scores", report_of(alone)).wide)


def test_the_forecast_has_a_band_and_what_was_observed(drawings):
    assert {"observed", "80%", "forecast", "shop (MW)"} <= set(texts(drawings.pictures["forecast"].wide))
    assert drawn(FORECAST, drawings.pictures["forecast"].wide)


def test_a_forecast_of_one_step_or_without_known_steps_is_drawn_too():
    alone = replace(forecast_of(steps=1), known=None)

    assert "observed" not in texts(picture("forecast", report_of(remembered(forecast=alone))).wide)


def test_where_nothing_is_scored_nothing_is_drawn():
    unscored = replace(tick(1, None, None, 1.0), baseline_mae=None)

    nothing = remembered(track=TrackRecord((unscored,)), intervals=(), championship=fold(()), forecast=None)
    assert drawings_of(report_of(nothing)).pictures == {}


def test_a_square_shows_how_its_ticks_stand_without_colour_too():
    ticks = covered([day(number) for number in (1, 2, 3)], {day(1): "done", day(2): "failed"})
    svg = calendar_of(blocks_of(ticks, "UTC"), ("done", "failed", "missing"))
    done, failed, missing = re.findall(r"<g>.*?</g>", svg)

    assert COMPETITORS["gru"] in done
    assert (FLAGGED in failed, "<path" in failed) == (True, True)
    assert ('stroke="#8c959f"' in missing, 'fill="#' in missing, "<path" in missing) == (True, False, False)
    assert re.findall(r"</svg>(\w+)</li>", svg) == ["done", "failed", "missing"]


def test_a_day_of_many_ticks_is_filled_as_far_as_it_is_done():
    ticks = covered(
        [day(1) + timedelta(hours=hour) for hour in range(24 * 70)],
        {day(1): "done", day(1) + timedelta(hours=1): "done"},
    )
    square = re.search(r"<g>.*?</g>", calendar_of(blocks_of(ticks, "UTC"), ("done", "missing")))[0]

    assert "<title>Fri 01 Mar 2024: 2 done, 22 missing</title>" in square
    assert float(re.search(r'height="([\d.]+)" fill="#009E73"', square)[1]) == pytest.approx(13 * 2 / 24, abs=1e-4)


def test_times_are_on_the_clock_of_the_page():
    report = report_of()
    utc, tokyo = (picture("forecast", replace(report, timezone=zone)).narrow for zone in ("UTC", "Asia/Tokyo"))

    assert texts(utc) != texts(tokyo)


def test_more_ticks_than_a_line_can_show_are_drawn_as_means_of_those_before():
    few, many = np.arange(4.0), np.array([1.0, 3.0, np.nan, 5.0, 7.0, 9.0])
    sheet = replace(NARROW, points=4)

    assert smoothed(few, sheet)[1] == 1
    means, count = smoothed(many, sheet)
    assert count == 2
    assert means.tolist() == pytest.approx([1, 2, np.nan, 5, 6, 8], nan_ok=True)
    begins = [day(1) + number * timedelta(days=1) for number in range(141)]
    one = tick(1, 1, 1.0, 2.0)
    ticks = tuple(replace(one, as_of=now, next_tick=then) for now, then in pairwise(begins))
    shown = picture("track", report_of(remembered(track=TrackRecord(ticks))))
    assert "MAE (MW), less is better" in texts(shown.wide)
    assert "MAE, mean of 2 ticks" in texts(shown.narrow)
