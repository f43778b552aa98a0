"""What bad input gets: one clear message, the right exit code, nothing half-written, the champion as it was."""

import contextlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.projects import AS_OF, Ended, Project, demand, one_json_object, only_new_runs, recurcast

WRONG_USE, REJECTED, FAILED = 2, 3, 1


@pytest.fixture(scope="module")
def with_champion(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pipeline has a champion of AS_OF."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.configure()
    project.write(demand())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.root)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        ended = recurcast("run", "demand", "--as-of", AS_OF)
    assert ended.exit_code == 0, ended.stderr
    assert project.standing().champions == {"demand/1"}
    return project


@pytest.fixture
def project(with_champion: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project with the champion, its files whole again."""
    with_champion.configure()
    with_champion.write(demand())
    monkeypatch.chdir(with_champion.root)
    return with_champion


def fails(project: Project, *arguments: str, code: int, says: tuple[str, ...]) -> dict[str, str]:
    """Assert that a call ends as bad input must; return the runs that it opened, all FAILED."""
    with only_new_runs(project) as opened:
        ended = recurcast(*arguments)
    assert ended.exit_code == code, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    progress, _, message = ended.stderr.partition("recurcast: ")
    assert "recurcast: " not in message
    assert all(line.startswith(("demand as of ", "  ")) for line in progress.splitlines())
    for part in says:
        assert part in message
    assert set(opened.values()) <= {"FAILED"}
    return opened


def wrong_use(project: Project, *arguments: str, says: tuple[str, ...]) -> None:
    """Assert that a call is refused before a run is opened."""
    assert fails(project, *arguments, code=WRONG_USE, says=says) == {}


def unreadable(project: Project, *says: str, as_of: str = AS_OF) -> None:
    """Assert that the source is rejected, and that the run says why."""
    (run_id,) = fails(project, "run", "demand", "--as-of", as_of, code=REJECTED, says=says)
    tags = project.client.get_run(run_id).data.tags
    assert all(part in tags["failure"] for part in says)
    assert "decision" not in tags


def invalid(project: Project, *says: str, rule: str, as_of: str = AS_OF) -> None:
    """Assert that the data break `rule`, and that the run holds the report and the rows."""
    (run_id,) = fails(project, "run", "demand", "--as-of", as_of, code=REJECTED, says=says)
    report = json.loads(project.artifact(run_id, "validation/report.json"))
    assert report["success"] is False
    assert rule in [finding["rule"] for finding in report["findings"] if not finding["success"]]
    assert "data rejected" in project.artifact(run_id, "validation/report.html")
    assert project.artifact(run_id, "validation/rejected_rows.csv").startswith("unique_id,ds,y")
    assert "decision" not in project.client.get_run(run_id).data.tags


def changed(**cells: Any) -> pd.DataFrame:
    """Return good rows with the cells of row 70 changed, which lies in the test part."""
    rows = demand().astype({"y": "object"})
    for column, value in cells.items():
        rows.loc[69, column] = value
    return rows


# Wrong use and configuration


def test_an_unknown_pipeline_is_refused_with_the_nearest_name(project: Project) -> None:
    wrong_use(project, "run", "demnad", says=("no pipeline 'demnad'", "Did you mean 'demand'?"))


def test_an_unknown_field_is_refused_with_the_nearest_name(project: Project) -> None:
    project.configure(windows={"lookbak": 4})
    wrong_use(project, "run", "demand", says=("windows.lookbak", "Did you mean 'lookback'?"))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("parts", {"history": "many", "validation": 10, "test": 10}, ("parts.history", "integer", "'many'")),
        ("windows", [4], ("windows", "mapping", "[4]")),
        ("network", {"units": 2.5}, ("network.units", "integer", "2.5")),
        ("training", {"learning_rate": float("nan")}, ("training.learning_rate", "finite number", "nan")),
        ("training", {"warm_start": "challenger"}, ("training.warm_start", "'champion'", "'challenger'")),
        ("source", {"kind": "fiel"}, ("source.kind", "'file', 'folder', 'sql', 'python', 'generated'", "'fiel'")),
        (
            "source",
            {"path": "demand.csv"},
            ("source.kind", "'file', 'folder', 'sql', 'python', 'generated'", "received none"),
        ),
        ("frequency", "fortnight", ("frequency", "'30min', 'h', 'D', 'B'", "'fortnight'")),
        ("description", None, ("description", "string", "None")),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_with_what_was_received(
    project: Project, field: str, value: object, says: tuple[str, ...]
) -> None:
    project.configure(**{field: value})
    wrong_use(project, "run", "demand", says=says)


def test_a_lookback_longer_than_the_history_is_refused(project: Project) -> None:
    project.configure(windows={"lookback": 48})
    says = ("lookback 48 + horizon 1 need 49 steps", "parts.history has 40", "Shorten lookback or lengthen history")
    wrong_use(project, "run", "demand", says=says)


def test_a_pipeline_named_like_a_command_is_refused(project: Project) -> None:
    project.configure(deployment="backfill", name="backfill")
    wrong_use(project, "run", "backfill", says=("can't be named like a command", "'backfill'", "Choose another name"))


def test_a_pipeline_named_other_than_its_deployment_is_refused(project: Project) -> None:
    project.configure(name="supply")
    wrong_use(project, "run", "demand", says=("the name of its deployment", "'supply'", "Rename one of them"))


def test_broken_yaml_is_refused_with_its_line(project: Project) -> None:
    (project.root / "prefect.yaml").write_text("deployments:\n  - name: [demand\n")
    wrong_use(project, "run", "demand", says=("prefect.yaml, line 3", "not valid YAML", "Correct the file"))


def test_a_setting_of_an_unknown_path_is_refused_with_the_nearest_name(project: Project) -> None:
    says = ("training.epoch", "unknown field 'epoch'", "Did you mean 'epochs'?")
    wrong_use(project, "run", "demand", "--set", "training.epoch=5", says=says)


def test_a_setting_without_a_value_is_refused(project: Project) -> None:
    wrong_use(project, "run", "demand", "--set", "epochs", says=("path.to.field=value", "'epochs'"))


def test_an_as_of_that_is_no_instant_is_refused(project: Project) -> None:
    says = ("ISO 8601, such as '2024-03-01' or '2024-03-01T06:00'", "'yesterday'")
    wrong_use(project, "run", "demand", "--as-of", "yesterday", says=says)


def test_an_unknown_option_is_refused(project: Project) -> None:
    wrong_use(project, "run", "demand", "--as-off", AS_OF, says=("--as-off", "--as-of", "recurcast --help"))


def test_a_command_without_a_pipeline_is_refused(project: Project) -> None:
    wrong_use(project, "promote", says=("NAME", "recurcast --help"))


def test_outside_a_project_a_command_says_what_it_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = recurcast("run", "demand")

    assert ended.exit_code == WRONG_USE
    assert ended.stderr.startswith("recurcast: pipelines stand in a prefect.yaml; there is none in")
    assert str(tmp_path) in ended.stderr
    assert "Change into your project's folder" in ended.stderr
    assert list(tmp_path.iterdir()) == []


# Files


def test_a_file_that_is_not_there_is_rejected(project: Project) -> None:
    (project.root / "demand.csv").unlink()
    unreadable(project, "a source is a file that exists", "'demand.csv' was not found", "Check `source.path`")


def test_a_folder_instead_of_a_file_is_rejected(project: Project) -> None:
    (project.root / "demands").mkdir(exist_ok=True)
    project.configure(source={"kind": "file", "path": "demands"})
    unreadable(project, "a source is one file", "'demands' is a folder", "Name a .csv or .parquet file")


def test_an_empty_file_is_rejected(project: Project) -> None:
    (project.root / "demand.csv").write_bytes(b"")
    unreadable(project, "a header and rows", "'demand.csv' is empty", "Check what writes it")


def test_a_file_with_a_header_and_no_rows_is_rejected(project: Project) -> None:
    project.write(demand(0))
    unreadable(project, "a file has at least one row", "a header and no rows", "Check the file")


def test_a_file_with_a_missing_column_is_rejected_with_the_nearest_name(project: Project) -> None:
    project.write(demand().rename(columns={"y": "Y"}))
    unreadable(project, "the file has the column 'y'", "none of that name", "Valid: ds, Y")


def test_unreadable_parquet_is_rejected(project: Project) -> None:
    (project.root / "demand.parquet").write_bytes(b"PAR1 this is no Parquet")
    project.configure(source={"kind": "file", "path": "demand.parquet"})
    unreadable(project, "the file is readable Parquet", "'demand.parquet'", "Write the file again")


def test_a_compressed_file_that_was_cut_off_is_rejected(project: Project) -> None:
    demand().to_csv(project.root / "demand.csv.gz", index=False)
    whole = (project.root / "demand.csv.gz").read_bytes()
    (project.root / "demand.csv.gz").write_bytes(whole[: len(whole) // 2])
    project.configure(source={"kind": "file", "path": "demand.csv.gz"})
    unreadable(project, "the file is readable CSV", "'demand.csv.gz'", "Write the file again")


def test_a_file_of_another_kind_is_rejected(project: Project) -> None:
    (project.root / "demand.xls").write_bytes(b"PK")
    project.configure(source={"kind": "file", "path": "demand.xls"})
    unreadable(project, "a file is .csv, .tsv, .txt", "'.xls'", "Save it as .xlsx")


def test_a_file_in_another_encoding_is_rejected(project: Project) -> None:
    (project.root / "demand.csv").write_bytes("ds,y\n2024-01-01T00:00:00Z,10 °C\n".encode("latin-1"))
    unreadable(project, "the file is readable CSV", "'demand.csv'", "Write the file again")


def test_a_static_file_that_is_not_there_is_rejected_before_a_run_is_opened(project: Project) -> None:
    project.configure(source={"kind": "file", "path": "absent.csv", "static": True})
    says = ("a source is a file that exists", "'absent.csv' was not found", "Check `source.path`")
    assert fails(project, "run", "demand", code=REJECTED, says=says) == {}


# Timestamps


def test_dates_that_can_not_be_parsed_are_rejected_with_the_first_of_them(project: Project) -> None:
    project.write(changed(ds="the day after"))
    unreadable(project, "column 'ds'", "row 70 (series 'demand') holds 'the day after'", "Correct it")


def test_a_file_whose_first_date_can_not_be_parsed_is_rejected_in_one_line(project: Project) -> None:
    rows = demand()
    rows.loc[0, "ds"] = "Monday-ish"
    project.write(rows)
    unreadable(project, "column 'ds'", "row 1 (series 'demand') holds 'Monday-ish'", "Correct it")


def test_a_date_beyond_what_can_be_counted_is_rejected(project: Project) -> None:
    project.write(changed(ds="9999-12-31T00:00:00Z"))
    unreadable(project, "column 'ds'", "row 70", "9999-12-31", "Correct it")


def test_timestamps_with_and_without_zone_are_rejected(project: Project) -> None:
    project.write(changed(ds="2024-01-03T21:00:00"))
    unreadable(project, "either all timestamps state a time zone or none does", "row 70", "ISO 8601 in one time zone")


def test_timestamps_of_several_zones_are_rejected(project: Project) -> None:
    project.write(changed(ds="2024-01-03T22:00:00+01:00"))
    unreadable(project, "timestamps of several offsets are those of source.timezone", "row 70", "one time zone")


def test_a_row_without_timestamp_is_rejected(project: Project) -> None:
    project.write(changed(ds=None))
    unreadable(project, "every row has a timestamp", "row 70", "Correct it")


def test_a_run_before_the_first_row_is_rejected(project: Project) -> None:
    says = ("a run at 2023-12-31T00:00:00Z needs rows known by then", "2024-01-01T00:00:00Z", "take a later as_of")
    unreadable(project, *says, as_of="2023-12-31T00:00:00Z")


# Values, judged by the pipeline's rules


def test_text_among_the_numbers_is_rejected(project: Project) -> None:
    project.write(changed(y="1,024.5"))
    unreadable(
        project, "the column 'y' holds numbers", "row 70 holds '1,024.5'", 'source.numbers: {"y": {"thousands": ","}}'
    )


def test_a_frequency_that_does_not_match_is_rejected(project: Project) -> None:
    project.configure(frequency="2h")
    says = ("every ds lies on the grid of frequency '2h' (UTC)", "of 72 rows", "series 'demand'", "Correct frequency")
    invalid(project, *says, rule="on_grid")


def test_a_frequency_finer_than_the_data_is_rejected(project: Project) -> None:
    project.configure(frequency="30min")
    says = ("0.0% of the steps of a series", "'demand' misses", "2024-01-0", "check frequency")
    invalid(project, *says, rule="missing_steps")


def test_a_frequency_that_can_not_be_inferred_is_rejected(project: Project) -> None:
    project.configure(frequency=None)
    project.write(demand(1))
    unreadable(project, "the frequency is inferred where", "demand: none", "Set `frequency`")


def test_a_value_that_is_nan_is_rejected(project: Project) -> None:
    project.write(changed(y="NaN"))
    says = ("at most 0.0% of the values of y are empty or NaN", "1 of 60", "2024-01-03T21:00:00", "Repair the source")
    invalid(project, *says, rule="present_y")


def test_nothing_but_nan_is_rejected(project: Project) -> None:
    project.write(demand().assign(y=float("nan")))
    invalid(project, "values of y are empty or NaN", "60 of 60", "Repair the source", rule="present_y")


def test_an_infinite_value_is_rejected(project: Project) -> None:
    project.write(changed(y="inf"))
    says = ("y is finite", "such as inf", "2024-01-03T21:00:00", "Correct those values")
    invalid(project, *says, rule="bounds")


def test_a_constant_series_is_rejected(project: Project) -> None:
    project.write(demand().assign(y=7.0))
    invalid(project, "'demand' is constant", "checks.max_bad_series", rule="usable_series")


def test_one_row_is_rejected(project: Project) -> None:
    project.write(demand().tail(1))
    says = ("lookback 4 + horizon 1 need 5 steps", "'demand' is too short (0 train steps)", "lengthen the data")
    invalid(project, *says, rule="usable_series")


def test_duplicate_timestamps_are_rejected(project: Project) -> None:
    project.write(pd.concat([demand(), demand().tail(1)]))
    says = ("each series has each timestamp once", "2 of 61", "2024-01-03T23:00:00", "Remove the duplicates")
    invalid(project, *says, rule="unique")


def test_a_source_that_went_stale_is_rejected(project: Project) -> None:
    project.configure(checks={"max_age": "2h", "max_missing": 0.9})
    says = ("the newest row is at most 2h older than 2024-01-04T12:00:00Z", "Check what fills the source")
    invalid(project, *says, rule="fresh", as_of="2024-01-04T12:00:00Z")


def test_a_source_without_a_row_in_the_parts_is_rejected(project: Project) -> None:
    says = ("there is at least one row", "Check what fills the source")
    invalid(project, *says, rule="some_rows", as_of="2025-01-04T00:00:00Z")


# The store


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the lock that a program holds while it writes."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def write_protected(path: Path) -> Iterator[None]:
    """Take the right to write to a file away, from root too."""
    if os.geteuid() != 0:
        mode = path.stat().st_mode
        path.chmod(mode & ~0o222)
        yield
        path.chmod(mode)
        return
    protected = subprocess.run(["chattr", "+i", path], capture_output=True, text=True, check=False)
    if protected.returncode != 0:
        pytest.skip(f"only chattr keeps root from writing, and here it says: {protected.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def out_of_use(ended: Ended, *says: str) -> None:
    """Assert that a run could not be opened, and that the one message says why."""
    assert (ended.exit_code, ended.stdout) == (FAILED, "")
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("recurcast: ") == 1
    assert ended.message.startswith("recurcast: MLflow's store must be usable; received from sqlite:///")
    for part in says:
        assert part in ended.message


def opened_anew(database: Path, **options: str) -> str:
    """Return another address of the same file: MLflow keeps a file that it opened before open, whatever becomes of it."""
    return f"sqlite:///file:{database}?" + "&".join(
        f"{key}={value}" for key, value in (options | {"uri": "true"}).items()
    )


def test_a_locked_database_is_said_to_be_locked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    database = project.root / "mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", opened_anew(database, timeout="0.1"))
    with only_new_runs(project) as opened, locked(database):
        ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert opened == {}
    out_of_use(ended, "database is locked", "Another program holds its database", "try again when it is done")


def test_a_read_only_database_is_said_to_be_read_only(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", opened_anew(project.root / "mlflow.db", mode="ro"))
    with only_new_runs(project) as opened:
        ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert opened == {}
    out_of_use(ended, "Its database can't be written", "check the permissions of the file and its folder")


def test_a_database_that_may_not_be_written_is_said_to_be_read_only(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = project.root / "mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", opened_anew(database, cache="private"))
    with only_new_runs(project) as opened, write_protected(database):
        ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert opened == {}
    out_of_use(ended, "Its database can't be written", "check the permissions of the file and its folder")


def test_what_the_database_itself_said_is_in_the_message(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", opened_anew(project.root / "mlflow.db", mode="ro"))
    out_of_use(recurcast("run", "demand", "--as-of", AS_OF), "attempt to write a readonly database")


def test_a_file_that_is_no_database_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "other.db").write_bytes(b"no database, but long enough to look like one" * 50)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project.root / 'other.db'}")
    with only_new_runs(project) as opened:
        ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert opened == {}
    out_of_use(ended, "other.db", "is not a database", "move it away, or set MLFLOW_TRACKING_URI")


# What a program reads


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "says"),
    [
        (("run", "demnad"), WRONG_USE, "ConfigurationError", "Did you mean 'demand'?"),
        (("run", "demand", "--as-of", "yesterday"), WRONG_USE, "ConfigurationError", "written as ISO 8601"),
        (("run", "demand", "--set", "training.epoch=5"), WRONG_USE, "ConfigurationError", "Did you mean 'epochs'?"),
        (("promote",), WRONG_USE, "MissingParameter", "NAME"),
        (
            ("run", "demand", "--as-of", "2023-01-01T00:00:00Z"),
            REJECTED,
            "TooLittleHistory",
            "needs rows known by then",
        ),
        (("run", "demand", "--as-of", "2025-01-01T00:00:00Z"), REJECTED, "ValidationFailed", "at least one row"),
    ],
)
def test_a_failure_with_json_is_one_object_on_stdout_and_nothing_elsewhere(
    project: Project, arguments: tuple[str, ...], code: int, kind: str, says: str
) -> None:
    with only_new_runs(project) as opened:
        ended = recurcast(*arguments, "--json")

    failure = one_json_object(ended.stdout)
    assert (ended.exit_code, failure["exit_code"], failure["kind"]) == (code, code, kind)
    assert says in failure["error"]
    assert ended.stderr == ""
    assert len(opened) == (code == REJECTED)
    assert set(opened.values()) <= {"FAILED"}
