"""A server's version beside that of the client here."""

from recurcast.stack.doctor.checks import Check, failed, ok, warning
from recurcast.stack.doctor.requests import Answer


def server_version(name: str, told: Answer, ours: str) -> Check:
    """Return whether a server understands this client: it is at least as new, and of no later major version."""
    if told.refused:
        return failed(
            name,
            "the server tells it only to whoever has a password; ours is none or wrong",
            "Correct user and password.",
        )
    theirs = told.text.strip().strip('"')
    release = _release(theirs)
    if not told.good or len(release) < 2:
        return warning(
            name, f"the server does not tell its version; {ours} here", "Look whether it is the right server."
        )
    both = f"{theirs} there, {ours} here"
    if release < _release(ours):
        return failed(
            name, both, "Update the server: one that is older than what asks it does not understand everything."
        )
    if release[0] > _release(ours)[0]:
        return warning(
            name, both, "A later major version may answer otherwise: update Recurcast, or use an older server."
        )
    return ok(name, both)


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(".")[:2] if number.isdigit())
