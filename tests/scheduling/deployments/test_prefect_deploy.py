"""Flows that Prefect's command line reads once."""

from importlib import import_module
from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema

from recurcast.scheduling.deployments.prefect_deploy import read_flows_once

FLOW = """
from prefect import flow


@flow
def sum_up(first: int, second: {kind} = 0) -> None:
    \"\"\"Sum up.\"\"\"
"""


def test_a_flow_and_its_form_are_read_once_and_again_where_its_file_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, runner, flows = (
        import_module(name) for name in ("prefect.cli.deploy._core", "prefect.deployments.runner", "prefect.flows")
    )
    for module, name in (
        (command, "load_flow_from_entrypoint"),
        (flows, "load_flow_from_entrypoint"),
        (command, "parameter_schema"),
        (runner, "parameter_schema"),
        (flows, "parameter_schema"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # so that all is as before at the end
    read_flows_once()
    entrypoint = f"{tmp_path / 'sums.py'}:sum_up"
    (tmp_path / "sums.py").write_text(FLOW.format(kind="int"))

    first, again = command.load_flow_from_entrypoint(entrypoint), flows.load_flow_from_entrypoint(entrypoint)
    form = command.parameter_schema(first)
    (tmp_path / "sums.py").write_text(FLOW.format(kind="float"))
    other = command.load_flow_from_entrypoint(entrypoint)

    assert first is again
    assert form is runner.parameter_schema(first) is first.parameters
    assert form == parameter_schema(first)
    assert other.parameters.properties["second"]["type"] == "number"
    assert form.properties["second"]["type"] == "integer"
