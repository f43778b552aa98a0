"""The sections about what went in: how good the data were, and which intervals of the schedule are done."""

from recurcast.reporting.page.coverage import counts_of
from recurcast.reporting.page.layout import Fact, Section, Table, empty, table_of
from recurcast.reporting.page.records import LookAtData, Report
from recurcast.reporting.page.words import local, said_of_coverage, said_of_data

_OPEN = 5
"""Failures that are shown without a click."""


def data_section(report: Report) -> Section:
    """Return how many rows there were, which rules were broken, and which runs failed."""
    title, remembered, zone = "Data quality", report.remembered, report.timezone
    looks = remembered.looks
    tables = tuple(
        table_of(
            title,
            ("as_of", "what", "why"),
            ((local(run.as_of, zone), "data rejected" if run.rejected else "failed", run.reason) for run in runs),
            folded=folded,
        )
        for title, runs, folded in (
            ("Runs that failed", remembered.failed[:_OPEN], False),
            ("Runs that failed before", remembered.failed[_OPEN:], True),
        )
        if runs
    )
    if not looks:
        nothing = "No run has validated its data so far; each one checks the rules of the pipeline."
        return Section("data", title, nothing, tables=tables, empty=True)
    newest = looks[0]
    missing = "not recorded" if newest.missing_share is None else f"{newest.missing_share:.2%}"
    facts = (
        Fact("rows", f"{newest.rows:,}"),
        Fact("series", f"{newest.series:,}"),
        Fact("steps missing, worst series", missing),
        Fact("rules kept", f"{len(newest.findings) - len(newest.broken)} of {len(newest.findings)}"),
    )
    return Section("data", title, said_of_data(remembered), facts=facts, tables=(*tables, *_rules(looks, zone)))


def _rules(looks: tuple[LookAtData, ...], timezone: str) -> tuple[Table, ...]:
    """A row for each rule, a column for each of the newest runs, the newest last; first those that were broken."""
    in_order = looks[::-1]
    rules = {finding.rule: finding.says for look in in_order for finding in look.findings}
    kept = [{finding.rule: finding.success for finding in look.findings} for look in in_order]
    signs = {True: "✓", False: "✗", None: ""}
    columns = ("rule", *(local(look.as_of, timezone, minutes=False)[5:] for look in in_order))
    rows = {rule: (says, *(signs[own.get(rule)] for own in kept)) for rule, says in rules.items()}
    broken = tuple(row for row in rows.values() if "✗" in row)
    newest = f"in the newest {len(looks)} runs that looked"
    tables = (Table(f"Rules that were broken {newest}", columns, broken, folded=False, prose=0),) if broken else ()
    return (*tables, Table(f"All {len(rows)} rules {newest}", columns, tuple(rows.values()), prose=0))


def coverage_section(report: Report, squares: str | None) -> Section:
    """Return the calendar of intervals, and those that are not done."""
    title = "Coverage of the schedule"
    if squares is None:
        return empty("coverage", title, "No interval has been run so far.")
    table = table_of(
        "Intervals that are not done",
        ("as_of", "state"),
        ((local(tick.as_of, report.timezone), tick.state) for tick in report.ticks if tick.state != "done"),
        prose=None,
    )
    facts = tuple(Fact(state, f"{count:,}") for state, count in counts_of(report.ticks).items())
    tables = (table,) if table.rows else ()
    return Section("coverage", title, said_of_coverage(report), squares=squares, facts=facts, tables=tables)
