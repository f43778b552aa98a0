"""What a command may do with whatever it is given, and what it did instead."""

import re
from dataclasses import dataclass

from attacks.warm import Outcome

TRACEBACK, UNEXPLAINED, HANG, MEMORY, LEFT, UNTIDY = (
    "traceback",
    "unexplained exit",
    "hang",
    "memory",
    "left behind",
    "untidy",
)
KINDS = (TRACEBACK, UNEXPLAINED, HANG, MEMORY, LEFT, UNTIDY)
_ALLOWED = (0, 2, 3)
_UNEXPLAINED = re.compile(r"^recurcast: \w+(\.\w+)*: .*Run again with -v to see where\.", re.MULTILINE | re.DOTALL)
_LONGEST = 20_000
_FOREIGN = re.compile(
    r"^\S*:\d+: \w*Warning:|^\w*(Warning|Error): |<[\w.]+ object at 0x|pydantic\.dev|^WARNING|^ERROR", re.MULTILINE
)


@dataclass(frozen=True)
class Finding:
    """What a command did that it may not; `where` is the same for the same fault."""

    kind: str
    where: str
    case: str
    what: str
    arguments: tuple[str, ...]
    said: str


def kind_of(outcome: Outcome) -> str | None:
    """Return which rule the outcome breaks, or none."""
    if outcome.broke:
        return MEMORY if outcome.broke.startswith("memory") else HANG
    if "Traceback (most recent call last)" in outcome.said:
        return TRACEBACK
    if outcome.exit_code not in _ALLOWED or _UNEXPLAINED.search(outcome.said):
        return UNEXPLAINED
    if outcome.exit_code and not _explained(outcome.said):
        return UNEXPLAINED
    if (len(outcome.said) > _LONGEST and outcome.exit_code) or _FOREIGN.search(outcome.said):
        return UNTIDY
    return None


def place(said: str) -> str:
    """Return the exception of the last traceback in a text, and the last of the program's own lines that it went through."""
    frames = re.findall(r'File "([^"]+)", line \d+,? in ([\w<>]+)', said)
    own = next(
        (
            f"{file.rpartition('/recurcast/')[2]}:{name}"
            for file, name in reversed(frames)
            if "/recurcast/" in file and "site-packages" not in file
        ),
        "",
    )
    error = re.findall(
        r"^(?:\w+\.)*(\w+(?:Error|Exception|Exit|Interrupt|Warning|Overflow\w*|Rejected))\b", said, re.MULTILINE
    )
    return f"{error[-1] if error else '?'} in {own or '?'}"


def _explained(said: str) -> bool:
    """Whether some line is the program's own word on why it ended."""
    return "recurcast: " in said or "can't be used" in said or '"error":' in said or '"problem":' in said
