"""What each setting makes of the differences between scores, the cell among them."""

from collections.abc import Sequence

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

_CELL = "cell"
_FEWEST = 5
"""Trials; of one, or where all score alike, Optuna gives every setting the same share."""


def importances_of(trials: Sequence[FrozenTrial]) -> dict[str, float]:
    """Return the share of each setting that all cells read, and of the cell (fANOVA); nothing of too few trials.

    The configuration as it stood was not drawn: its trials have a cell, and Optuna knows of none.
    """
    finished = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if len(finished) < _FEWEST or len({trial.value for trial in finished}) < 2:
        return {}
    cells = CategoricalDistribution(sorted({str(trial.user_attrs[_CELL]) for trial in finished}))
    whole = optuna.create_study()
    whole.add_trials([_with_cell(trial, cells) for trial in finished])
    try:
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        return dict(optuna.importance.get_param_importances(whole, evaluator=evaluator))
    except (ValueError, RuntimeError):
        return {}


def _with_cell(trial: FrozenTrial, cells: CategoricalDistribution) -> FrozenTrial:
    return optuna.trial.create_trial(
        value=trial.value,
        params=trial.params | {_CELL: trial.user_attrs[_CELL]},
        distributions=trial.distributions | {_CELL: cells},
    )
