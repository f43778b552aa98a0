"""The door to great_expectations: run the pipeline's rules as a suite, and trust no silence.

A suite can lose an expectation and still report success, and an empty or all-NaN column passes most expectations.
So every rule must come back with a result of its own, and rows and values are asked for explicitly.
"""

import gc
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import great_expectations as gx
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.series.frame import SeriesFrame
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.in_order import InOrder, one_by_one
from recurcast.series.validation.facts import (
    FAULTLESS,
    Facts,
    first_missing,
    gather_facts,
    kept_with_a_word,
    together,
    within_limits,
)
from recurcast.series.validation.merging import merged, plain
from recurcast.series.validation.parts import parts_of
from recurcast.series.validation.report import Finding, ValidatedFrame, ValidationReport, judged
from recurcast.series.validation.rules import Rule, row_rules, series_rules

logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
"""Imported, it has set itself a level of its own, and tells of two folders that it makes and removes at each validation."""
_MANY_ROWS = 2**16
"""Of so many, what great_expectations leaves behind is cleared at once: its objects hold the rows, and each other in circles."""


def validate(
    frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime, in_order: InOrder = one_by_one
) -> ValidatedFrame:
    """Return the frame without the series that may be left out, and the report; `in_order` looks at a lake's files.

    Raises ValidationFailed, which carries the report, where a rule is broken.
    """
    return judged(frame, report_on(frame, pipeline, as_of, in_order))


def report_on(
    frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime, in_order: InOrder = one_by_one
) -> ValidationReport:
    """Return what became of every rule of the pipeline."""
    of_rows = row_rules(pipeline, frame)
    if isinstance(frame, LakeFrame):
        look = partial(_look_at_file, frame.rows_alone, of_rows, pipeline, as_of)
        pieces = [each for each in in_order(look, range(frame.n_files)) if each is not None]
    else:
        pieces = [_look(frame, of_rows, pipeline, as_of)]
    facts = within_limits(Facts(frame.rows, together([each.series for each in pieces], pipeline)), pipeline)
    of_series = series_rules(pipeline, frame, facts, as_of)
    about_series = _results(of_series, "series", facts.series, index_columns=["unique_id"])
    found = merged([each.results for each in pieces], of_rows) | about_series
    findings = tuple(
        _located(finding, frame, facts, pipeline) for finding in findings_of((*of_rows, *of_series), found)
    )
    bad = facts.series[facts.series["fault"] != FAULTLESS]
    dropped = tuple(zip(bad["unique_id"], bad["fault"], strict=True))
    missing = float(facts.series["missing_share"].max()) if len(facts.series) else 0.0
    return ValidationReport(
        pipeline.name,
        format_instant(as_of),
        frame.n_rows,
        len(facts.series),
        findings,
        dropped,
        missing,
        kept_with_a_word(facts, pipeline),
        pipeline.training.sample_series,
        pipeline.training.seed,
    )


@dataclass(frozen=True)
class _Looked:
    """What was found of whole series: facts of each, the rules on their rows; nothing that holds on to rows."""

    series: pd.DataFrame
    results: dict[str, Any]


def _look(piece: SeriesFrame, of_rows: Sequence[Rule], pipeline: PipelineConfig, as_of: datetime) -> _Looked:
    facts = gather_facts(piece, pipeline, as_of)
    results = _results(of_rows, "rows", facts.rows, index_columns=["unique_id", "ds"])
    return _Looked(facts.series, results)


def _look_at_file(
    frame: LakeFrame, of_rows: Sequence[Rule], pipeline: PipelineConfig, as_of: datetime, number: int
) -> _Looked | None:
    piece = frame.piece(number)
    if not piece.n_rows:
        return None
    found = _look(piece, of_rows, pipeline, as_of)
    return replace(found, results={name: plain(each) for name, each in found.results.items()})


def check(rules: Sequence[Rule], facts: Facts) -> tuple[Finding, ...]:
    """Return one finding per rule, in the rules' order."""
    results = {
        **_results(rules, "rows", facts.rows, index_columns=["unique_id", "ds"]),
        **_results(rules, "series", facts.series, index_columns=["unique_id"]),
    }
    return findings_of(rules, results)


def findings_of(rules: Sequence[Rule], results: dict[str, Any]) -> tuple[Finding, ...]:
    """Return one finding per rule; a rule without a result of its own counts as broken."""
    lost = "great_expectations returned no result for this rule"
    return tuple(_finding(rule, results[rule.name]) if rule.name in results else _broken(rule, lost) for rule in rules)


def _results(rules: Sequence[Rule], table: str, rows: pd.DataFrame, index_columns: list[str]) -> dict[str, Any]:
    """Run the rules of one table; results by the rule's name. Nothing holds on to the rows then."""
    found = _looked_up(rules, table, rows, index_columns)
    if len(rows) >= _MANY_ROWS:
        gc.collect()
    return found


def _looked_up(rules: Sequence[Rule], table: str, rows: pd.DataFrame, index_columns: list[str]) -> dict[str, Any]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(table).add_dataframe_asset(table)
    batches = asset.add_batch_definition_whole_dataframe(table)
    suite = gx.ExpectationSuite(
        name=table,
        expectations=[
            getattr(gx.expectations, rule.expectation)(meta={"rule": rule.name}, **rule.arguments)
            for rule in rules
            if rule.table == table
        ],
    )
    wanted = {"result_format": "SUMMARY", "unexpected_index_column_names": index_columns}
    found = []
    for own in parts_of(rows) if table == "rows" else [slice(None)]:
        outcome = batches.get_batch({"dataframe": rows.iloc[own]}).validate(suite, result_format=wanted)
        found.append({result.expectation_config.meta["rule"]: result for result in outcome.results})
    context.data_sources.delete(table)  # the context outlives this, and would hold the rows
    return merged(found, rules)


def _finding(rule: Rule, result: Any) -> Finding:
    raised = _exception(result)
    if raised:
        return _broken(rule, raised)
    details = result.result
    if "unexpected_count" not in details:
        return Finding(
            rule.name,
            rule.expectation,
            rule.says,
            rule.remedy,
            bool(result.success),
            str(details.get("observed_value")),
        )
    offenders = details.get("partial_unexpected_index_list") or []
    series = str(offenders[0]["unique_id"]) if offenders else None
    stamps = [entry["ds"] for entry in offenders if "ds" in entry and str(entry["unique_id"]) == series]
    share = f"{details['unexpected_count']} of {details['element_count']}"
    values = details.get("partial_unexpected_list") or []
    example = f", such as {values[0]}" if values and rule.table == "rows" and values[0] is not None else ""
    return Finding(
        rule.name,
        rule.expectation,
        rule.says,
        rule.remedy,
        bool(result.success),
        f"broken by {share} {rule.table}{example}",
        None if result.success else series,
        () if result.success else tuple(pd.Timestamp(stamp).isoformat() for stamp in stamps[:5]),
    )


def _located(finding: Finding, frame: SeriesFrame, facts: Facts, pipeline: PipelineConfig) -> Finding:
    """Facts about series know more than the expectation: which steps are missing, which fault it is."""
    if finding.rule == "flat":
        return _with_longest(finding, facts)
    if finding.success or finding.series is None or finding.rule not in ("missing_steps", "usable_series"):
        return finding
    known = facts.series.set_index("unique_id").loc[finding.series]
    if finding.rule == "usable_series":
        of_whole = "" if pipeline.masked else f" ({known['train_steps']} train steps)"
        observed = f"{finding.observed}; '{finding.series}' is {known['fault']}{of_whole}"
        return Finding(**{**vars(finding), "observed": observed})
    observed = f"{finding.observed}; '{finding.series}' misses {known['missing_share']:.1%}"
    return Finding(
        **{
            **vars(finding),
            "observed": observed,
            "timestamps": first_missing(frame.only(frozenset({finding.series})), finding.series),
        }
    )


def _with_longest(finding: Finding, facts: Facts) -> Finding:
    """Of flat ends the longest one is named, also where it is told alone."""
    longest = facts.series.sort_values(["flat_seconds", "unique_id"], ascending=[False, True]).head(1)
    if not (longest["flat"] != "").any():
        return finding
    name, told = str(longest["unique_id"].iloc[0]), longest["flat"].iloc[0]
    observed = finding.observed.replace("broken by", "told of") if finding.success else finding.observed
    return replace(finding, observed=f"{observed}; '{name}' is {told}", series=name)


def _broken(rule: Rule, observed: str) -> Finding:
    return Finding(rule.name, rule.expectation, rule.says, rule.remedy, False, observed)


def _exception(result: Any) -> str | None:
    """The message of an expectation that raised; great_expectations nests it one level deeper for metrics."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else [entry for entry in info.values() if isinstance(entry, dict)]
    messages = [str(entry.get("exception_message")) for entry in entries if entry.get("raised_exception")]
    return f"the check itself failed: {messages[0]}" if messages else None
