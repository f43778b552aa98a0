"""Where fits are carried out, as the command, the environment and the project's file say."""

from pathlib import Path

import pytest

from recurcast.config.place import PLACE_FILE, ExecutorConfig, executor_of
from recurcast.errors import ConfigurationError

ADDRESS = "tcp://10.0.0.5:8786"


def test_a_newcomers_fits_are_carried_out_here(tmp_path: Path) -> None:
    assert executor_of(tmp_path, {}) == ExecutorConfig(kind="here")


def test_a_command_counts_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    (tmp_path / PLACE_FILE).write_text(f"executor: {{kind: dask, address: '{ADDRESS}', workers: 3}}\n")
    said = {"RECURCAST_EXECUTOR": "processes", "RECURCAST_EXECUTOR_WORKERS": "2"}

    assert executor_of(tmp_path, {}) == ExecutorConfig(kind="dask", address=ADDRESS, workers=3)
    assert executor_of(tmp_path, said) == ExecutorConfig(kind="processes", address=ADDRESS, workers=2)
    assert executor_of(tmp_path, said, "here").kind == "here"
    assert executor_of(tmp_path, said, "tls://other:1") == ExecutorConfig(
        kind="dask", address="tls://other:1", workers=2
    )
    assert executor_of(tmp_path, {"RECURCAST_EXECUTOR": ADDRESS}).address == ADDRESS


@pytest.mark.parametrize(
    ("written", "environment", "asked", "said"),
    [
        ("", {}, "proceses", "Did you mean 'processes'?"),
        ("", {}, "dask", "has an address; received none"),
        ("", {"RECURCAST_EXECUTOR_WORKERS": "0"}, None, "workers"),
        ("", {}, "http://host:1", "an address is that of Dask's scheduler"),
        ("executor: {kind: dask, adress: tcp://a:1}", {}, None, "Did you mean 'address'?"),
        ("exekutor: {}", {}, None, "Did you mean 'executor'?"),
        ("executor: [", {}, None, "place.yaml, line"),
        ("- a list", {}, None, "should be a mapping"),
    ],
)
def test_what_is_no_executor_is_one_error_that_says_what_would_be_one(
    tmp_path: Path, written: str, environment: dict[str, str], asked: str | None, said: str
) -> None:
    (tmp_path / PLACE_FILE).write_text(written)
    with pytest.raises(ConfigurationError) as refused:
        executor_of(tmp_path, environment, asked)
    assert said in str(refused.value)
