"""A search's page: what it says of the winner, and that it is whole, escaped and of nothing but itself."""

import re
from dataclasses import replace

import pytest

from recurcast.reporting.charts.search import search_pictures
from recurcast.reporting.page.search import search_page_of
from recurcast.reporting.page.searched import ShownSearch, verdict_of
from recurcast.runs.search import Compared, FreshScore
from support.searches import searched
from support.tiny import tiny_pipeline

EVIL = "<script>alert('x')</script>"


def html_of(record, **changed):
    shown = ShownSearch(record, tiny_pipeline(**changed), "Europe/London")
    return search_page_of(shown, search_pictures(shown))


@pytest.fixture(scope="module")
def html():
    return html_of(searched(), description="Orders of the shop")


def test_the_sections_come_in_their_order_each_with_a_sentence(html):
    sections = re.findall(r'<section id="(\w+)">\s*<h2>.+</h2>\s*<p class="says">.+\.</p>', html)

    assert sections == ["fresh", "history", "luck", "settings", "importances", "failed"]


def test_the_header_tells_the_winner_by_fresh_origins_and_what_to_do(html):
    header = html[: html.index("</header>")]

    for text in (
        "Recurcast search 1f0c9a7b",
        "Orders of the shop",
        "The best of 60 trials, trial 43 (GRU), is 7.5% better on 2 origins that no trial saw: MASE 0.7923 against 0.8565 of "
        "the configuration as it stood.",
        "<code>recurcast search accept 1f0c9a7b</code>",
        "2024-04-02 01:00; the gate counts only what came later",
        "tpe and median, seed 4",
    ):
        assert text in header


def test_trials_stand_in_tables_the_best_first_and_reasons_once(html):
    best = html[html.index("The best 10") :]
    first = re.findall(r"<td>([^<]*)</td>", best)[:12]

    assert first == ["43", "0.7971", "GRU", "60", "1", "336", "0.00242", "0.148", "mse", "32", "25.4", "1043"]
    assert html.count("0 (as it stood)") >= 1
    assert html.count("lookback 336 + horizon 24 need 360 steps") == 1
    assert "<td>6, 10, 22, 24, 27, 58</td>" in html


def test_nothing_is_loaded_nothing_runs_and_nobody_s_text_acts():
    failed = replace(searched().trials[-1], state="failed", error=EVIL, scores=())
    html = html_of(replace(searched(), trials=(*searched().trials[:-1], failed)), description=EVIL, unit="<b>")

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<b></" not in html
    assert set(re.findall(r'(?:href|src)="([^"#]+)"', html)) == {"data:,"}
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("changed", "tone", "says"),
    [
        (
            {"winner": None, "fresh": ()},
            "bad",
            "None of 60 trials could be scored on every origin: nothing is proposed.",
        ),
        (
            {"winner": 0, "fresh": (FreshScore(0, (0.8, 0.9)),)},
            "plain",
            "The configuration as it stood is the best of 60 trials: MASE 0.85 on 2 origins that no trial saw. Nothing is "
            "proposed.",
        ),
        (
            {"fresh": (FreshScore(43, (1.0, 1.1)), FreshScore(0, (1.0, 1.0))), "baseline_fresh": 1.01},
            "bad",
            "The best of 60 trials, trial 43 (GRU), is 5.0% worse on 2 origins that no trial saw: MASE 1.05 against 1 of the "
            "configuration as it stood. The seasonal naive scores 1.01 there, no worse than that.",
        ),
        (
            {"fresh": (FreshScore(43, (1.0,)),)},
            "plain",
            "The best of 60 trials, trial 43 (GRU), can't be compared: MASE 1 against",
        ),
        (
            {"winner": None, "fresh": (), "compared": Compared(2_000, 100_000)},
            "bad",
            "None of 60 trials could be scored on every origin: nothing is proposed. Settings were compared on 2,000 of 100,000 "
            "series, the same at each origin.",
        ),
    ],
)
def test_what_is_said_flatters_nobody(changed, tone, says):
    said = verdict_of(replace(searched(), **changed))

    assert said.tone == tone
    assert said.text.startswith(says)


def test_a_search_without_a_winner_has_a_page_too():
    failed = tuple(replace(trial, state="failed", error="it diverged", scores=()) for trial in searched().trials)
    html = html_of(replace(searched(), trials=failed, winner=None, fresh=(), importances={}))

    assert "none: no trial was scored on every origin" in html
    assert "No trial was scored." in html
