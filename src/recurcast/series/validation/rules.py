"""The rules of a pipeline, as data: what Great Expectations checks, and what a user is told when it fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from recurcast.config import Checks, PipelineConfig
from recurcast.config.base import MANY
from recurcast.instants import format_instant
from recurcast.series.bounds import LARGEST
from recurcast.series.frame import SeriesFrame
from recurcast.series.validation.facts import FAULTLESS, Facts
from recurcast.series.validation.flat import usual_flat

_IN_RANGE = f", within ±{LARGEST:g}"


@dataclass(frozen=True)
class Rule:
    """One expectation on one of the two tables of facts; `name` is unique within a pipeline."""

    name: str
    table: Literal["rows", "series"]
    expectation: str
    """Class of `great_expectations.expectations`."""
    says: str
    remedy: str
    arguments: dict[str, Any] = field(default_factory=dict)


def rules_of(pipeline: PipelineConfig, frame: SeriesFrame, facts: Facts, as_of: datetime) -> tuple[Rule, ...]:
    """Return the rules that the pipeline's configuration asks for."""
    return (*row_rules(pipeline, frame), *series_rules(pipeline, frame, facts, as_of))


def row_rules(pipeline: PipelineConfig, frame: SeriesFrame) -> tuple[Rule, ...]:
    """Return the rules on rows."""
    checks = pipeline.checks
    columns = ["unique_id", "ds", "y", *frame.covariates]
    share = f"at most {checks.max_missing:.1%} of"
    present = round(1 - checks.max_missing, 12)  # 1 - 0.7 is a little more than 0.3, and 3 of 10 would be too few
    bounds = "".join(
        f", {side} {bound:g}"
        for side, bound in (("at least", checks.min_value), ("at most", checks.max_value))
        if bound is not None
    )
    rules = [
        Rule("some_rows", "rows", "ExpectTableRowCountToBeBetween", "there is at least one row",
             "Check what fills the source", {"min_value": 1}),
        Rule("columns", "rows", "ExpectTableColumnsToMatchSet", f"the columns are {', '.join(columns)}",
             "Check source.columns", {"column_set": [*columns, "on_grid"], "exact_match": False}),
        Rule("time_type", "rows", "ExpectColumnValuesToBeOfType", "ds holds instants in UTC",
             "Check source.columns.ds", {"column": "ds", "type_": "Timestamp"}),
        *(Rule(f"type_{c}", "rows", "ExpectColumnValuesToBeOfType", f"{c} holds numbers",
               "Check source.columns", {"column": c, "type_": "float64"}) for c in columns[2:]),
        *(Rule(f"named_{c}", "rows", "ExpectColumnValuesToNotBeNull", f"every row has its {c}",
               "Fill or drop those rows", {"column": c}) for c in columns[:2]),
        *(Rule(f"present_{c}", "rows", "ExpectColumnValuesToNotBeNull", f"{share} the values of {c} are empty or NaN",
               "Repair the source, or raise checks.max_missing", {"column": c, "mostly": present})
          for c in columns[2:] if not pipeline.masked),  # else each series answers for itself
        Rule("unique", "rows", "ExpectCompoundColumnsToBeUnique", "each series has each timestamp once",
             "Remove the duplicates, or map source.columns.unique_id or available_at",
             {"column_list": ["unique_id", "ds"]}),
        Rule("on_grid", "rows", "ExpectColumnValuesToBeInSet",
             f"every ds lies on the grid of frequency '{frame.grid.frequency}' ({frame.grid.timezone})",
             "Correct frequency or source.timezone, or the timestamps", {"column": "on_grid", "value_set": [True]}),
        Rule("bounds", "rows", "ExpectColumnValuesToBeBetween", f"y is finite{bounds}{_IN_RANGE}",
             "Correct those values, or checks.min_value and checks.max_value",
             {"column": "y", "min_value": max(_bound(checks.min_value, -LARGEST), -LARGEST),
              "max_value": min(_bound(checks.max_value, LARGEST), LARGEST)}),
        *(Rule(f"finite_{c}", "rows", "ExpectColumnValuesToBeBetween", f"{c} is finite{_IN_RANGE}", "Correct those values",
               {"column": c, "min_value": -LARGEST, "max_value": LARGEST}) for c in frame.covariates),
    ]  # fmt: skip
    return tuple(rules)


def series_rules(pipeline: PipelineConfig, frame: SeriesFrame, facts: Facts, as_of: datetime) -> tuple[Rule, ...]:
    """Return the rules on series, of which some depend on their facts."""
    checks = pipeline.checks
    rules = list(_of_masked(pipeline, facts) if pipeline.masked else _of_whole(pipeline, facts, as_of))
    if checks.max_age is not None:
        rules.append(
            Rule("fresh", "series", "ExpectColumnMinToBeBetween",
                 f"the newest row is at most {checks.max_age} older than {format_instant(as_of)}",
                 "Check what fills the source, or raise checks.max_age",
                 {"column": "age_seconds", "max_value": pd.Timedelta(checks.max_age).total_seconds()})
        )  # fmt: skip
    return (*rules, *_of_ends(checks, frame, facts))


def _of_ends(checks: Checks, frame: SeriesFrame, facts: Facts) -> Iterator[Rule]:
    """Whether series are stuck at their ends: a rule where the pipeline says how long they may be, else a word."""
    column = {"column": "flat_seconds", "max_value": 0}
    remedy = "Check what measures them, end the data before, or raise checks.max_flat"
    if checks.max_flat is not None:
        yield Rule("flat", "series", "ExpectColumnValuesToBeBetween",
                   f"no series keeps one value at its end for longer than {checks.max_flat}, unless it kept it so long before",
                   remedy, column)  # fmt: skip
    elif "flat" in facts.series and (facts.series["flat"] != "").any():
        yield Rule("flat", "series", "ExpectColumnValuesToBeBetween",
                   f"no series keeps one value at its end for {usual_flat(frame.grid.frequency)} values, twice as long as ever "
                   "before (told, and no reason to stop: checks.max_flat makes it one)",
                   remedy, column | {"mostly": 0.0})  # fmt: skip


def _of_whole(pipeline: PipelineConfig, facts: Facts, as_of: datetime) -> Iterator[Rule]:
    """The rules where a window must be whole."""
    checks, windows = pipeline.checks, pipeline.windows
    needed = windows.lookback + windows.horizon
    yield Rule("usable_series", "series", "ExpectColumnValuesToBeInSet",
               f"{_some(checks)} are constant or too short: lookback "
               f"{windows.lookback} + horizon {windows.horizon} need {needed} steps before validation and test",
               "Remove the series, shorten lookback, lengthen the data, or raise checks.max_bad_series",
               {"column": "fault", "value_set": [FAULTLESS], "mostly": _share_usable(pipeline, facts)})  # fmt: skip
    yield Rule("missing_steps", "series", "ExpectColumnValuesToBeBetween",
               f"at most {checks.max_missing:.1%} of the steps of a series, up to {format_instant(as_of)}, are missing",
               "Repair the source, check frequency and delay, or raise checks.max_missing",
               {"column": "missing_share", "max_value": checks.max_missing})  # fmt: skip
    if checks.max_gap is not None:
        yield Rule("gaps", "series", "ExpectColumnValuesToBeBetween",
                   f"at most {checks.max_gap} steps in a row are missing within a series",
                   "Repair the source, or raise checks.max_gap",
                   {"column": "longest_gap", "max_value": checks.max_gap})  # fmt: skip


def _of_masked(pipeline: PipelineConfig, facts: Facts) -> Iterator[Rule]:
    """The rules where absent steps are masked: what a series misses is its own fault."""
    checks, fewest = pipeline.checks, pipeline.fewest or 1
    gap = "" if checks.max_gap is None else f", nor more than {checks.max_gap} in a row"
    yield Rule("usable_series", "series", "ExpectColumnValuesToBeInSet",
               f"{_some(checks)} can't be used: the others have a season and one more "
               f"values ({fewest}), and miss at most {checks.max_missing:.1%} of their steps between{gap}",
               "Remove or repair those series, or raise checks.max_missing, checks.max_gap or checks.max_bad_series",
               {"column": "fault", "value_set": [FAULTLESS], "mostly": _share_usable(pipeline, facts)})  # fmt: skip
    held_out = pipeline.parts.validation + pipeline.parts.test
    yield Rule("trained_series", "series", "ExpectColumnMaxToBeBetween",
               f"a series has a season and one more values ({fewest}), and one to forecast, before the last {held_out} "
               "steps, which are held out",
               "Lengthen the data, or shorten parts.validation and parts.test",
               {"column": "train_steps", "min_value": fewest + 1})  # fmt: skip


def _some(checks: Checks) -> str:
    many = checks.max_bad_series >= MANY  # as where a search looks back: nobody has set it
    return "not all series" if many else f"at most {checks.max_bad_series} series (never all)"


def _share_usable(pipeline: PipelineConfig, facts: Facts) -> float:
    """The share of series that must be usable: all but max_bad_series, and one at least."""
    n_series = max(len(facts.series), 1)
    return (n_series - min(pipeline.checks.max_bad_series, n_series - 1)) / n_series


def _bound(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
