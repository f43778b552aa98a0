"""A guess, and what the user has said, which no guess overrules."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guess:
    """A value of the pipeline's block, by the path of its field, and what speaks for it."""

    field: str
    value: str
    why: str
    doubt: float = 0.0
    """How unsure it is, from 0 (the data leave no choice) to 1 (as good as its alternative)."""
    instead: str = ""
    """What on the command line of `init` says otherwise, such as `--target COLUMN`."""


@dataclass(frozen=True)
class Said:
    """What the user has said of the file; what is none is guessed."""

    target: str | None = None
    time: str | None = None
    series: str | None = None
    timezone: str | None = None
    horizon: int | None = None
    decimal: str | None = None
    sheet: str | None = None
    step: str | None = None
    day_first: bool | None = None
    keep_values: bool = False
    """Whether a value that repeats and stands far off the rest is a value nevertheless."""
