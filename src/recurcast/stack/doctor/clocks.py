"""Clocks of other machines beside ours: leases and schedules hang on them."""

from datetime import timedelta

from recurcast.stack.doctor.checks import Check, failed, ok, warning
from recurcast.stack.doctor.requests import Answer
from recurcast.tracking.clocks import BEAT, Look, look_at_date, told

_APART = timedelta(seconds=1)
_ADVICE = "Let both machines set their clocks by NTP (timedatectl set-ntp true)."


def clock_of_answer(name: str, answer: Answer) -> Check | None:
    """Return how the clock of a server that has answered stands beside ours; none where it does not say."""
    said = answer.headers.get("date")
    if said is None:
        return None
    look = look_at_date(said, answer.before, answer.after)
    if look is None:
        return warning(
            name, f"the server says that it is {said!r}", "Let its gateway send the header Date as it comes."
        )
    return clock_check(name, look)


def clock_check(name: str, look: Look) -> Check:
    """Return how another clock stands beside ours."""
    apart = abs(look.ahead)
    if apart <= _APART:
        return ok(name, "within a second of ours")
    found = f"{told(look.ahead)} ours, at least"
    if apart <= BEAT:
        return warning(name, found, _ADVICE)
    return failed(name, found, f"{_ADVICE} Until then runs are refused: one that is going would pass for dead.")
