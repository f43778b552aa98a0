"""The description of a search's run."""

from dataclasses import replace

from recurcast.reporting.notes.search import search_note
from recurcast.reporting.page.searched import ShownSearch
from support.searches import searched
from support.tiny import tiny_pipeline


def test_it_tells_the_winner_what_to_do_and_the_best_five():
    note = search_note(ShownSearch(replace(searched(), remarks=("2 workers | shared it",)), tiny_pipeline(), "UTC"))

    assert note.startswith(
        "**Search.** The best of 60 trials, trial 43 (GRU), is 7.5% better on 2 origins that no trial saw:"
    )
    assert "`recurcast search accept 1f0c9a7b`" in note
    assert "| 43 | 0.7971 | 0.7923 | GRU | units 60, layers 1, lookback 336, learning\\_rate 0.00242," in note
    assert note.count("\n| ") == 7  # head, rule and five
    assert "2 workers \\| shared it" in note


def test_without_a_winner_nothing_is_to_be_accepted():
    failed = tuple(replace(trial, state="failed", scores=(), error="no") for trial in searched().trials)
    note = search_note(ShownSearch(replace(searched(), trials=failed, winner=None, fresh=()), tiny_pipeline(), "UTC"))

    assert "accept" not in note
    assert "nothing is proposed" in note
    assert "|" not in note
