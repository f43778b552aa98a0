"""Columns that go on where y ends: weather for tomorrow, holidays, tariffs beside a load that is still to come."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from recurcast.config.ahead import RESERVED, KnownAhead
from recurcast.config.source import FileSource
from recurcast.instants import format_instant
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.sentinels import TakenOut

_FEWEST = 2
"""Values after the newest y; a single one is a row that was begun."""


@dataclass(frozen=True)
class GoesOn:
    """The columns that go on, up to when, and the covariates that don't."""

    columns: tuple[str, ...]
    until: pd.Timestamp
    newest: pd.Timestamp
    """The newest row with y."""
    others: tuple[str, ...]

    def block(self, source: FileSource, path: str) -> KnownAhead:
        """Return what reads them from the source's own file."""
        return KnownAhead(
            path=path,
            columns=self.columns,
            ds=source.columns.ds,
            unique_id=source.columns.unique_id,
            known="always",
            time_format=source.time_format,
            format=source.format,
            numbers={name: how for name, how in source.numbers.items() if name in self.columns},
        )

    def rows(self, rows: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Return the rows up to the newest y; all of them where they reach past now, which tells that the file grows."""
        return rows if (rows["ds"] > now).any() else rows[rows["ds"] <= self.newest]

    @property
    def guess(self) -> Guess:
        """Return what speaks for it."""
        until, newest = (format_instant(each.to_pydatetime(warn=False)) for each in (self.until, self.newest))
        why = (
            f"they go on to {until}, where y ends at {newest}: taken as always known; of forecasts that are revised keep each "
            "with its time of issue (available_at), of values that are known a day ahead say so (lead: 24h)"
        )
        return Guess("source.known_ahead", ", ".join(self.columns), why, 0.4)

    def said_of(self, guess: Guess) -> Guess:
        """Return the guess of the covariates without those that are known ahead; others as they are."""
        if guess.field != "source.columns.covariates":
            return guess
        left = f"; {', '.join(self.others)}: left out, as they end where y does; add what helps" if self.others else ""
        return replace(guess, value="none", why=f"{', '.join(self.columns)}: known ahead{left}")


def columns_that_go_on(read: TakenOut) -> GoesOn | None:
    """Return the covariates with values after the newest y; none where there are none."""
    rows, covariates = read.rows, read.columns.covariates
    newest = rows["ds"][rows["y"].notna()].max()
    after = rows[rows["ds"] > newest]
    free = [name for name in covariates if name not in RESERVED]
    ahead = tuple(name for name in free if after["ds"][after[name].notna()].nunique() >= _FEWEST)
    if not ahead:
        return None
    until = after["ds"][after[list(ahead)].notna().all(axis=1)].max()
    return GoesOn(ahead, until, newest, tuple(name for name in covariates if name not in ahead))
