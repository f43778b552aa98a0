"""One case from its mutation to its judgement: its files in a folder of its own, its commands one after the other."""

import contextlib
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from attacks import documents, judged, warm
from attacks.cases import CONFIGURATION, FILE, Case
from attacks.watching import Limits

_CASES = re.compile(r"(file|configuration)-\d+")
_QUICK = ("--set", "training.epochs=1", "--set", "training.seeds=1", "--set", "network.units=2", "--set", "charts=none")


@dataclass(frozen=True)
class Attack:
    """What all cases share."""

    folder: Path
    """Where cases are laid out."""
    database: Path
    """An empty MLflow database, so that not every case makes one."""
    limits: Limits
    compared: int
    """Every so manyth command is also called as a real process; 0: none."""
    whole: int
    """Every so manyth case that comes to training goes on to its end, and forecasts; the others are stopped there."""


@dataclass(frozen=True)
class Done:
    """What came of a case."""

    case: Case
    outcomes: tuple[warm.Outcome, ...]
    findings: tuple[judged.Finding, ...]
    differing: tuple[str, ...]
    """Where a real process said something else."""
    compared: int


def carry_out(attack: Attack, case: Case) -> Done:
    """Return what came of a case; its folder is removed."""
    folder = attack.folder / case.name
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    try:
        calls = _Calls(attack, case, folder)
        (_of_file if case.kind == FILE else _of_configuration)(calls)
        return Done(case, tuple(calls.outcomes), tuple(calls.findings), tuple(calls.differing), calls.compared)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Calls:
    """The commands of a case as they are called, and what was found."""

    def __init__(self, attack: Attack, case: Case, folder: Path) -> None:
        self.attack, self.case, self.folder = attack, case, folder
        self.outcomes: list[warm.Outcome] = []
        self.findings: list[judged.Finding] = []
        self.differing: list[str] = []
        self.compared = 0

    def call(self, *arguments: str, at: Path, whole: bool = False, repeatable: bool = True) -> warm.Outcome:
        arguments = tuple(each.replace("\0", "") for each in arguments)
        limits = self.attack.limits if not whole else Limits(self.attack.limits.seconds * 3, self.attack.limits.memory)
        hook = None if whole else _stop_at_training
        outcome = warm.call(arguments, at, limits, hook)
        self.outcomes.append(outcome)
        if kind := judged.kind_of(outcome):
            self.find(kind, self._where(kind, outcome, at, limits, hook), outcome)
        number = 16 * self.case.number + len(self.outcomes)
        if (
            repeatable
            and self.attack.compared
            and number % self.attack.compared == 0
            and not outcome.reached
            and not outcome.broke
        ):
            self._compare(outcome, at)
        return outcome

    def find(self, kind: str, where: str, outcome: warm.Outcome) -> None:
        case = self.case
        said = f"exit {outcome.exit_code}, {outcome.seconds:.1f} s, {outcome.memory >> 20} MB {outcome.broke}\n{outcome.said}"
        self.findings.append(
            judged.Finding(kind, where, case.name, f"{case.what}; {case.base}", outcome.arguments, said)
        )

    def _where(
        self, kind: str, outcome: warm.Outcome, at: Path, limits: Limits, hook: Callable[[], None] | None
    ) -> str:
        if outcome.broke:
            return judged.place("\n".join(reversed(outcome.broke.splitlines())))
        if kind == judged.UNTIDY:
            found = judged._FOREIGN.search(outcome.said)
            return outcome.said[found.start() :].splitlines()[0][:120] if found else f"{len(outcome.said)} characters"
        name = outcome.arguments.index("--") if "--" in outcome.arguments else len(outcome.arguments)
        wordy = (*outcome.arguments[:name], "-v", *outcome.arguments[name:])
        again = warm.call(wordy, at, limits, hook)
        return judged.place(again.said if "Traceback" in again.said else outcome.said)

    def _compare(self, outcome: warm.Outcome, at: Path) -> None:
        real = warm.as_a_process(outcome.arguments, at, self.attack.limits)
        self.compared += 1
        if (real.exit_code, _steady(real.said)) != (outcome.exit_code, _steady(outcome.said)):
            self.differing.append(
                f"{self.case.name} {outcome.arguments}: {outcome.exit_code} {real.exit_code}\n{outcome.said}\n{real.said}"
            )


def _of_file(calls: _Calls) -> None:
    case, folder = calls.case, calls.folder
    file, project = next(iter(case.files)), folder / "project"
    said = case.options
    made = calls.call("init", "project", f"--csv=./{file}", *said, at=folder, repeatable=False)
    if made.exit_code != 0:
        if project.exists():
            calls.find(judged.LEFT, "a refused init leaves its folder", made)
        _own_project(folder, case)
        project = folder
    else:
        name = _only_name(project)
        calls.call("pipelines", at=project)
        calls.call("schedule", name, "--days", "3", at=project)
    _run(calls, project, _only_name(project))


def _of_configuration(calls: _Calls) -> None:
    folder = calls.folder
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    name = _only_name(folder)
    for arguments in (
        ("pipelines",),
        ("pipelines", "--json"),
        ("schedule", "--", name),
        ("schedule", "--odd", "--", name),
    ):
        calls.call(*arguments, at=folder)
    calls.call("backfill", "run", "--here", "--dry-run", "--from=2024-03-10", "--to=2024-03-20", "--", name, at=folder)
    _run(calls, folder, name)
    if beside := [each.name for each in folder.parent.iterdir() if not _CASES.match(each.name)]:
        calls.find(judged.LEFT, f"something stands beside the project: {beside}", calls.outcomes[-1])


def _run(calls: _Calls, project: Path, name: str) -> None:
    shutil.copyfile(calls.attack.database, project / "mlflow.db")
    whole = bool(calls.attack.whole) and calls.case.number % calls.attack.whole == 0
    options = calls.case.options if calls.case.kind == CONFIGURATION else ()
    quick = _QUICK if calls.case.kind == FILE or whole else ()
    promotes = ("--promote",) if quick else ()
    ran = calls.call("run", *options, *quick, *promotes, "--", name, at=project, whole=whole, repeatable=False)
    if (running := _running(project)) and not ran.broke:
        calls.find(judged.LEFT, f"{running} runs are RUNNING after the command has ended", ran)
    if whole and ran.exit_code == 0:
        calls.call("forecast", *options, "--", name, at=project, whole=True, repeatable=False)


def _own_project(folder: Path, case: Case) -> None:
    """A project written by hand for a file that `init` refuses: what a good file's project sees when the file goes bad."""
    file = next(iter(case.files))
    told = dict(zip(case.options[::2], case.options[1::2], strict=True))
    source = {"kind": "file", "path": file, "static": True}
    columns = {"ds": told.get("--time", "ds"), "y": told.get("--target", "y"), "unique_id": told.get("--id")}
    document = documents.document(Random(0))
    pipeline = document["deployments"][0]["parameters"]["pipeline"]
    pipeline |= {
        "source": source | {"columns": columns},
        "frequency": None,
        "checks": {"max_missing": 0.5, "max_bad_series": 1},
    }
    (folder / "prefect.yaml").write_text(yaml.safe_dump(document))


def _only_name(project: Path) -> str:
    """The name that the first pipeline has, whatever it is; the good document's where nobody can read it."""
    text = (project / "prefect.yaml").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"pipeline:[^\n]*\n +name: ([^\n]+)$", text, re.MULTILINE)
    return "demand" if found is None else found[1].strip().strip("'\"")[:5_000] or "demand"


def _stop_at_training() -> None:
    """End the command where all that precedes the first epoch is done: whoever calls `train_at_once` meets this instead."""

    def reached(*_: object, **__: object) -> None:
        raise warm.Reached("training")

    callers = [
        each
        for name, each in list(sys.modules.items())
        if name.startswith("recurcast") and "train_at_once" in vars(each)
    ]
    assert callers, "training is begun elsewhere now"
    for module in callers:
        module.train_at_once = reached  # type: ignore[attr-defined]


def _running(project: Path) -> int:
    with contextlib.closing(sqlite3.connect(project / "mlflow.db")) as database:
        return int(database.execute("select count(*) from runs where status = 'RUNNING'").fetchone()[0])


def _steady(said: str) -> str:
    """What does not change from call to call."""
    return re.sub(r"[0-9a-f]{32}|\d+(\.\d+)? ?s\b|/[^\s']*recurcast-init-\w+", "#", said)
