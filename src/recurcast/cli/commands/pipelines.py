"""`recurcast pipelines`."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from recurcast.cli.display.printing import plain, say
from recurcast.config.project import BrokenDeployment, TrainingDeployment, find_root, read_deployments
from recurcast.config.schedule import Schedule
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.masking import masked
from recurcast.stack.health import answers
from recurcast.stack.record import PREFECT
from recurcast.stack.servers import API_PATH

if TYPE_CHECKING:
    from recurcast.scheduling.deployments.differences import Difference

_PATIENCE = 1.0  # seconds: who lists pipelines did not ask for a server


def list_pipelines(*, as_json: bool) -> None:
    """Print all pipelines, and where a server is named and answers, how its deployments differ from the file.

    Fail at the end where one of the pipelines can't be used.
    """
    root = find_root(Path.cwd())
    deployments = read_deployments(root)
    comparison = _compare(root)
    broken = [each for each in deployments if isinstance(each, BrokenDeployment)]
    if as_json:
        rows = [_row(each) for each in deployments]
        found = None if comparison.differences is None else [asdict(each) for each in comparison.differences]
        print(json.dumps({"pipelines": rows, "server": comparison.server, "differences": found}))  # noqa: T201
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("pipeline", "schedule", "time zone", "what it forecasts"):
            table.add_column(column)
        for each in deployments:
            if isinstance(each, TrainingDeployment):
                cells = (each.name, _rhythm(each.schedules), _zones(each.schedules), each.pipeline.description)
                table.add_row(*map(plain, cells))
            else:
                table.add_row(plain(each.name), "[red]can't be used[/]", "", "")
        console = Console(highlight=False)
        console.print(table)
        _print_comparison(console, comparison)
    if broken:
        raise ConfigurationError(broken[0].problem)


@dataclass(frozen=True)
class _Comparison:
    """What the server has instead; `differences` is none where none was named or it did not answer."""

    server: str | None
    differences: "tuple[Difference, ...] | None"
    why_not: str = ""


def _compare(root: Path) -> _Comparison:
    url = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not url:
        return _Comparison(None, None)
    shown = masked(url)
    if not answers(PREFECT, url.removesuffix(API_PATH), _PATIENCE):
        return _Comparison(shown, None, f"the server at {shown} does not answer; what it has was not compared")
    from recurcast.scheduling.deployments.differences import differences
    from recurcast.scheduling.server import connected

    try:
        with connected() as client:
            return _Comparison(shown, differences(client, root))
    except RecurcastError as error:
        return _Comparison(shown, None, f"what the server has was not compared: {error}")


def _print_comparison(console: Console, comparison: _Comparison) -> None:
    if comparison.why_not:
        say(console, comparison.why_not, "yellow")
    if comparison.differences:
        say(console, f"a worker runs what is deployed at {comparison.server}, which differs from the file:", "yellow")
        for each in comparison.differences:
            say(console, f"  {each.deployment}  {each.text}", "yellow")
    elif comparison.differences is not None:
        say(console, f"deployed at {comparison.server} as they stand here", "dim")


def _row(each: TrainingDeployment | BrokenDeployment) -> dict[str, object]:
    if isinstance(each, BrokenDeployment):
        return {"name": each.name, "problem": each.problem}
    return {
        "name": each.name,
        "description": each.pipeline.description,
        "schedules": [schedule.model_dump(mode="json", exclude_none=True) for schedule in each.schedules],
        "pipeline": each.pipeline.model_dump(mode="json"),
    }


def _rhythm(schedules: tuple[Schedule, ...]) -> str:
    return ", ".join(s.cron or (f"every {s.interval}" if s.interval else str(s.rrule)) for s in schedules) or "none"


def _zones(schedules: tuple[Schedule, ...]) -> str:
    return ", ".join(dict.fromkeys(schedule.timezone for schedule in schedules))
