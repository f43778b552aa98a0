"""What came of all cases: how often each rule was broken, and by which fault."""

import sys
import time
from collections import Counter
from pathlib import Path

from attacks import kept
from attacks.fuzz import Done
from attacks.judged import KINDS, Finding

_TELL_EVERY = 50


class Tally:
    """Counts cases as they are done, and keeps what was found in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._begun = folder, time.monotonic()
        self._findings: list[Finding] = []
        self._differing: list[str] = []
        self._codes = Counter[str]()
        self._cases = self._compared = 0
        self._most, self._slowest = (0, ""), (0.0, "")

    @property
    def failed(self) -> bool:
        """Return whether anything gave way."""
        return bool(self._findings or self._differing)

    def add(self, done: Done) -> None:
        """Count a case."""
        for finding in done.findings:
            kept.keep(finding, done.case, self._folder)
        self._findings += done.findings
        self._differing += done.differing
        self._cases, self._compared = self._cases + 1, self._compared + done.compared
        for each in done.outcomes:
            told = f"{done.case.name} {each.arguments[0]}"
            self._most = max(self._most, (each.memory >> 20, told))
            self._slowest = max(self._slowest, (each.processor, told))
            self._codes["stopped at training" if each.reached else f"exit {each.exit_code}"] += 1
        if self._cases % _TELL_EVERY == 0:
            seconds = time.monotonic() - self._begun
            print(f"{self._cases} cases, {len(self._findings)} findings, {seconds:.0f} s", file=sys.stderr, flush=True)

    def told(self) -> str:
        """Return the table."""
        ends = ", ".join(f"{number} x {code}" for code, number in self._codes.most_common())
        lines = [f"{self._cases} cases, {self._codes.total()} commands: {ends}"]
        lines += [f"{kind:<24} {sum(each.kind == kind for each in self._findings):>6}" for kind in KINDS]
        lines.append(f"{'most memory':<24} {self._most[0]:>6} MB ({self._most[1]})")
        lines.append(f"{'most processor time':<24} {self._slowest[0]:>6.1f} s ({self._slowest[1]})")
        lines.append(f"{'compared with processes':<24} {self._compared:>6}, {len(self._differing)} differ")
        lines += self._differing
        if self._findings:
            lines += [f"kept in {self._folder}:", kept.summary(self._findings)]
        return "\n".join(lines)
