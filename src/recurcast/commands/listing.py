"""`recurcast pipelines`."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recurcast.errors import ConfigurationError
from recurcast.scheduling.project import BrokenDeployment, TrainingDeployment, find_root, read_deployments
from recurcast.scheduling.schedules import Schedule


def list_pipelines(*, as_json: bool) -> None:
    """Print all pipelines; fail at the end where one of them can't be used."""
    deployments = read_deployments(find_root(Path.cwd()))
    broken = [each for each in deployments if isinstance(each, BrokenDeployment)]
    if as_json:
        print(json.dumps({"pipelines": [_row(each) for each in deployments]}))  # noqa: T201
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("pipeline", "schedule", "time zone", "what it forecasts"):
            table.add_column(column)
        for each in deployments:
            if isinstance(each, TrainingDeployment):
                table.add_row(each.name, _rhythm(each.schedules), _zones(each.schedules), each.pipeline.description)
            else:
                table.add_row(each.name, "[red]can't be used[/]", "", "")
        Console().print(table)
    if broken:
        raise ConfigurationError(broken[0].problem)


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
