"""The link to the report in a run's description."""

from recurcast.reporting.notes.report_link import linked, still_linked


def test_the_link_is_the_last_line_and_the_only_one() -> None:
    once = linked("Promoted.\n\nBecause.", "#/one")

    assert once == "Promoted.\n\nBecause.\n\n[Report of the pipeline](#/one)"
    assert linked(once, "#/two") == "Promoted.\n\nBecause.\n\n[Report of the pipeline](#/two)"


def test_a_description_that_was_empty_is_the_link() -> None:
    assert linked("", "#/one") == "[Report of the pipeline](#/one)"


def test_a_new_description_keeps_the_link_of_the_one_before_where_there_was_one() -> None:
    assert still_linked("Kept.", linked("Promoted.", "#/one")) == linked("Kept.", "#/one")
    assert still_linked("Kept.", "Promoted.") == "Kept."
