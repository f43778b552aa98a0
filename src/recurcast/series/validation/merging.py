"""What great_expectations found in several frames of whole series, as if it had looked at them in one place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recurcast.series.validation.rules import Rule

_MOST = 20
"""As many offenders great_expectations names of each frame, the first by series and time."""


@dataclass(frozen=True)
class Merged:
    """A result with what findings are made of."""

    success: bool
    result: dict[str, Any]
    exception_info: dict[str, Any] = field(default_factory=dict)


def plain(result: Any) -> Merged:
    """Return a result of great_expectations' with what findings are made of alone, so that it can be sent."""
    if isinstance(result, Merged):
        return result
    none = {"raised_exception": True, "exception_message": "there is no result"}
    if "result" not in result:
        return Merged(False, {}, dict(result.exception_info or none))
    return Merged(bool(result.success), dict(result.result), dict(result.exception_info or {}))


def merged(results: Sequence[dict[str, Any]], rules: Sequence[Rule]) -> dict[str, Any]:
    """Return one result per rule, by its name; a rule that lacks one in any of the frames has none."""
    if len(results) == 1:
        return results[0]
    complete = [rule for rule in rules if results and all(rule.name in own for own in results)]
    return {rule.name: _of_rule(rule, [own[rule.name] for own in results]) for rule in complete}


def _of_rule(rule: Rule, results: Sequence[Any]) -> Any:
    raised = next((each for each in map(plain, results) if _raised(each.exception_info)), None)
    if raised is not None:
        return raised
    details = [each.result for each in results]
    if "unexpected_count" not in details[0]:
        return _of_tables(rule, results)
    sums = {name: sum(own.get(name) or 0 for own in details) for name in ("unexpected_count", "element_count")}
    first = sorted(
        (
            (str(entry["unique_id"]), entry["ds"], entry, value)
            for own in details
            for entry, value in zip(own.get("partial_unexpected_index_list") or [], _values(own), strict=False)
        ),
        key=lambda found: found[:2],
    )[:_MOST]
    told = {
        "partial_unexpected_index_list": [found[2] for found in first],
        "partial_unexpected_list": [found[3] for found in first],
    }
    return Merged(_kept(rule, results, sums), sums | told)


def _of_tables(rule: Rule, results: Sequence[Any]) -> Any:
    """Of what is found of a table as a whole: the first frame that breaks the rule; counts of rows add up."""
    if rule.expectation == "ExpectTableRowCountToBeBetween":
        count = sum(each.result["observed_value"] for each in results)
        return Merged(count >= rule.arguments["min_value"], {"observed_value": count})
    return next((each for each in results if not each.success), results[0])


def _kept(rule: Rule, results: Sequence[Any], sums: dict[str, int]) -> bool:
    mostly = rule.arguments.get("mostly")
    if mostly is None:
        return all(each.success for each in results)
    counted = sums["element_count"]
    if rule.expectation != "ExpectColumnValuesToNotBeNull":  # which counts what is missing
        counted -= sum(each.result.get("missing_count") or 0 for each in results)
    return counted == 0 or (counted - sums["unexpected_count"]) / counted >= mostly


def _values(details: dict[str, Any]) -> list[Any]:
    values = details.get("partial_unexpected_list") or []
    missing = len(details.get("partial_unexpected_index_list") or []) - len(values)
    return [*values, *[None] * missing]


def _raised(info: dict[str, Any] | None) -> bool:
    entries = [info or {}] if "raised_exception" in (info or {}) else (info or {}).values()
    return any(isinstance(entry, dict) and entry.get("raised_exception") for entry in entries)
