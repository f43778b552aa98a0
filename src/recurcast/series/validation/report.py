"""What validation found, as a record, as JSON and as one page that opens offline."""

import json
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from recurcast.errors import DataRejected
from recurcast.series.frame import SeriesFrame
from recurcast.series.sampling import sample_of

_MOST_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One rule and what came of it; `series` and `timestamps` name the first offenders."""

    rule: str
    expectation: str
    says: str
    remedy: str
    success: bool
    observed: str
    series: str | None = None
    timestamps: tuple[str, ...] = ()


@dataclass(frozen=True)
class ValidationReport:
    """All findings; `dropped` are (series, fault) pairs that the pipeline allows to be left out."""

    pipeline: str
    as_of: str
    n_rows: int
    n_series: int
    findings: tuple[Finding, ...]
    dropped: tuple[tuple[str, str], ...] = ()
    missing_share: float | None = None
    """Of the steps of the series that misses most of them; none of a report that was written before it was recorded."""
    kept: tuple[tuple[str, str], ...] = ()
    """(series, word) pairs of what is to be known of series that are used."""
    sampled: int | None = None
    """How many of the usable series are trained and judged on; none: all."""
    sample_seed: int = 0

    @property
    def n_usable(self) -> int:
        """Return how many series are not left out."""
        return self.n_series - len(self.dropped)

    @property
    def success(self) -> bool:
        """Return whether every rule was kept, and there was a rule."""
        return bool(self.findings) and all(finding.success for finding in self.findings)

    @property
    def told(self) -> tuple[str, ...]:
        """Return a line for each series that is left out, and one for each word on those that are used."""
        words: dict[str, list[str]] = {}
        for name, word in self.kept:
            words.setdefault(word, []).append(name)
        left_out = (f"series '{name}' was left out: {fault}" for name, fault in self.dropped)
        return (*left_out, *(f"{_named(names)} {word}" for word, names in words.items()), *self._told_of_sample())

    def _told_of_sample(self) -> tuple[str, ...]:
        if self.sampled is None or self.sampled >= self.n_usable:
            return ()
        return (
            f"trained and judged on a sample of {self.sampled:,} of {self.n_usable:,} series (training.sample_series); "
            "checked and forecast are all",
        )

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(asdict(self) | {"success": self.success}, indent=2)

    def to_html(self) -> str:
        """Return the report as one HTML page that loads nothing from anywhere."""
        verdict = "passed" if self.success else "rejected"
        rows = "\n".join(_table_row(finding) for finding in self.findings)
        lists = _listed("Left out", self.dropped) + _listed("Used, and to be known", self.kept)
        return _PAGE.format(
            title=f"{escape(self.pipeline)} {escape(self.as_of)}: data {verdict}",
            counts="; ".join(
                [f"{self.n_rows:,} rows, {self.n_series:,} series, {len(self.findings)} rules", *self._told_of_sample()]
            ),
            rows=rows,
            lists=lists,
        )


@dataclass(frozen=True)
class ValidatedFrame:
    """A frame that kept every rule, without the series that were left out, and the report that says so."""

    frame: SeriesFrame
    report: ValidationReport


class ValidationFailed(DataRejected):
    """The data broke a rule; `report` has all of them, the message the first."""

    def __init__(self, report: ValidationReport) -> None:
        self.report = report
        failed = [finding for finding in report.findings if not finding.success]
        first = failed[0]
        more = f" ({len(failed) - 1} more in the report)" if len(failed) > 1 else ""
        where = f"; series '{first.series}'" if first.series else ""
        when = f" at {', '.join(first.timestamps)}" if first.timestamps else ""
        super().__init__(
            f"{first.expectation}: {first.says}",
            f"{first.observed}{where}{when}{more}",
            f"{first.remedy}.",
            series=first.series,
            timestamps=first.timestamps,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the report: Prefect pickles what a task raises."""
        return ValidationFailed, (self.report,)


def judged(frame: SeriesFrame, report: ValidationReport) -> ValidatedFrame:
    """Return the frame without the series that its report leaves out, of the others the sample that is trained on.

    Raises ValidationFailed, which carries the report, where a rule is broken.
    """
    if not report.success:
        raise ValidationFailed(report)
    kept = frame.without(frozenset(name for name, _ in report.dropped))
    in_files = len(frame.rows) < frame.n_rows  # then a sample of all is read too
    if report.sampled is not None and (in_files or report.sampled < report.n_usable):
        kept = kept.only(sample_of(kept.ids, report.sampled, report.sample_seed))
    return ValidatedFrame(kept, report)


def rows_to_show(report: ValidationReport, frame: SeriesFrame) -> SeriesFrame:
    """Return the frame whose rows show what was rejected: itself, or of one that is read in pieces the first offender."""
    if len(frame.rows) == frame.n_rows:
        return frame
    return frame.only(
        frozenset(each.series for each in report.findings if not each.success and each.series is not None)
    )


def _named(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_MOST_NAMED])
    if len(names) == 1:
        return f"series {shown} is"
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{len(names):,} series ({shown}{more}) are"


def _listed(title: str, pairs: tuple[tuple[str, str], ...]) -> str:
    entries = "".join(f"<li>{escape(name)}: {escape(word)}</li>" for name, word in pairs)
    return f"<h2>{title}</h2><ul>{entries}</ul>" if pairs else ""


def _table_row(finding: Finding) -> str:
    offenders = ", ".join(([finding.series] if finding.series else []) + list(finding.timestamps))
    cells = (finding.says, finding.expectation, finding.observed, offenders, "" if finding.success else finding.remedy)
    mark = "kept" if finding.success else "broken"
    return f'<tr class="{mark}"><td>{mark}</td>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }}
.kept td:first-child {{ color: #00675b }} .broken {{ background: #fdf1e7 }}
.broken td:first-child {{ color: #a33b00; font-weight: 600 }}
</style></head><body>
<h1>{title}</h1><p>{counts}</p>
<table><tr><th></th><th>rule</th><th>expectation</th><th>observed</th><th>first offenders</th><th>what to do</th></tr>
{rows}
</table>{lists}
</body></html>
"""
