"""What errors say: no longer than anybody reads."""

import pytest

from recurcast.errors import ConfigurationError, DataRejected, nearest


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("a rule; received " + "x" * 800_000 + ". Correct it."),
        DataRejected("a rule", "x" * 800_000, "Correct it"),
    ],
)
def test_a_message_that_quotes_much_keeps_its_rule_and_its_remedy(error: Exception) -> None:
    assert len(str(error)) < 4_100
    assert str(error).startswith("a rule")
    assert str(error).rstrip(".").endswith("Correct it")
    assert "characters left out" in str(error)


def test_of_many_and_long_valid_words_some_are_told_in_short() -> None:
    assert nearest("enrgy", ["energy", "sine"]) == "Did you mean 'energy'? Valid: energy, sine."
    told = nearest("y", ["\0" * 100_000, *(f"column-{number}" for number in range(1_000))])
    assert len(told) < 1_000
    assert told.endswith("column-48 and 951 more.")
