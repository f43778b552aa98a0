"""What each setting, and the cell, makes of the differences between scores."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from recurcast.tracking.studies.importances import importances_of

CELLS, UNITS, LAYERS = CategoricalDistribution(("gru", "linear")), IntDistribution(1, 40), IntDistribution(1, 2)


def drawn(number, cell, state=TrialState.COMPLETE, *, stands=False):
    """A trial whose score is the cell's, and a little of its units'; one that stands has drawn no cell."""
    units = 1 + (number * 17) % 40
    params = {"network.units": units} | ({} if stands else {"cell": cell})
    known = {"network.units": UNITS} | ({} if stands else {"cell": CELLS})
    if cell == "gru":  # which alone has layers
        params, known = params | {"network.layers": 1 + number % 2}, known | {"network.layers": LAYERS}
    value = (1.0 if cell == "gru" else 0.5) + units / 1000 if state == TrialState.COMPLETE else None
    return create_trial(state=state, value=value, params=params, distributions=known, user_attrs={"cell": cell})


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def test_the_cell_counts_though_what_stood_did_not_draw_it():
    first = [drawn(0, "gru", stands=True), drawn(1, "linear", stands=True)]
    others = [drawn(number, "gru" if number % 3 else "linear") for number in range(2, 30)]

    told = importances_of([*first, *others, drawn(30, "gru", TrialState.PRUNED)])

    assert list(told) == ["cell", "network.units"]  # layers are not read by all
    assert told["cell"] > 0.9
    assert sum(told.values()) == pytest.approx(1)


@pytest.mark.parametrize("number", [0, 1, 4])
def test_of_too_few_trials_nothing_is_told(number):
    assert importances_of([drawn(each, "gru") for each in range(number)]) == {}


def test_where_all_score_alike_nothing_makes_a_difference():
    assert importances_of([drawn(40 * each, "gru") for each in range(8)]) == {}
