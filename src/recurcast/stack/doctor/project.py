"""The configuration: whether `prefect.yaml` can be read, and each pipeline in it used."""

from collections.abc import Iterator

from recurcast.config.project import BrokenDeployment, read_deployments
from recurcast.config.project_file import read_project_file
from recurcast.errors import RecurcastError
from recurcast.scheduling.deployments.deploy import check_project
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning

_NAME = "configuration"


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
