"""DOOR holidays, exchange_calendars: which holidays and exchanges there are, so that a wrong name is told where it is written."""

from functools import cache

from recurcast.errors import nearest

_NO_EXCHANGES = frozenset({"24/5", "24/7", "us_futures"})


def refuse_unknown_place(place: str) -> None:
    """Raise ValueError where there are no holidays of a place such as DE or DE-BY; it names the nearest one."""
    known = _places()
    country, _, part = place.partition("-")
    if country in known and (not part or part in known[country]):
        return
    rule = f"holidays: names a country, and its part where there is one, such as holidays:DE-BY; received '{place}'"
    if country in known:
        raise ValueError(
            f"{rule}. {nearest(place.upper(), [country, *(f'{country}-{each}' for each in known[country])])}"
        )
    raise ValueError(f"{rule}. {nearest(country.upper(), sorted(known))}")


def refuse_unknown_exchange(mic: str) -> None:
    """Raise ValueError where no exchange has that code; it names the nearest one."""
    if mic not in _exchanges():
        raise ValueError(
            f"sessions: names an exchange by its market identifier, such as sessions:XNYS; received '{mic}'. "
            f"{nearest(mic.upper(), list(_exchanges()))}"
        )


@cache
def _places() -> dict[str, list[str]]:
    from holidays import list_supported_countries

    return dict(list_supported_countries(include_aliases=True))


@cache
def _exchanges() -> tuple[str, ...]:
    from exchange_calendars import get_calendar_names

    return tuple(name for name in get_calendar_names(include_aliases=True) if name not in _NO_EXCHANGES)
