"""The fold, on histories that can be checked by eye: days of March 2024, versions by number."""

import itertools
import random
from datetime import UTC, datetime

import pytest

from recurcast.promotion.champion_history import fold, why_not_champion
from recurcast.promotion.entries import Entry


def day(number):
    return datetime(2024, 3, number, tzinfo=UTC)


def verdict(on, version, decision="promote", *, provisional=False, data="", sequence=0, final=False):
    name = f"run-{version}.final" if final else f"run-{version}"
    return Entry(
        name, "verdict", day(on), version, version, decision, provisional, sequence=sequence,
        configuration="c", data=data or f"rows of {on}",
    )  # fmt: skip


def by_hand(kind, on, version, replaces, newest, sequence=1, name=None):
    return Entry(
        name or f"hand-{sequence}", kind, day(on), version, newest, replaces=replaces, sequence=sequence, by="ann@desk"
    )


def promotion(on, version, replaces, newest, sequence=1, name=None):
    return by_hand("promotion", on, version, replaces, newest, sequence, name)


def rollback(on, version, replaces, newest, sequence=1, name=None):
    return by_hand("rollback", on, version, replaces, newest, sequence, name)


def champions(entries):
    """The champion after each day that has an entry."""
    return {each.as_of.day: fold(entries, until=each.as_of).version for each in entries}


def effects(entries):
    return {step.entry.id: step.effect for step in fold(entries).steps}


def test_without_a_promotion_nobody_is_champion():
    nobody = fold([verdict(1, 1, "reject"), verdict(2, 2, "keep"), verdict(3, 3, provisional=True)])

    assert (nobody.champion, nobody.version, nobody.mark) == (None, None, None)
    assert [step.effect for step in nobody.steps] == ["reject", "keep", "provisional"]


def test_the_newest_promotion_is_champion_and_each_day_has_its_own():
    entries = [verdict(1, 1), verdict(2, 2, "keep"), verdict(3, 3), verdict(4, 4, "reject")]

    assert champions(entries) == {1: 1, 2: 1, 3: 3, 4: 3}
    assert fold(entries, until=datetime(2024, 2, 1, tzinfo=UTC)).version is None
    assert fold(entries).mark == day(3)
    assert fold(entries).ever_champion == {1, 3}


def test_a_verdict_that_arrives_late_takes_its_place_in_time_and_never_dethrones_the_present():
    entries = [verdict(1, 1), verdict(5, 2), verdict(3, 3)]

    assert champions(entries) == {1: 1, 5: 2, 3: 3}
    assert fold(entries).version == 2


@pytest.mark.parametrize("seed", range(3))
def test_who_wrote_first_decides_nothing(seed):
    entries = [verdict(n, n, random.Random(n).choice(["promote", "keep"])) for n in range(1, 9)]
    entries += [rollback(8, 1, fold(entries).version, 8), verdict(8, 9, data="rows of 8")]
    shuffled = random.Random(seed).sample(entries, len(entries))

    assert fold(shuffled) == fold(entries)


def test_of_two_verdicts_of_one_interval_the_newer_version_counts():
    assert fold([verdict(1, 2), verdict(1, 1)]).version == 2
    assert fold([verdict(1, 1), verdict(1, 2, "keep")]).version == 1


def test_an_interval_that_is_decided_again_does_not_meet_itself():
    entries = [verdict(1, 1), verdict(2, 2), verdict(2, 3)]

    assert fold(entries, until=day(2), before=2).version == 1
    assert fold(entries, until=day(2), before=3).version == 2
    assert fold(entries, until=day(2)).version == 3


def test_a_provisional_verdict_counts_once_it_is_final():
    provisional, final = verdict(1, 1, provisional=True), verdict(1, 1, final=True)

    assert effects([provisional, final]) == {"run-1": "provisional", "run-1.final": "moved"}


def test_a_person_may_promote_any_version_and_the_next_verdict_competes_with_it():
    entries = [verdict(1, 1), verdict(2, 2, "reject"), promotion(3, 2, replaces=1, newest=2)]

    assert champions(entries) == {1: 1, 2: 1, 3: 2}
    assert fold([*entries, verdict(3, 3)]).version == 3
    assert fold([*entries, verdict(2, 3)]).version == 2


def test_a_decision_by_hand_that_expected_another_champion_is_void():
    entries = [verdict(1, 1), verdict(2, 2), promotion(2, 1, replaces=1, newest=2)]

    assert effects(entries)["hand-1"] == "void"
    assert fold(entries).version == 2


def test_of_two_people_who_decide_at_once_one_is_refused():
    entries = [verdict(1, 1), verdict(2, 2, "keep"), verdict(3, 3, "keep")]
    ann = promotion(3, 2, replaces=1, newest=3, name="ann")
    ben = promotion(3, 3, replaces=1, newest=3, name="ben")

    assert effects([*entries, ben, ann]) == effects([*entries, ann]) | {"ben": "void"}


def test_what_arrives_late_does_not_undo_what_a_person_decided():
    entries = [verdict(1, 1), verdict(9, 2, "keep"), promotion(9, 2, replaces=1, newest=2)]
    late = [verdict(5, 3), verdict(6, 2, final=True, sequence=1, data="rows of 9")]

    assert fold([*entries, *late]).version == 2
    assert effects([*entries, *late])["hand-1"] == "moved"
    assert champions([*entries, late[0]])[5] == 3


def test_the_final_verdict_of_a_version_that_a_person_knew_does_not_undo_the_decision():
    entries = [verdict(1, 1), verdict(2, 2, provisional=True), rollback(2, None, replaces=1, newest=2)]
    after = [*entries, verdict(2, 2, final=True, sequence=1)]

    assert fold(after).version is None
    assert effects(after)["hand-1"] == "moved"


def test_a_rollback_bars_the_version_and_every_twin_until_a_person_lifts_it():
    entries = [verdict(1, 1), verdict(2, 2), rollback(2, 1, replaces=2, newest=2)]
    twin, other_rows = verdict(2, 3), verdict(2, 4, data="rows of 2, revised")
    lifted = promotion(2, 3, replaces=1, newest=3, sequence=2)

    assert fold(entries).version == 1
    assert effects([*entries, twin])["run-3"] == "barred"
    assert fold([*entries, twin]).version == 1
    assert fold([*entries, twin, other_rows]).version == 4
    assert fold([*entries, twin, lifted]).version == 3
    assert fold([*entries, twin, lifted]).bar_of(2) is None
    assert fold([*entries, twin, lifted, verdict(2, 5)]).version == 5


def test_a_twin_of_an_older_interval_that_comes_after_the_rollback_is_not_champion_either():
    entries = [verdict(1, 1), verdict(2, 2), rollback(9, 1, replaces=2, newest=2), verdict(2, 3)]
    championship = fold(entries)

    assert championship.version == 1
    note = why_not_champion(championship, entries[-1], "energy")
    assert "version 2 was rolled back from as of 2024-03-09T00:00:00Z by ann@desk" in note
    assert "recurcast promote energy 3 --reason TEXT" in note


def test_rollbacks_go_back_step_by_step_and_to_the_baseline_at_last():
    entries = [verdict(1, 1), verdict(2, 2), verdict(3, 3)]
    assert fold(entries).standing(gone={3}).version == 2
    entries.append(rollback(4, 2, replaces=3, newest=3))
    assert (fold(entries).version, fold(entries).standing(gone={2}).version) == (2, 1)
    entries.append(rollback(4, 1, replaces=2, newest=3, sequence=2))
    assert (fold(entries).version, fold(entries).standing(gone={1})) == (1, None)
    entries.append(rollback(4, None, replaces=1, newest=3, sequence=3))
    assert fold(entries).version is None
    assert fold([*entries, verdict(5, 4)]).version == 4


def test_a_rollback_keeps_the_mark_so_that_what_lies_before_it_does_not_return():
    entries = [verdict(1, 1), verdict(5, 2), rollback(5, 1, replaces=2, newest=2), verdict(4, 3)]

    assert fold(entries).version == 1
    assert why_not_champion(fold(entries), entries[-1], "energy") == (
        "the alias stays: version 1 stands since as_of 2024-03-05T00:00:00Z, which is later"
    )


def test_where_the_champions_version_was_deleted_the_one_before_it_serves():
    championship = fold([verdict(1, 1), verdict(2, 2), verdict(3, 3)])

    assert championship.standing(gone={3}).version == 2
    assert championship.standing(gone={1, 2, 3}) is None
    assert championship.version == 3


def test_a_champion_has_nothing_to_explain():
    entries = [verdict(1, 1)]

    assert why_not_champion(fold(entries), entries[0], "energy") is None


def test_each_step_says_who_stood_before_and_after():
    steps = fold([verdict(1, 1), verdict(2, 2, "keep"), verdict(3, 3), rollback(3, 1, 3, newest=3)]).steps

    assert [(step.before, step.after) for step in steps] == [(None, 1), (1, 1), (1, 3), (3, 1)]


def test_an_entry_survives_its_tag():
    entries = [
        verdict(1, 1),
        rollback(2, None, 1, newest=1),
        Entry("e", "verdict", day(1), 7, 7, "keep", True, at=day(2), by="a@b", reason="so", run_id="r", cell="gru"),
    ]

    assert [Entry.from_json(each.id, each.to_json()) for each in entries] == entries
    assert "null" not in "".join(each.to_json() for each in entries)


def test_five_thousand_entries_with_two_hundred_decisions_by_hand_are_folded_in_a_moment():
    verdicts = [verdict(1 + n // 200, n, "promote" if n % 7 == 0 else "keep") for n in range(1, 5001)]
    hands = [promotion(27, 1 + k, k or 4998, 5000, sequence=1 + k) for k in range(200)]
    championship = fold(itertools.chain(verdicts, hands))

    assert championship.version == 200
