"""How settings are drawn: by Optuna's samplers, each trial's draws from a seed of its own.

A sampler of Optuna's draws on from trial to trial, so that a search which was killed and begun again would repeat its first
draws, and so would every worker of the same seed. Here each trial gets a sampler of its own: what is drawn for trial 7 is a
function of the search's seed, of the number 7, and of the trials that are known by then.
"""

import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from recurcast.config.search import Axis, Pruner, Range, Sampler
from recurcast.config.search_fields import is_whole

optuna.logging.set_verbosity(optuna.logging.ERROR)

Number = int | float

_SAMPLERS: Mapping[Sampler, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "qmc": lambda seed: _qmc(seed),
}
_PRUNERS: Mapping[Pruner, Callable[[int], BasePruner]] = {
    "hyperband": lambda origins: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=origins),
    "median": lambda origins: optuna.pruners.MedianPruner(),
    "percentile": lambda origins: optuna.pruners.PercentilePruner(25.0),
    "successive_halving": lambda origins: optuna.pruners.SuccessiveHalvingPruner(),
    "none": lambda origins: optuna.pruners.NopPruner(),
}


def _qmc(seed: int) -> BaseSampler:
    with warnings.catch_warnings():  # Optuna says of it since version 3 that its interface may change
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.QMCSampler(seed=seed, scramble=True)


def pruner_of(name: Pruner, origins: int) -> BasePruner:
    """Return the pruner of a search with so many origins."""
    return _PRUNERS[name](origins)


def derived(seed: int, *what: object) -> int:
    """Return a seed of 31 bits for one use of a search's seed."""
    text = "|".join(map(str, (seed, *what)))
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") >> 1


class BySampler(BaseSampler):  # type: ignore[misc]  # mypy does not look into Optuna
    """A sampler whose draws for a trial depend on its number and on the trials before it alone."""

    def __init__(self, name: Sampler, seed: int) -> None:
        self._name: Sampler = name
        self._seed = seed

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return what is drawn together."""
        return self._of(trial.number).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return what was drawn together."""
        return self._of(trial.number).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return what was drawn of one setting."""
        sampler = _SAMPLERS[self._name](derived(self._seed, trial.number, param_name))
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _of(self, number: int) -> BaseSampler:
        # A sequence of low discrepancy is one for the whole search.
        return _SAMPLERS[self._name](self._seed if self._name == "qmc" else derived(self._seed, number))


def distribution_of(field: str, axis: Axis) -> BaseDistribution:
    """Return a setting's range or choice as Optuna takes it; both ends are values of it."""
    if not isinstance(axis, Range):
        return CategoricalDistribution(axis)
    if is_whole(field) and axis.unit is None:
        low, high, step = int(axis.low), int(axis.high), int(axis.step or 1)
        return IntDistribution(low, high - (high - low) % step, log=axis.log, step=step)
    last = axis.high
    if axis.step is not None:  # in decimals, as a person writes them: three steps of 0.1 are 0.3
        begin, apart = Decimal(str(axis.low)), Decimal(str(axis.step))
        last = float(begin + (Decimal(str(axis.high)) - begin) // apart * apart)
    return FloatDistribution(axis.low, last, log=axis.log, step=axis.step)


def nearest_in(distribution: BaseDistribution, value: Any) -> Any:
    """Return the value of a distribution that lies next to one; none where a choice has no such value."""
    if isinstance(distribution, CategoricalDistribution):
        return value if value in distribution.choices else None
    assert isinstance(distribution, IntDistribution | FloatDistribution), "all that `distribution_of` makes"
    if not isinstance(value, Number) or isinstance(value, bool):
        return None
    low, step = float(distribution.low), distribution.step
    within = min(max(float(value), low), float(distribution.high))
    if step is not None:
        within = low + round((within - low) / step) * step
    return int(within) if isinstance(distribution, IntDistribution) else float(within)


def holds(distribution: BaseDistribution, value: Any) -> bool:
    """Return whether a value can be drawn."""
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    near = nearest_in(distribution, value)
    return near is not None and abs(near - value) <= 1e-9 * max(1.0, abs(value))
