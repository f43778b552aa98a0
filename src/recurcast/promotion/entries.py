"""What the history of champions is made of: one entry for each verdict and each decision by hand."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from recurcast.instants import format_instant, parse_instant


@dataclass(frozen=True)
class Registration:
    """What became of a challenger: its version, and whether the alias moved; `note` says why it did not."""

    version: int
    promoted: bool
    note: str | None


Effect = Literal["moved", "keep", "reject", "provisional", "barred", "void"]
"""`moved`: who is champion was decided; `void`: a decision by hand that expected another champion than there was."""


@dataclass(frozen=True)
class Twin:
    """What twins share: the interval, and the digests of configuration and data; their code may differ."""

    as_of: datetime
    configuration: str
    data: str


@dataclass(frozen=True)
class Entry:
    """One verdict, or one decision by hand; never changed, never deleted."""

    id: str
    kind: Literal["verdict", "promotion", "rollback"]
    as_of: datetime
    version: int | None
    """Whom it is about: the challenger, or who shall be champion; none for the baseline."""
    newest: int
    """Highest number of a version when it was written; a verdict's own version."""
    decision: Literal["promote", "keep", "reject"] | None = None
    provisional: bool = False
    replaces: int | None = None
    """By hand: which version it expects to be champion, none for the baseline."""
    sequence: int = 0
    """Highest sequence of the entries by hand that were seen; one by hand adds 1."""
    configuration: str = ""
    data: str = ""
    cell: str = ""
    by: str = ""
    at: datetime | None = None
    """When it was written: told to people, it decides nothing."""
    reason: str = ""
    run_id: str = ""

    @property
    def by_hand(self) -> bool:
        """Return whether a person decided."""
        return self.kind != "verdict"

    @property
    def order(self) -> tuple[datetime, int, bool, int, str]:
        """Return the entry's place among all."""
        return self.as_of, self.newest, self.by_hand, self.sequence, self.id

    def saw(self, other: "Entry") -> bool:
        """Return whether the other one was there when this one was written by hand."""
        return other.by_hand or (other.newest <= self.newest and other.sequence < self.sequence)

    def to_json(self) -> str:
        """Return a compact text without what is empty, for a tag; the id is its key."""
        values = {key: value for key, value in asdict(self).items() if key != "id" and value not in (None, "", False)}
        instants = {key: format_instant(value) for key, value in values.items() if isinstance(value, datetime)}
        return json.dumps(values | instants, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, key: str, text: str) -> "Entry":
        """Return the entry that was written so."""
        values: dict[str, Any] = {"version": None, **json.loads(text), "id": key}
        values |= {name: parse_instant(values[name]) for name in ("as_of", "at") if name in values}
        return cls(**values)
