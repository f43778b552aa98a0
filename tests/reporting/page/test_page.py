"""The page as HTML: whole, escaped, and of nothing but itself."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from recurcast.evaluation.track_record import TrackRecord
from recurcast.promotion.champion_history import fold
from recurcast.reporting.charts.report import drawings_of
from recurcast.reporting.page.page import page_of
from support.reports import forecast_of, remembered, report_of
from support.tiny import tiny_pipeline

ORDER = ["timeline", "track", "scores", "forecast", "data", "coverage"]
EVIL = "<script>alert('x')</script>"


class Seen(HTMLParser):
    """Collects tags with their attributes, and texts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for found, attributes in self.tags if found == tag]


@pytest.fixture(scope="module")
def html():
    report = report_of()
    return page_of(report, drawings_of(report))


def test_the_sections_come_in_their_order_each_with_a_sentence(html):
    sections = re.findall(r'<section id="(\w+)">\s*<h2>.+</h2>\s*<p class="says">.+\.</p>', html)

    assert sections == ORDER


def test_the_header_says_who_is_champion_since_when_and_why(html):
    header = " ".join("".join(Seen(html[: html.index("</header>")]).texts).split())

    for text in (
        "Orders of the shop",
        "Version 1 beats the moving average by 15% on 20 origins",
        "version 1, GRU, trained as of 2024-03-01 00:00",
        "2024-03-05 00:00, by a rollback (ann@desk)",
        "it drifts",
        "as of 2024-03-07 00:00",
        "2024-03-08 12:00 (UTC)",
    ):
        assert text in header


def test_nothing_is_loaded_and_nothing_runs(html):
    seen = Seen(html)

    assert not seen.all("script")
    assert not seen.all("img")
    assert [link["href"] for link in seen.all("link")] == ["data:,"]
    outside = [value for _, attributes in seen.tags for value in attributes.values() if value and "://" in value]
    assert set(outside) == {"http://www.w3.org/2000/svg"}
    assert "url(http" not in html
    assert "@import" not in html


def test_every_id_is_unique_and_what_is_referred_to_is_there(html):
    ids = [attributes["id"] for _, attributes in Seen(html).tags if "id" in attributes]
    referred = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html)

    assert len(ids) == len(set(ids))
    assert {name for pair in referred for name in pair if name} <= set(ids)


def test_every_chart_has_a_name_and_a_description_for_who_can_not_see_it(html):
    charts = [each for each in Seen(html).all("svg") if each.get("role") == "img"]
    named = dict(re.findall(r'<(?:title|desc) id="([^"]+)">([^<]+)<', html))

    assert len(charts) == 4 * 2 + 1
    assert all(named[key] for chart in charts for key in chart["aria-labelledby"].split())


def test_the_numbers_behind_a_chart_stand_in_a_table(html):
    text = " ".join("".join(Seen(html).texts).split())

    assert len(Seen(html).all("details")) == 7
    assert "2024-03-01 00:00 scored version 1 10 8 10 +20.0%" in re.sub(r"\s+", " ", " ".join(Seen(html).texts))
    assert "y is finite, at least 0: broken by 2 of 60 rows" in text


def test_a_pipeline_whose_texts_are_html_shows_them_as_texts():
    pipeline = tiny_pipeline(description=EVIL, unit=EVIL[:20])
    report = report_of(remembered(pipeline=pipeline, forecast=forecast_of(EVIL + " $x$ &amp;")))
    html = page_of(report, drawings_of(report))

    assert not Seen(html).all("script")
    assert EVIL in "".join(Seen(html).texts)


def test_an_empty_section_says_what_will_fill_it():
    empty = remembered(
        server=None, championship=fold(()), track=TrackRecord(()), intervals=(), forecast=None, looks=(), failed=()
    )
    report = report_of(empty)
    html = page_of(report, drawings_of(report))

    assert re.findall(r'<section id="(\w+)" class="empty">', html) == ORDER[:5]
    assert "A run judges its networks: recurcast run tiny" in html
    assert "Make one: recurcast forecast tiny" in html
    assert "No run has been judged yet: nobody forecasts." in html


def test_of_many_series_the_first_are_drawn_and_what_was_remarked_is_told():
    one = forecast_of()
    rows = pd.concat([one.rows.assign(unique_id=f"shop {number}") for number in range(6)], ignore_index=True)
    report = report_of(remembered(forecast=replace(one, rows=rows, known=None, remarks=("'shop 7' has a gap",))))
    html = page_of(report, drawings_of(report))

    assert (
        "forecast 3 steps of 6 series (the first 4 are drawn), with intervals of 80%. Note: &#39;shop 7&#39; has a gap."
        in html
    )
    assert [f"shop {number} (MW)</text>" in html for number in range(6)] == [True] * 4 + [False] * 2
