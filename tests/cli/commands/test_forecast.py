"""`recurcast forecast --bundle` as a person would call it; the registry's way is tested in tests/test_forecast_runs.py."""

import numpy as np
import pandas as pd
import pytest

from recurcast.forecasting.portable.bundle import folder_of, write
from support.frames import naive_bundle
from support.projects import AS_OF, demand, one_json_object, recurcast


def forecast(*arguments):
    return recurcast("forecast", "demand", "--bundle", "--as-of", AS_OF, *arguments)


@pytest.fixture
def served(project):
    """A project with 72 hours of data, up to AS_OF, and a bundle that repeats the last value, 9, twice."""
    project.write(demand())
    write(naive_bundle(pipeline="demand", widths=np.array([[1.0, 2.0], [1.5, 4.0]])), folder_of(project.root, "demand"))
    return project


def test_the_forecast_is_printed_with_its_intervals_and_where_it_stands(served):
    ended = forecast()

    assert ended.exit_code == 0, ended.stderr
    assert "demand as of 2024-01-04T00:00:00Z: naive, models:/demand/7" in ended.stdout
    lines = [line.split() for line in ended.stdout.splitlines() if line.startswith("demand  ")]
    assert lines == [
        ["demand", "2024-01-04T00:00:00Z", "9", "8", "..", "10", "7.5", "..", "10.5"],
        ["demand", "2024-01-04T01:00:00Z", "9", "7", "..", "11", "5", "..", "13"],
    ]
    assert "written to" in ended.stdout
    assert len(pd.read_parquet(served.root / "data/demand/forecasts/2024-01-04T000000Z.parquet")) == 2


def test_flagged_points_are_printed_and_written_beside_the_forecast_and_both_are_drawn(served):
    ended = forecast("--flag", "--last", "5", "--output", "out/f.csv", "--plot", "out/f.png")

    assert ended.exit_code == 0, ended.stderr
    assert "5 of 5 known steps lie outside their 95% interval" in ended.stdout
    assert "2024-01-03T23:00:00Z   9     11  1.3333" in ended.stdout
    out = served.root / "out"
    assert {each.name for each in out.iterdir()} == {"f.csv", "f.flags.csv", "f.png", "f.flags.png"}
    assert pd.read_csv(out / "f.flags.csv")["score"].tolist() == pytest.approx([2 / 1.5] * 5)
    assert (out / "f.png").read_bytes().startswith(b"\x89PNG")


def test_with_json_all_of_it_is_one_object(served):
    said = one_json_object(forecast("--flag", "--last", "2", "--horizon", "1", "--json").stdout)

    (step,) = said["forecast"]
    assert (step["ds"], step["y_hat"], step["y_hat_lo_80"], step["model_version"]) == (AS_OF, 9.0, 8.0, 7)
    assert said["flags"]["judged"] == len(said["flags"]["flagged"]) == 2
    assert (said["forecaster"], said["outcome"], said["run_id"]) == ("naive", "forecast", None)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("--horizon", "3"), 2, "forecasts 2 steps; received horizon 3"),
        (("--output", "f.xlsx"), 2, "a file ends in .parquet or .csv; received 'f.xlsx'"),
        (("--plot", "f.svg"), 2, "a file ends in .png; received 'f.svg'"),
        (("--last", "3"), 2, "--last says how many steps --flag judges; received 3 without --flag"),
        (("--flag", "--last", "99"), 2, "60 steps before as_of; 102 are needed"),
        (("--as-of", "2024-01-01T02:00:00Z"), 3, "too little history: it begins at 2024-01-01T00:00:00+00:00"),
        (("--as-of", "2024-01-05T00:00:00Z"), 3, "needs rows since 2024-01-04T21:00:00+00:00: there are none"),
        (("--as-of", "2222-01-01T00:00:00Z"), 2, "as_of is an instant that has passed"),
    ],
)
def test_what_cannot_be_forecast_is_said_and_nothing_is_written(served, arguments, exit_code, message):
    ended = forecast(*arguments)

    assert ended.exit_code == exit_code
    assert message in ended.stderr
    assert not (served.root / "data/demand/forecasts").exists()


def test_a_gap_in_the_newest_window_is_rejected_with_its_step(served):
    served.write(demand().drop(index=70))

    ended = forecast()

    assert ended.exit_code == 3
    assert "series 'demand': no value at 2024-01-03T22:00:00+00:00" in ended.stderr


def test_without_a_bundle_or_a_pipeline_the_user_is_told_what_to_do(project):
    project.write(demand())

    missing = forecast()
    unknown = recurcast("forecast", "demnd", "--bundle")

    assert (missing.exit_code, unknown.exit_code) == (1, 2)
    assert "a bundle is a folder with bundle.json" in missing.stderr
    assert "Without --bundle the registry's champion forecasts." in missing.stderr
    assert "there is no pipeline 'demnd'" in unknown.stderr
    assert "Did you mean 'demand'?" in unknown.stderr


def test_of_a_file_that_no_longer_grows_the_bundle_forecasts_the_step_after_its_last_row(project):
    project.configure(source={"kind": "file", "path": "demand.csv", "static": True, "delay": "1h"})
    project.write(demand(70))
    write(naive_bundle(pipeline="demand"), folder_of(project.root, "demand"))

    said = one_json_object(recurcast("forecast", "demand", "--bundle", "--json").stdout)

    assert said["as_of"] == said["forecast"][0]["ds"] == "2024-01-03T22:00:00Z"


def test_a_forecast_through_the_registry_where_nothing_is_registered_asks_for_a_run(project):
    project.write(demand())

    ended = recurcast("forecast", "demand", "--as-of", AS_OF)

    assert ended.exit_code == 2
    assert "Run it first: recurcast run demand" in ended.message


def test_a_bundle_that_was_trained_at_the_tick_after_a_file_that_no_longer_grows_forecasts(project):
    project.write(demand())
    project.configure(source={"kind": "file", "path": "demand.csv", "static": True, "delay": "1h"})
    write(naive_bundle(pipeline="demand", as_of="2024-01-04T00:30:00Z"), folder_of(project.root, "demand"))

    ended = recurcast("forecast", "demand", "--bundle", "--json")

    assert ended.exit_code == 0, ended.stdout
    assert one_json_object(ended.stdout)["as_of"] == "2024-01-04T00:30:00Z"
