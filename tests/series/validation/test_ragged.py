"""Panels as they are, where windows may miss steps: who is used, who is left out, and in which words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Checks, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.forecasting.newest import newest_windows
from recurcast.series.frame import SeriesFrame
from recurcast.series.validation.checks import validate
from recurcast.series.validation.facts import gather_facts
from recurcast.series.validation.report import ValidationFailed, ValidationReport
from support.frames import HOURLY, frame_of
from support.tiny import AS_OF

NAN = float("nan")
WAVE = [1.0, 2.0, 3.0, 4.0] * 5


def ragged(align: str = "as_of", serving: str = "judged", **checks: Any) -> PipelineConfig:
    """Twenty steps: 12 train, 4 validation, 4 test; a season of 4, so that 5 values are enough."""
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "demand.csv", "static": True},
            "frequency": "h",
            "season": 4,
            "parts": {"history": 12, "validation": 4, "test": 4, "align": align},
            "windows": {"lookback": 8, "horizon": 2},
            "checks": checks,
            "network": {"kind": "highway"},
            "serving": serving,
        }
    )


def report_of(frame: SeriesFrame, pipeline: PipelineConfig) -> ValidationReport:
    return validate(frame, pipeline, AS_OF).report


def test_series_that_begin_late_end_early_or_are_short_are_all_used() -> None:
    late, short = [NAN] * 13 + WAVE[13:], [NAN] * 15 + WAVE[15:]
    frame = frame_of(a=WAVE, b=late, c=WAVE[:10] + [NAN] * 10, d=short)
    validated = validate(frame, ragged(), AS_OF)

    assert validated.report.success
    assert validated.frame.ids == ("a", "b", "c", "d")
    assert validated.report.dropped == ()
    assert validated.report.missing_share == 0


def test_facts_of_a_ragged_series_count_from_its_first_value_to_its_last() -> None:
    gappy = [NAN, NAN, 1.0, 2.0, NAN, NAN, NAN, 4.0, NAN, 2.0, 3.0, 5.0] + [NAN] * 8
    facts = gather_facts(frame_of(a=WAVE, b=gappy), ragged(), AS_OF).series.set_index("unique_id")

    assert facts["missing_share"].tolist() == [0, 0.4]
    assert facts["longest_gap"].tolist() == [0, 3]
    assert facts["train_steps"].tolist() == [12, 6]
    assert facts["silence_seconds"].tolist() == [3600, 9 * 3600]


def test_rows_without_a_value_at_a_series_ends_are_no_gaps() -> None:
    frame = frame_of(a=WAVE)
    rows = pd.DataFrame({"unique_id": "b", "ds": frame.steps, "y": [NAN, *WAVE[1:18], NAN, NAN]})
    both = pd.concat([frame.rows, rows], ignore_index=True).astype({"unique_id": "str"})

    assert report_of(SeriesFrame(both, HOURLY, frame.steps), ragged()).missing_share == 0


def test_train_steps_are_counted_from_each_series_own_end_where_parts_are() -> None:
    frame = frame_of(a=WAVE, b=WAVE[:15] + [NAN] * 5)

    assert gather_facts(frame, ragged(), AS_OF).series["train_steps"].tolist() == [12, 12]
    assert gather_facts(frame, ragged("last_row"), AS_OF).series["train_steps"].tolist() == [12, 7]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ([NAN] * 19 + [1.0], "too short: fewer values than a season and one more (5)"),
        ([NAN] * 16 + [1.0, 2, 3, 4], "too short: fewer values than a season and one more (5)"),
        ([1.0, 2, 3, *[NAN] * 7, *WAVE[10:]],
         "too gappy: 7 steps in a row are missing, and checks.max_gap allows 6"),
        ([1.0, NAN, NAN] * 6 + [1.0, 2.0],
         "too gappy: 60.0% of its steps are missing, and checks.max_missing allows 50.0%"),
    ],
)  # fmt: skip
def test_a_series_that_cant_be_used_is_left_out_with_a_word_and_the_rest_goes_on(bad: list[float], why: str) -> None:
    limits = {"max_missing": 0.5, "max_gap": 6}
    validated = validate(frame_of(a=WAVE, b=bad), ragged(**limits, max_bad_series=1), AS_OF)

    assert validated.report.dropped == (("b", why),)
    assert validated.report.told == (f"series 'b' was left out: {why}",)
    assert validated.frame.ids == ("a",)
    with pytest.raises(ValidationFailed, match="at most 0 series") as rejection:
        validate(frame_of(a=WAVE, b=bad), ragged(**limits), AS_OF)
    assert f"'b' is {why}" in str(rejection.value)


def test_a_series_of_nothing_but_nan_is_left_out() -> None:
    frame = frame_of(a=WAVE)
    empty = pd.DataFrame({"unique_id": "b", "ds": frame.steps, "y": np.nan})
    rows = pd.concat([frame.rows, empty], ignore_index=True).astype({"unique_id": "str"})

    assert report_of(SeriesFrame(rows, HOURLY, frame.steps), ragged(max_bad_series=1)).dropped == (
        ("b", "without a value"),
    )


def test_a_constant_series_is_used_as_long_as_another_is_not() -> None:
    report = report_of(frame_of(a=WAVE, b=[0.0] * 20, c=[7.0] * 20), ragged())

    assert report.dropped == ()
    assert report.told == (
        "series 'b' is zero throughout, without a scale for MASE",
        "series 'c' is constant, without a scale for MASE",
    )
    with pytest.raises(ValidationFailed, match="'a' is constant"):
        validate(frame_of(a=[7.0] * 20, b=[0.0] * 20), ragged(max_bad_series=5), AS_OF)


@pytest.mark.parametrize(
    ("serving", "said"), [("refit", "trained on in the refit only"), ("judged", "and not trained on")]
)
def test_a_series_shorter_than_the_held_out_parts_is_told(serving: str, said: str) -> None:
    short = [NAN] * 8 + WAVE[8:]  # four values before validation and test, five of them with the next
    enough = [NAN] * 6 + WAVE[6:]  # six: a season and one, and one to forecast
    report = report_of(frame_of(a=WAVE, b=short, c=enough), ragged(serving=serving))

    assert [name for name, _ in report.kept] == ["b"]
    assert said in report.told[0]


def test_at_least_one_series_must_reach_into_the_train_part() -> None:
    short = [NAN] * 8 + WAVE[8:]
    with pytest.raises(ValidationFailed, match=r"before the last 8 steps, which are held out: 4\. Lengthen the data"):
        validate(frame_of(a=short, z=short), ragged(), AS_OF)


def test_a_silent_series_trains_on_and_is_named() -> None:
    frame = frame_of(a=WAVE, b=WAVE[:15] + [NAN] * 5)

    assert report_of(frame, ragged(max_silence="6h")).told == ()
    report = report_of(frame, ragged(max_silence="5h"))
    assert report.dropped == ()
    assert report.told == ("series 'b' is silent for longer than checks.max_silence 5h: trained on, not forecast",)


def test_how_fresh_the_newest_row_is_counts_as_it_did() -> None:
    frame = frame_of(a=[*WAVE[:18], NAN, NAN])
    assert report_of(SeriesFrame(frame.rows, HOURLY, frame.steps), ragged(max_age="3h")).success
    with pytest.raises(ValidationFailed, match="the newest row is at most 2h older"):
        validate(frame, ragged(max_age="2h"), AS_OF)


def test_a_gap_that_no_window_looks_across_is_told() -> None:
    steps = 100
    pipeline = ragged(max_missing=0.5).model_copy(update={"parts": ragged().parts.model_copy(update={"history": 92})})
    gappy = [float(step % 4) for step in range(steps)]
    gappy[40:65] = [NAN] * 25

    assert report_of(frame_of(a=gappy), pipeline).told == (
        "series 'a' is with a gap longer than a window of 24 steps: none looks across it",
    )


def test_many_series_of_one_word_are_told_in_one_line_and_each_is_in_the_report() -> None:
    silent = {f"s{number}": WAVE[:10] + [NAN] * 10 for number in range(7)}
    report = report_of(frame_of(a=WAVE, **silent), ragged(max_silence="1h"))

    (line,) = report.told
    assert line.startswith("7 series ('s0', 's1', 's2', 's3', 's4' and 2 more) are silent for longer")
    assert report.to_html().count("silent for longer") == 7
    assert report.to_json().count("silent for longer") == 7


def test_whole_windows_still_miss_what_they_missed_and_a_longest_gap_may_be_stated() -> None:
    plain = PipelineConfig.model_validate(
        ragged().model_dump() | {"network": {"kind": "plain"}, "checks": {"max_missing": 0.5, "max_gap": 2}}
    )
    frame = frame_of(a=[*WAVE[:5], NAN, NAN, NAN, *WAVE[8:]])

    with pytest.raises(ValidationFailed, match="at most 2 steps in a row are missing within a series"):
        validate(frame, plain, AS_OF)


def of_two_frequencies() -> SeriesFrame:
    """An hourly series, and one whose rows lie ten minutes apart, a few of them on the hour."""
    frame = frame_of(a=WAVE)
    dense = pd.date_range(frame.steps[-3], periods=18, freq="10min")
    rows = pd.concat([frame.rows, pd.DataFrame({"unique_id": "b", "ds": dense, "y": 1.0})], ignore_index=True)
    return SeriesFrame(rows.astype({"unique_id": "str"}), HOURLY, frame.steps)


def test_a_series_of_another_frequency_is_left_out_and_the_rest_goes_on() -> None:
    frame = of_two_frequencies()
    validated = validate(frame, ragged(max_bad_series=1), AS_OF)

    why = "of another frequency: most of its rows lie off the grid of 'h'"
    assert validated.report.dropped == (("b", why),)
    assert validated.frame.ids == ("a",)
    newest = newest_windows(frame, Checks(max_bad_series=1), AS_OF, 8, (), 5)
    assert newest.panel.ids == ("a",)
    assert newest.told == ("series 'b' was left out: of another frequency: most of its rows lie off the grid",)
    with pytest.raises(DataRejected, match="'b': of another frequency"):
        newest_windows(frame, Checks(), AS_OF, 8, (), 5)


def test_a_row_off_the_grid_in_a_series_that_lies_on_it_is_refused_as_ever() -> None:
    frame = frame_of(a=WAVE)
    rows = frame.rows.assign(ds=frame.rows["ds"].where(frame.rows.index != 3, frame.steps[3] + pd.Timedelta("7min")))
    with pytest.raises(ValidationFailed, match="every ds lies on the grid"):
        validate(SeriesFrame(rows, HOURLY, frame.steps), ragged(max_missing=0.5), AS_OF)
