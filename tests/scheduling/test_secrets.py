"""A source's address out of a Prefect block: in a flow run, where the environment has none."""

import os

import pytest
from prefect import flow
from prefect.blocks.system import Secret

from recurcast.config import PipelineConfig
from recurcast.scheduling.secrets import take_secrets
from support.databases import QUERY, pipeline


def chosen(variable: str) -> PipelineConfig:
    return pipeline({"kind": "sql", "url": f"${{{variable}}}", "query": QUERY})


@pytest.mark.usefixtures("server")
def test_a_flow_run_takes_an_address_that_its_environment_lacks_from_the_block_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ENERGY_DB", "OTHER_DB"):
        monkeypatch.setenv(name, "")
    Secret(value="sqlite:///loads.db").save("energy-db", overwrite=True)

    @flow
    def reading() -> None:
        take_secrets(chosen("ENERGY_DB"))
        take_secrets(chosen("OTHER_DB"))

    take_secrets(chosen("ENERGY_DB"))
    assert os.environ["ENERGY_DB"] == ""
    reading()
    assert (os.environ["ENERGY_DB"], os.environ["OTHER_DB"]) == ("sqlite:///loads.db", "")
