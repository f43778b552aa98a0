"""A pipeline that names its cells: these are trained, judged and recorded, no others."""

import math

import recurcast
from recurcast.reporting.notes.run import beside_linear, cell_note
from recurcast.tracking.store import connect
from support.projects import AS_OF, DEMAND, demand, one_json_object
from support.projects import recurcast as command
from support.tiny import tiny_pipeline


def test_the_named_cells_alone_are_trained_and_what_the_linear_one_is_beside_the_challenger_is_told(project):
    project.configure(network=DEMAND["network"] | {"cells": ["linear", "gru"]}, forecast={"levels": []})
    project.write(demand())

    result = recurcast.run("demand", as_of=AS_OF)

    baselines = {"seasonal_naive", "naive", "moving_average"}
    assert {row.competitor for row in result.leaderboard} - baselines == {"gru", "linear"}
    client = connect(project.root).client
    children = client.search_runs([result.experiment_id], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    assert {run.data.tags["cell"] for run in children} == {"gru", "linear"}
    (remark,) = [each for each in result.remarks if "linear" in each]
    assert remark in client.get_run(result.run_id).data.tags["mlflow.note.content"].replace("\\", "")

    ended = command("run", "demand", "--as-of", AS_OF, "--set", "network.cells=[linear]", "--json")
    assert {row["competitor"] for row in one_json_object(ended.stdout)["leaderboard"]} - baselines == {
        *("linear", "champion")
    }
    forecast = command("forecast", "demand", "--as-of", AS_OF, "--bundle", "--json")
    assert forecast.exit_code == 0, forecast.stderr


def test_the_linear_cell_is_what_every_other_is_held_against():
    scores = {"gru": 0.9, "lstm": 0.95, "linear": 1.0}
    assert beside_linear(scores, "gru", "mase") == (
        "on validation windows the MASE of gru lies 10.0% below that of linear, which costs least"
    )
    assert beside_linear(scores | {"linear": 0.5}, "linear", "mase") == (
        "no cell beats linear on validation windows: MASE 0.5, of gru 0.9"
    )
    assert beside_linear({"gru": 0.9, "lstm": 1.0}, "gru", "mase") == ""
    assert beside_linear({"linear": 0.9}, "linear", "mase") == ""
    assert beside_linear({"gru": 0.9, "linear": math.nan}, "gru", "mase") == ""


def test_a_cell_without_others_names_none_to_compare_it_with():
    alone = tiny_pipeline(network={"cells": ["linear"]})
    assert cell_note(alone, "linear") == "The linear of this interval of tiny."
    assert "beside those of linear and rnn" not in cell_note(tiny_pipeline(), "gru")
