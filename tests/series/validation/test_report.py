"""What validation found, as text, JSON and a page that opens offline."""

import json
import pickle
from html.parser import HTMLParser

import pytest

from recurcast.errors import DataRejected
from recurcast.series.validation.report import Finding, ValidationFailed, ValidationReport

KEPT = Finding("some_rows", "ExpectTableRowCountToBeBetween", "there is at least one row", "Check it", True, "60")
BROKEN = Finding(
    "bounds",
    "ExpectColumnValuesToBeBetween",
    "y is finite, at least 0",
    "Correct those values",
    False,
    "broken by 2 of 60 rows, such as -1.0",
    "north",
    ("2024-01-01T09:00:00+00:00", "2024-01-01T10:00:00+00:00"),
)
NASTY = Finding("nasty", "Expect<b>", "a < b & c", 'say "<script>"', False, "<img src=x>", "<script>alert(1)</script>")


def report(*findings: Finding, dropped: tuple[tuple[str, str], ...] = ()) -> ValidationReport:
    return ValidationReport("demand", "2024-01-02T00:00:00Z", 1234567, 2, findings, dropped)


class Page(HTMLParser):
    """Collects tags, attributes and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_report_succeeds_where_all_rules_were_kept_and_there_was_one() -> None:
    assert report(KEPT).success
    assert not report(KEPT, BROKEN).success
    assert not report().success


def test_the_message_gives_the_first_broken_rule_what_was_observed_and_what_to_do() -> None:
    failure = ValidationFailed(report(KEPT, BROKEN, NASTY))
    assert str(failure) == (
        "ExpectColumnValuesToBeBetween: y is finite, at least 0: broken by 2 of 60 rows, such as -1.0; series 'north' "
        "at 2024-01-01T09:00:00+00:00, 2024-01-01T10:00:00+00:00 (1 more in the report). Correct those values."
    )
    assert (failure.series, failure.timestamps) == (BROKEN.series, BROKEN.timestamps)
    assert failure.exit_code == 3


@pytest.mark.parametrize(
    "failure",
    [
        ValidationFailed(report(KEPT, BROKEN)),
        DataRejected("a rule", "received", "do this", series="north", timestamps=("2024-01-01",)),
    ],
)
def test_a_failure_survives_pickling(failure: DataRejected) -> None:
    copy = pickle.loads(pickle.dumps(failure))
    assert type(copy) is type(failure)
    assert str(copy) == str(failure)
    assert (copy.series, copy.timestamps) == (failure.series, failure.timestamps)
    assert getattr(copy, "report", None) == getattr(failure, "report", None)


def test_the_json_holds_all_findings_and_the_verdict() -> None:
    parsed = json.loads(report(KEPT, BROKEN, dropped=(("south", "constant"),)).to_json())
    assert parsed["success"] is False
    assert (parsed["pipeline"], parsed["as_of"]) == ("demand", "2024-01-02T00:00:00Z")
    assert (parsed["n_rows"], parsed["n_series"]) == (1234567, 2)
    assert [finding["rule"] for finding in parsed["findings"]] == ["some_rows", "bounds"]
    assert parsed["findings"][1]["timestamps"] == list(BROKEN.timestamps)
    assert parsed["dropped"] == [["south", "constant"]]


def test_the_page_loads_nothing_from_anywhere() -> None:
    html = report(KEPT, BROKEN, dropped=(("south", "constant"),)).to_html()
    page = Page(html)
    assert "http://" not in html
    assert "https://" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert not {"script", "link", "img", "iframe", "base"} & set(page.tags)
    assert not {"src", "href", "srcset"} & {name for name, _ in page.attributes}
    assert html.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in html


def test_the_page_says_what_the_report_says() -> None:
    texts = Page(report(KEPT, BROKEN, dropped=(("south", "constant"),)).to_html()).texts
    assert "demand 2024-01-02T00:00:00Z: data rejected" in texts
    assert "1,234,567 rows, 2 series, 2 rules" in texts
    for text in (BROKEN.says, BROKEN.expectation, BROKEN.observed, BROKEN.remedy, KEPT.says, "south: constant"):
        assert text in texts
    assert "north, 2024-01-01T09:00:00+00:00, 2024-01-01T10:00:00+00:00" in texts
    assert KEPT.remedy not in texts
    assert "demand 2024-01-02T00:00:00Z: data passed" in Page(report(KEPT).to_html()).texts


def test_the_page_shows_names_as_they_are_and_runs_none_of_them() -> None:
    page = Page(report(NASTY, dropped=(("<script>", "<i>constant</i>"),)).to_html())
    assert not {"script", "img", "b", "i"} & set(page.tags)
    for text in (NASTY.says, NASTY.remedy, NASTY.observed, NASTY.expectation, NASTY.series):
        assert text in page.texts
    assert "<script>: <i>constant</i>" in page.texts
