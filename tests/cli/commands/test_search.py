"""`recurcast search NAME`: lines while it works, the best and what to do next; one JSON object where that is asked for."""

import pytest

from recurcast.runs.search import from_json
from support.projects import DEMAND, Project, demand, recurcast

SEARCH = {"trials": 2, "origins": 1, "fresh_origins": 1, "space": {"network.units": [2, 3]}}
ASKED = ("--cells", "gru", "--as-of", "2024-01-04", "--seed", "5")


def test_a_search_says_what_it_tries_what_is_told_of_the_best_and_what_to_do_next(project: Project) -> None:
    project.configure(**DEMAND | {"search": SEARCH})
    project.write(demand())
    ended = recurcast("search", "demand", *ASKED)
    again = recurcast("search", *ASKED, "--json")
    record = from_json(again.stdout)

    assert ended.exit_code == 0, ended.stderr
    lines = ended.stderr.splitlines()
    assert lines[0].startswith(f"demand as of 2024-01-04T00:00:00Z, search {record.id[:8]}")
    assert "trials are judged by mase over the 10 steps before" in lines[1]
    assert sum(f"{number}/2  trial {number - 1} gru  " in ended.stderr for number in (1, 2)) == 2
    assert "as it stands: gru units 2" in " ".join(ended.stdout.split())
    assert "2 trials: 2 finished" in ended.stdout
    assert (record.seed, len(record.trials), record.baseline) == (5, 2, "seasonal_naive")
    assert again.stderr == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--cells", "gro"), "received 'gro'. Did you mean 'gru'?"),
        (("--budget", "1x"), "search.budget: a duration is a number with its unit"),
        (("--as-of", "2200-01-01"), "as_of is an instant that has passed"),
    ],
)
def test_what_is_asked_wrongly_ends_before_anything_is_written(
    project: Project, asked: tuple[str, ...], said: str
) -> None:
    project.write(demand())
    ended = recurcast("search", "demand", *asked)

    assert ended.exit_code == 2
    assert said in ended.message
    assert not (project.root / "mlflow.db").exists()


def test_a_series_that_is_too_short_is_refused_as_rejected_data(project: Project) -> None:
    project.write(demand(26))
    ended = recurcast("search", "demand", "--as-of", "2024-01-02T02:00")

    assert ended.exit_code == 3
    assert "a search of 3 origins and 2 fresh ones needs 30 steps at least" in ended.message
