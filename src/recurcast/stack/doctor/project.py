"""The configuration: whether `prefect.yaml` can be read, and each pipeline in it used."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from recurcast.config.project import BrokenDeployment, read_deployments
from recurcast.config.project_file import FILE_NAME, read_project_file
from recurcast.errors import RecurcastError
from recurcast.scheduling.deployments.deploy import check_project
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning

_NAME, _FOLDER = "configuration", "folder of runs"
_ON_WORKERS = re.compile(r"^\s*directory:\s*[\"']?\{\{\s*\$(\w+)\s*\}\}", re.MULTILINE)


def project_checks(place: Place) -> Iterator[Check]:
    """Yield how the configuration stands."""
    try:
        found = read_deployments(place.root)
        project = read_project_file(place.root)
    except RecurcastError as error:
        yield failed(_NAME, str(error), "")
        return
    broken = [each for each in found if isinstance(each, BrokenDeployment)]
    for each in broken:
        yield failed(_NAME, each.problem, "")
    usable = len(found) - len(broken)
    if not found:
        yield warning(
            _NAME, f"no pipeline in {project.path}", "Write one, or let recurcast init DIR --csv FILE write it."
        )
    elif not broken:
        try:
            check_project(project, place.root)
        except RecurcastError as error:
            yield failed(_NAME, str(error), "")
            return
        yield ok(_NAME, f"{usable} pipeline{'' if usable == 1 else 's'} in {project.path}")
        yield from _folder_of_runs(project.path.read_text())


def _folder_of_runs(text: str) -> Iterator[Check]:
    """Where a variable of the workers' names the folder that runs happen in: a run of a worker without it can't find its flow."""
    for name in sorted(set(_ON_WORKERS.findall(text)) - {"PWD"}):
        folder = os.environ.get(name)
        if folder is None:
            said = f"runs happen in the folder that ${name} of a worker's names; it is not set here"
            yield ok(_FOLDER, said, f"Right where you deploy. Where a worker runs, set {name} to the project's folder.")
        elif not (Path(folder) / FILE_NAME).is_file():
            said = f"runs happen in the folder that ${name} names; there is no {FILE_NAME} in '{folder}'"
            yield failed(_FOLDER, said, f"Set {name} to the project's folder on this machine.")
        else:
            yield ok(_FOLDER, f"runs happen in {folder}, as ${name} says")
