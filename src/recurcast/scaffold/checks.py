"""What the data must keep to: what is there now, with a little room; what breaks these later is worth a look."""

from collections.abc import Sequence

import numpy as np

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess
from recurcast.series.frame import SeriesFrame
from recurcast.series.validation.facts import FAULTLESS, Facts

_MOST_TOLD = 3


def guess_checks(draft: PipelineConfig, frame: SeriesFrame, facts: Facts) -> Sequence[Guess]:
    """Return the checks by their names below `checks`, and what speaks for them."""
    series = facts.series
    guesses = []
    low = float(frame.rows["y"].min())
    if low >= 0:
        guesses.append(Guess("min_value", "0", f"never below {low:g}; take it out if negative values can come"))
    missing = most_missing(draft, frame, facts)
    room = min(0.99, (np.floor(missing * 100) + 1) / 100)
    guesses.append(Guess("max_missing", f"{room:g}", f"{missing:.1%} of the steps are missing now, where most are"))
    bad = series[series["fault"] != FAULTLESS]
    if len(bad) == len(series):
        raise DataRejected(
            "one series is long enough and changes",
            f"'{bad['unique_id'].iloc[0]}' is {bad['fault'].iloc[0]}",
            "Check the file",
        )
    late = 0 if draft.masked else _without_newest(frame, draft.windows.lookback)
    if len(bad) < late < len(series):
        why = f"of {len(series)} series {late} have a gap in the newest {draft.windows.lookback} steps, or end before them"
        guesses.append(Guess("max_bad_series", str(late), why))
    elif len(bad):
        named = ", ".join(
            f"'{name}' ({fault})" for name, fault in zip(bad["unique_id"][:3], bad["fault"][:3], strict=True)
        )
        guesses.append(
            Guess("max_bad_series", str(len(bad)), f"of {len(series)} series {len(bad)} can't be used: {named}")
        )
    return guesses


def most_missing(draft: PipelineConfig, frame: SeriesFrame, facts: Facts) -> float:
    """Return the largest share that `max_missing` bounds: of a series' steps, and of whole windows' rows all cells too."""
    cells = 0.0 if draft.masked else float(frame.rows[["y", *frame.covariates]].isna().mean().max())
    return max(float(facts.series["missing_share"].max()), cells)


def told_of_flat_ends(facts: Facts) -> Guess | None:
    """Return a word on the series that are stuck at their ends, if any: no check is made of it, since the file would fail it."""
    flat = facts.series[facts.series["flat"] != ""].sort_values(["flat_seconds", "unique_id"], ascending=[False, True])
    if flat.empty:
        return None
    pairs = zip(flat["unique_id"][:_MOST_TOLD], flat["flat"][:_MOST_TOLD], strict=True)
    named = "; ".join(f"'{name}' is {told}" for name, told in pairs)
    more = f"; {len(flat) - _MOST_TOLD} more are flat at the end" if len(flat) > _MOST_TOLD else ""
    why = f"{named}{more}. If a sensor is stuck, end the file before; a limit such as 24h stops a run"
    return Guess("checks.max_flat", "none", why, 0.8)


def _without_newest(frame: SeriesFrame, lookback: int) -> int:
    """How many series, of those that change, lack a value in the newest window."""
    recent = frame.rows[frame.rows["ds"] >= frame.steps[-lookback]].dropna()
    whole = recent.groupby("unique_id")["ds"].nunique() >= lookback
    return len(frame.ids) - int(whole.sum())
