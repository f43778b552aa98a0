"""What to do next, as commands that can be copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from recurcast.cli.display.printing import plain, say
from recurcast.runs.train import RunResult

if TYPE_CHECKING:
    from recurcast.tracking.registry.registry import ServingVersion


@dataclass(frozen=True)
class Step:
    """A command, and what it is for."""

    command: str
    why: str


def steps_after_run(
    result: RunResult, serving: "ServingVersion | None", *, named: bool, servers: bool
) -> tuple[Step, ...]:
    """Return what to do after a run, by who serves now; `named` says that commands need the pipeline's name.

    Nothing follows where no verdict was given: the run says itself what it waits for.
    """
    if result.decision is None:
        return ()
    name = f" {result.pipeline}" if named else ""
    stack = (
        Step("recurcast status", "when the schedule trains and forecasts next")
        if servers
        else Step("recurcast up", "the two pages, and the schedule that trains and forecasts from now on")
    )
    if serving is None and result.outcome == "already done":
        return Step(f"recurcast run{name} --force", "train and register again what was deleted from MLflow"), stack
    if serving is None:
        again = Step(f"recurcast run{name}", "without --set, or with --promote: only then its best cell may serve")
        return again, stack
    report = Step(f"recurcast report{name}", "all of it on one page")
    return Step(f"recurcast forecast{name}", _who_speaks(result, serving)), report, stack


def _who_speaks(result: RunResult, serving: "ServingVersion") -> str:
    if serving.kind == "baseline":
        return f"what comes next by the baseline, {serving.name}: nobody is champion yet"
    registration = result.registration
    own = registration is not None and registration.version == serving.version
    which = "the new champion" if own else "the champion, which stays"
    return f"what comes next by version {serving.version} ({serving.name}), {which}"


def print_steps(console: Console, steps: Sequence[Step]) -> None:
    """Print the commands one below another, each with what it is for."""
    if not steps:
        return
    say(console, "next:")
    width = max(len(step.command) for step in steps)
    for step in steps:
        line = Text.assemble(plain(f"  {step.command:<{width}}"), plain(f"  # {step.why}", "dim"))
        console.print(line, soft_wrap=True)
