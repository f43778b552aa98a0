"""What a server gives to somebody who has no password: real requests, none of which changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recurcast.stack.doctor.checks import Check, ok, warning
from recurcast.stack.doctor.requests import ask, of_this_machine


@dataclass(frozen=True)
class Door:
    """A request that needs a right; a body makes it a POST, one that no server would accept where it would write."""

    what: str
    path: str
    body: Any = None


def stranger_check(name: str, address: str, doors: Sequence[Door], advice: str) -> Check:
    """Return whether the server refuses everything to a stranger, and what it does not."""
    answers = {door.what: ask(address, door.path, door.body) for door in doors}
    open_ones = [what for what, answer in answers.items() if not answer.refused and answer.status]
    if not open_ones:
        return ok(name, f"without it nothing is answered: {', '.join(answers)}")
    found = f"strangers are answered: {', '.join(open_ones)}"
    if of_this_machine(address):
        return ok(name, f"none is asked for; only this machine reaches {address}")
    return warning(name, found, advice)
