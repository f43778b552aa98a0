"""What a search proposes to a pipeline as it is now."""

from dataclasses import replace

import pytest

from recurcast.runs.search_proposal import Moved, is_accepted, proposal_of
from support.searches import STOOD, searched
from support.tiny import tiny_pipeline

STANDS = {
    "network": {"units": 32},
    "windows": {"lookback": 48, "horizon": 2},
    "parts": {"history": 900, "validation": 24, "test": 36},
    "training": {},
}


def test_only_what_differs_is_proposed_and_up_to_when_was_read():
    proposal = proposal_of(searched(), tiny_pipeline(**STANDS))

    assert list(proposal.settings) == [
        "network.units", "windows.lookback", "training.learning_rate", "network.dropout", "search.read_until",
    ]  # fmt: skip
    assert proposal.moved == ()


def test_what_was_changed_meanwhile_is_named_also_where_the_winner_is_as_it_stood():
    moved = tiny_pipeline(**STANDS | {"training": {"loss": "huber"}})

    proposal = proposal_of(searched(), moved)

    assert proposal.moved == (Moved("training.loss", "mse", "huber"),)
    assert proposal.settings["training.loss"] == "mse"


def test_a_field_that_the_best_of_what_stood_did_not_read_is_looked_at_too():
    record = searched()
    linear = replace(record.trials[0], cell="linear", settings={"windows.lookback": 48})
    gru = replace(record.trials[1], settings=record.trials[0].settings)
    mixed = replace(record, trials=(linear, gru, *record.trials[2:]))

    assert proposal_of(mixed, tiny_pipeline(**STANDS)).moved == ()
    changed = tiny_pipeline(**STANDS | {"network": {"units": 40}})
    assert proposal_of(mixed, changed).moved == (Moved("network.units", 32, 40),)


def test_a_later_instant_that_another_search_read_until_stays():
    later = tiny_pipeline(**STANDS | {"search": {"read_until": "2024-05-01T00:00:00Z"}})

    assert "search.read_until" not in proposal_of(searched(), later).settings


@pytest.mark.parametrize(("others", "proposed"), [("lstm", None), ("linear", ["gru"])])
def test_the_cells_go_on_competing_unless_others_were_tried(others, proposed):
    trials = tuple(replace(each, cell=others) if each.cell != "gru" else each for each in searched().trials)

    proposal = proposal_of(replace(searched(), trials=trials), tiny_pipeline(**STANDS))

    assert proposal.settings.get("network.cells") == proposed


def test_a_search_is_accepted_once_all_of_it_stands():
    winner = searched().trial(43).settings
    blocks: dict[str, dict[str, object]] = {"network": {}, "training": {}, "windows": {"horizon": 2}}
    for field, value in winner.items():
        place, _, name = field.partition(".")
        blocks[place][name] = value
    stands = tiny_pipeline(**STANDS | blocks)

    assert not is_accepted(searched(), stands)
    assert is_accepted(
        searched(), tiny_pipeline(**STANDS | blocks | {"search": {"read_until": "2024-04-02T00:00:00Z"}})
    )
    assert set(STOOD) - {"cell"} == set(winner)
