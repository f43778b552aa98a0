"""Each rule fails on its own, and what checks nothing does not pass."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid
from recurcast.series.validation.checks import check, findings_of, validate
from recurcast.series.validation.facts import CONSTANT, TOO_SHORT, Facts, first_missing, gather_facts
from recurcast.series.validation.report import ValidationFailed, ValidationReport
from recurcast.series.validation.rules import Rule, rules_of

AS_OF = datetime(2024, 1, 2, tzinfo=UTC)
STEPS = pd.date_range(end="2024-01-01 23:00", periods=20, freq="h", tz="UTC").as_unit("ns")


def test_a_validation_leaves_no_line_in_a_workers_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        gx.get_context(mode="ephemeral")

    assert caplog.messages == []


def pipeline(**checks: Any) -> PipelineConfig:
    """Twenty steps: 12 train, 4 validation, 4 test; a window needs 4."""
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "demand.csv", "columns": {"covariates": ["heat"]}},
            "frequency": "h",
            "parts": {"history": 12, "validation": 4, "test": 4},
            "windows": {"lookback": 3},
            "checks": checks,
        }
    )


def frame_of(rows: pd.DataFrame) -> SeriesFrame:
    return SeriesFrame(rows, Grid("h", "UTC"), STEPS, ("heat",))


def good_rows(series: int = 3) -> pd.DataFrame:
    """Series a, b, c ... of twenty steps each; row 20 * i + t is step t of series i."""
    names = [chr(ord("a") + number) for number in range(series)]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(names, len(STEPS)),
            "ds": pd.Series(list(STEPS) * series, dtype="datetime64[ns, UTC]"),
            "y": np.tile(np.arange(1.0, 21.0), series),
            "heat": np.tile(np.arange(20.0), series),
        }
    )


def with_cell(row: int, column: str, value: object) -> pd.DataFrame:
    rows = good_rows()
    rows.loc[row, column] = value
    return rows


def rejected(rows: pd.DataFrame, **checks: Any) -> ValidationFailed:
    with pytest.raises(ValidationFailed) as rejection:
        validate(frame_of(rows), pipeline(**checks), AS_OF)
    assert not rejection.value.report.success
    return rejection.value


def broken_rules(report: ValidationReport) -> set[str]:
    return {finding.rule for finding in report.findings if not finding.success}


def test_good_data_pass_every_rule_and_lose_nothing() -> None:
    frame = frame_of(good_rows())
    validated = validate(frame, pipeline(max_age="1h", min_value=1, max_value=20), AS_OF)

    assert validated.frame is frame
    assert validated.report.success
    assert validated.report.dropped == ()
    assert (validated.report.n_rows, validated.report.n_series) == (60, 3)
    names = [finding.rule for finding in validated.report.findings]
    assert len(names) == len(set(names))
    assert set(names) == {
        "some_rows", "columns", "time_type", "type_y", "type_heat", "named_unique_id", "named_ds", "present_y",
        "present_heat", "unique", "on_grid", "bounds", "finite_heat", "usable_series", "missing_steps", "fresh",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "checks", "broken", "series", "timestamps"),
    [
        (with_cell(25, "y", -1.0), {"min_value": 0}, {"bounds"}, "b", ["2024-01-01T09:00:00+00:00"]),
        (with_cell(59, "y", 21.0), {"max_value": 20}, {"bounds"}, "c", ["2024-01-01T23:00:00+00:00"]),
        (with_cell(0, "y", np.inf), {}, {"bounds"}, "a", ["2024-01-01T04:00:00+00:00"]),
        (with_cell(0, "y", -np.inf), {}, {"bounds"}, "a", ["2024-01-01T04:00:00+00:00"]),
        (with_cell(45, "heat", np.inf), {}, {"finite_heat"}, "c", ["2024-01-01T09:00:00+00:00"]),
        (with_cell(7, "y", np.nan), {}, {"present_y", "missing_steps"}, "a", ["2024-01-01T11:00:00+00:00"]),
        (with_cell(7, "heat", np.nan), {}, {"present_heat", "missing_steps"}, "a", ["2024-01-01T11:00:00+00:00"]),
        (good_rows().drop(index=[33, 34]), {}, {"missing_steps"}, "b",
         ["2024-01-01T17:00:00+00:00", "2024-01-01T18:00:00+00:00"]),
        (with_cell(30, "ds", STEPS[10] + pd.Timedelta("1s")), {"max_missing": 0.1}, {"on_grid"}, "b",
         ["2024-01-01T14:00:01+00:00"]),
        (pd.concat([good_rows(), good_rows().iloc[[30]]]), {}, {"unique"}, "b", ["2024-01-01T14:00:00+00:00"] * 2),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_its_series_and_first_timestamps(
    rows: pd.DataFrame, checks: dict[str, Any], broken: set[str], series: str, timestamps: list[str]
) -> None:
    rejection = rejected(rows.reset_index(drop=True), **checks)

    assert broken_rules(rejection.report) == broken
    assert rejection.series == series
    assert list(rejection.timestamps) == timestamps
    first = next(finding for finding in rejection.report.findings if not finding.success)
    for part in (first.expectation, first.says, first.observed, f"series '{series}'", timestamps[0], first.remedy):
        assert part in str(rejection)


def one_series_without(absent: int) -> pd.DataFrame:
    """Twenty rows, of which some have no value; the first has one."""
    rows = good_rows(1)
    rows.loc[1:absent, "y"] = np.nan
    return rows


@pytest.mark.parametrize(("absent", "share"), [(1, 0.05), (2, 0.1), (3, 0.15), (6, 0.3), (14, 0.7)])
def test_a_share_of_missing_values_is_allowed_to_the_last_step(absent: int, share: float) -> None:
    assert validate(frame_of(one_series_without(absent)), pipeline(max_missing=share), AS_OF).report.success
    rejection = rejected(one_series_without(absent + 1), max_missing=share)
    assert broken_rules(rejection.report) == {"present_y", "missing_steps"}


def test_absent_rows_and_empty_values_of_a_series_count_together() -> None:
    two_of_twenty = good_rows().drop(index=[5]).reset_index(drop=True)
    two_of_twenty.loc[6, "y"] = np.nan
    assert validate(frame_of(two_of_twenty), pipeline(max_missing=0.1), AS_OF).report.missing_share == 0.1
    assert broken_rules(rejected(two_of_twenty, max_missing=0.099).report) == {"missing_steps"}


def test_steps_up_to_as_of_are_missing_where_a_series_ended_early() -> None:
    rejection = rejected(good_rows().drop(index=[57, 58, 59]).reset_index(drop=True))
    assert broken_rules(rejection.report) == {"missing_steps"}
    assert "'c' misses 15.0%" in str(rejection)
    assert rejection.timestamps == tuple(f"2024-01-01T{hour}:00:00+00:00" for hour in (21, 22, 23))


def test_steps_before_the_first_row_of_a_series_are_not_missing() -> None:
    late = good_rows().drop(index=range(20, 24)).reset_index(drop=True)
    assert validate(frame_of(late), pipeline(), AS_OF).report.success


def test_the_newest_row_of_all_series_tells_how_fresh_the_source_is() -> None:
    older = good_rows().drop(index=[19, 39, 58, 59]).reset_index(drop=True)
    checks = {"max_missing": 0.2}
    assert validate(frame_of(older), pipeline(max_age="2h", **checks), AS_OF).report.success
    rejection = rejected(older, max_age="119min", **checks)
    assert broken_rules(rejection.report) == {"fresh"}
    assert "the newest row is at most 119min older than 2024-01-02T00:00:00Z" in str(rejection)


def test_an_empty_frame_fails() -> None:
    rejection = rejected(good_rows().head(0))
    assert "some_rows" in broken_rules(rejection.report)
    assert "there is at least one row" in str(rejection)
    assert (rejection.report.n_rows, rejection.report.n_series) == (0, 0)


@pytest.mark.parametrize("column", ["y", "heat"])
def test_a_column_of_nothing_but_nan_fails_whatever_share_may_be_missing(column: str) -> None:
    rejection = rejected(good_rows().assign(**{column: np.nan}), max_missing=0.999)
    assert {f"present_{column}", "missing_steps"} <= broken_rules(rejection.report)


# Rules about what the border already keeps: here on facts that no source delivers.


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda rows: rows.assign(y=rows["y"].astype("str")), "type_y"),
        (lambda rows: rows.assign(heat=rows["heat"].astype("int64")), "type_heat"),
        (lambda rows: rows.assign(ds=rows["ds"].astype("str")), "time_type"),
        (lambda rows: rows.assign(unique_id=rows["unique_id"].where(rows.index != 3)), "named_unique_id"),
        (lambda rows: rows.assign(ds=rows["ds"].where(rows.index != 3)), "named_ds"),
        (lambda rows: rows.drop(columns="heat"), "columns"),
    ],
)
def test_a_column_of_the_wrong_kind_or_without_a_name_fails(
    change: Callable[[pd.DataFrame], pd.DataFrame], broken: str
) -> None:
    config, frame = pipeline(), frame_of(good_rows())
    facts = gather_facts(frame, config, AS_OF)
    findings = check(rules_of(config, frame, facts, AS_OF), replace(facts, rows=change(facts.rows)))
    assert broken in {finding.rule for finding in findings if not finding.success}


# Series that may be left out


def with_bad_series(constant: int, short: int, good: int) -> pd.DataFrame:
    rows = good_rows(constant + short + good)
    for number in range(constant):
        rows.loc[20 * number : 20 * number + 19, "y"] = 5.0
    begins = [20 * number for number in range(constant, constant + short)]
    return rows.drop(index=[begin + step for begin in begins for step in range(9)]).reset_index(drop=True)


def test_constant_and_too_short_series_are_dropped_and_named_while_they_are_few() -> None:
    validated = validate(frame_of(with_bad_series(1, 1, 2)), pipeline(max_bad_series=2), AS_OF)

    assert validated.report.success
    assert validated.report.dropped == (("a", CONSTANT), ("b", TOO_SHORT))
    assert validated.frame.ids == ("c", "d")
    assert len(validated.frame.rows) == 40
    assert validated.frame.rows.index.tolist() == list(range(40))


def test_one_bad_series_more_than_allowed_fails_and_drops_nothing_silently() -> None:
    rejection = rejected(with_bad_series(1, 1, 2), max_bad_series=1)
    assert broken_rules(rejection.report) == {"usable_series"}
    assert "at most 1 series (never all) are constant or too short" in str(rejection)
    assert "'a' is constant" in str(rejection)
    assert rejection.report.dropped == (("a", CONSTANT), ("b", TOO_SHORT))


def test_no_bad_series_is_allowed_by_default() -> None:
    assert "'a' is too short (3 train steps)" in str(rejected(with_bad_series(0, 1, 2)))


def test_never_are_all_series_left_out() -> None:
    assert broken_rules(rejected(with_bad_series(2, 0, 0), max_bad_series=5).report) == {"usable_series"}


def test_a_series_that_is_left_out_may_have_gaps() -> None:
    gappy = with_bad_series(1, 0, 2).drop(index=[5, 6]).reset_index(drop=True)
    assert validate(frame_of(gappy), pipeline(max_bad_series=1), AS_OF).report.dropped == (("a", CONSTANT),)


def test_a_series_just_long_enough_for_one_train_window_is_used() -> None:
    rows = good_rows().drop(index=range(8)).reset_index(drop=True)
    assert validate(frame_of(rows), pipeline(), AS_OF).report.dropped == ()
    assert "'a' is too short (3 train steps)" in str(rejected(good_rows().drop(index=range(9)).reset_index(drop=True)))


@pytest.mark.parametrize(("series", "allowed"), [(3, 1), (7, 3), (49, 20), (1000, 333)])
def test_the_number_of_bad_series_is_counted_exactly(series: int, allowed: int) -> None:
    config = pipeline(max_bad_series=allowed)
    for bad, success in ((allowed, True), (allowed + 1, False)):
        table = pd.DataFrame({"unique_id": [str(number) for number in range(series)], "fault": "none"})
        table.loc[: bad - 1, "fault"] = CONSTANT
        facts = Facts(good_rows(), table.assign(missing_share=0.0, train_steps=12, age_seconds=0.0))
        (rule,) = [
            each for each in rules_of(config, frame_of(good_rows()), facts, AS_OF) if each.name == "usable_series"
        ]
        (finding,) = check([rule], facts)
        assert finding.success is success


# Silence is no agreement


def test_a_rule_without_a_result_of_its_own_is_broken() -> None:
    rules = [Rule("kept", "rows", "Expect", "says", "remedy"), Rule("lost", "rows", "Expect", "says", "remedy")]
    findings = findings_of(rules, {})
    assert [finding.success for finding in findings] == [False, False]
    assert "no result" in findings[1].observed


@pytest.mark.parametrize("lost", [0, 4, 10, 14])
def test_a_suite_that_lost_an_expectation_fails(monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    config, frame = pipeline(), frame_of(good_rows())
    facts = gather_facts(frame, config, AS_OF)
    rules = rules_of(config, frame, facts, AS_OF)
    suite = gx.ExpectationSuite
    names: list[str] = [rule.name for rule in rules]

    def leaky(name: str, expectations: list[Any]) -> Any:
        return suite(name=name, expectations=[each for each in expectations if each.meta["rule"] != names[lost]])

    monkeypatch.setattr(gx, "ExpectationSuite", leaky)
    findings = check(rules, facts)
    assert [finding.rule for finding in findings] == names
    assert [finding.rule for finding in findings if not finding.success] == [names[lost]]
    assert "no result for this rule" in findings[lost].observed


def test_a_suite_that_lost_everything_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = gx.ExpectationSuite
    monkeypatch.setattr(gx, "ExpectationSuite", lambda name, expectations: suite(name=name))
    with pytest.raises(ValidationFailed) as rejection:
        validate(frame_of(good_rows()), pipeline(), AS_OF)
    assert not any(finding.success for finding in rejection.value.report.findings)


def test_a_check_that_raises_is_broken_and_says_why() -> None:
    config, frame = pipeline(), frame_of(good_rows())
    facts = gather_facts(frame, config, AS_OF)
    rule = Rule("odd", "rows", "ExpectColumnValuesToNotBeNull", "says", "remedy", {"column": "absent"})
    (finding,) = check([rule], facts)
    assert not finding.success
    assert finding.observed.startswith("the check itself failed: ")
    assert "absent" in finding.observed


# Facts


def test_the_first_missing_steps_are_those_without_a_complete_row() -> None:
    rows = good_rows().drop(index=[1]).reset_index(drop=True)
    rows.loc[2, "heat"] = np.nan
    hours = [stamp[11:13] for stamp in first_missing(frame_of(rows), "a")]
    assert hours == ["05", "07"]
    assert len(first_missing(frame_of(good_rows().iloc[[0]]), "a", count=4)) == 4


def test_facts_about_series_are_right_to_the_step() -> None:
    rows = with_bad_series(1, 1, 1).drop(index=[20, 45]).reset_index(drop=True)
    series = gather_facts(frame_of(rows), pipeline(), AS_OF).series.set_index("unique_id")
    assert series["fault"].tolist() == [CONSTANT, TOO_SHORT, "none"]
    assert series["missing_share"].tolist() == [0.0, 0.0, 0.05]
    assert series["train_steps"].tolist() == [12, 2, 12]
    assert series["age_seconds"].tolist() == [3600.0] * 3
