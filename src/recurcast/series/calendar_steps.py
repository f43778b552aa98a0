"""Which of pandas' calendar frequencies days show that lie weeks, months, quarters or years apart, with gaps."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_IN_A_YEAR = 366
_FEW = 0.5
_LOOKED_AT = 8


def frequency_of_days(days: pd.DatetimeIndex) -> str | None:
    """Return the frequency that ascending days show, the longest steps that hold nearly all of them; none where none does."""
    gap = _most_common_gap(days)
    if gap == 1:
        return "D" if (days.day_of_week >= 5).any() else "B"
    candidates = list(_candidates(days, gap))
    shares = {frequency: _share(days, frequency) for frequency in candidates}
    best = max(shares, key=lambda frequency: shares[frequency], default=None)
    if best is not None and (shares[best] == 1 or (gap % 7 and shares[best] > _FEW)):
        return best
    if gap % 7 == 0:
        return None if is_4_4_5(days) else f"{gap // 7}W-{_weekday(days)}"
    return f"{gap}D"


def of_weekdays(days: pd.DatetimeIndex) -> str | None:
    """Return the frequency of days that are all the n-th or last such weekday of their months; none where they are not."""
    weekday = _weekday(days)
    each = (f"LWOM-{weekday}", *(f"WOM-{n}{weekday}" for n in (1, 2, 3, 4)))
    return next((frequency for frequency in each if _share(days, frequency) == 1), None)


def is_4_4_5(days: pd.DatetimeIndex) -> bool:
    """Return whether days lie four or five weeks apart, as the months of a 4-4-5 calendar do, for which pandas has no name."""
    gaps = set(np.diff(days.as_unit("s").asi8) // 86_400)
    return {28, 35} <= gaps and all(gap % 7 == 0 for gap in gaps)


def holds_most_steps(days: pd.DatetimeIndex, frequency: str) -> bool:
    """Return whether more than half of the steps from first to last day are there."""
    steps = pd.date_range(days[0], days[-1], freq=to_offset(frequency))
    return len(days) > len(steps) / 2


def _candidates(days: pd.DatetimeIndex, gap: int) -> Iterator[str]:
    if 13 <= gap <= 17 and not (days.day_of_week == days[0].day_of_week).all():
        yield from ("SMS-15", "SME-15")
    if 28 <= gap <= 35:
        yield from ("MS", "ME", "BMS", "BME")
        if gap % 7 == 0 and (found := of_weekdays(days)):
            yield found
    if 88 <= gap <= 98:
        yield from (f"{kind}-{month}" for kind in ("QS", "QE", "BQS", "BQE") for month in _quarters(days, kind))
        if gap in (91, 98):
            yield from _retail(days, "REQ", ("-1", "-2", "-3", "-4"))
    if 363 <= gap <= 371:
        yield from (f"{kind}-{_MONTHS[days[-1].month - 1]}" for kind in ("YS", "YE", "BYS", "BYE"))
        if gap in (364, 371):
            yield from _retail(days, "RE", ("",))


def _quarters(days: pd.DatetimeIndex, kind: str) -> Iterable[str]:
    """The anchor as pandas writes it: a quarter's first month among January to March, its last among October to December."""
    month = (days[-1].month - 1) % 3
    return (_MONTHS[month if kind.endswith("S") else 9 + month],)


def _retail(days: pd.DatetimeIndex, kind: str, quarters: Iterable[str]) -> list[str]:
    """Years of 52 or 53 weeks, or their quarters, that hold all days: the first one that does."""
    each = (
        f"{kind}-{nearest_or_last}-{month}-{_weekday(days)}{quarter}"
        for month in _MONTHS
        for nearest_or_last in ("N", "L")
        for quarter in quarters
    )
    some = days[:: max(1, len(days) // _LOOKED_AT)]
    whole = (f for f in each if all(map(to_offset(f).is_on_offset, some)) and _share(days, f) == 1)
    return list(islice(whole, 1))


def _share(days: pd.DatetimeIndex, frequency: str) -> float:
    offset = to_offset(frequency)
    steps = pd.date_range(days[0] - pd.Timedelta(days=_IN_A_YEAR), days[-1], freq=offset)
    return float(days.isin(steps).mean())


def _weekday(days: pd.DatetimeIndex) -> str:
    return days[0].day_name()[:3].upper()


def _most_common_gap(days: pd.DatetimeIndex) -> int:
    gaps, counts = np.unique(np.diff(days.as_unit("s").asi8) // 86_400, return_counts=True)
    return int(gaps[counts.argmax()])
