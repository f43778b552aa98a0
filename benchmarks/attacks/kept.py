"""Findings in a folder, each with all that shows it again: the input, the command, what was said."""

import json
import shlex
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attacks.cases import Case
from attacks.judged import Finding


def keep(finding: Finding, case: Case, folder: Path) -> None:
    """Write a finding's case to a folder of its own; `cd` there and call what `command` says."""
    kept = folder / f"{finding.kind.replace(' ', '-')}-{case.name}"
    shutil.rmtree(kept, ignore_errors=True)
    for path, content in case.files.items():
        (kept / path).parent.mkdir(parents=True, exist_ok=True)
        (kept / path).write_bytes(content)
    (kept / "command").write_text(shlex.join(["recurcast", *finding.arguments]) + "\n", errors="surrogateescape")
    (kept / "said").write_text(finding.said[:200_000], errors="surrogateescape")
    told = {"kind": finding.kind, "where": finding.where, "case": finding.case, "base": case.base, "what": finding.what}
    (kept / "finding.json").write_text(json.dumps(told, indent=2))


def summary(findings: Sequence[Finding]) -> str:
    """Return a line per fault: how often, what, where, and the first case that shows it."""
    counted = Counter((finding.kind, finding.where) for finding in findings)
    lines = []
    for (kind, where), number in counted.most_common():
        first = next(each for each in findings if (each.kind, each.where) == (kind, where))
        lines.append(f"  {number:>4} x {kind}: {where}")
        lines.append(f"         such as {first.case} ({first.what[:140]}), {' '.join(first.arguments)[:80]!r}")
    return "\n".join(lines)
