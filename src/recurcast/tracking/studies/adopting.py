"""Old trials that fit a search: of one of the same as_of and seed whose configuration, space or data were others meanwhile."""

from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from recurcast.config import Cell, PipelineConfig
from recurcast.config.search_space import axes_of, cells_of, drawn_cells, standing
from recurcast.tracking.studies.drawing import as_it_stands
from recurcast.tracking.studies.sampling import distribution_of, holds
from recurcast.tracking.studies.storage import Searches

Fits = Callable[[Mapping[str, Any]], str]
"""What scores depend on besides the seed, as one text, of a trial's settings."""


class OldTrials:
    """The finished trials of other searches whose names begin alike."""

    def __init__(self, searches: Searches, beginning: str, name: str, pipeline: PipelineConfig, fits: Fits) -> None:
        self._pipeline, self._fits = pipeline, fits
        names = [each.study_name for each in searches.storage.get_all_studies()]
        self._found: list[tuple[str, FrozenTrial]] = []
        for other in sorted(each for each in names if each.startswith(beginning) and each != name):
            study = optuna.load_study(study_name=other, storage=searches.storage)
            finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            self._found += [(other, each) for each in finished]

    def __len__(self) -> int:
        return len(self._found)

    def __call__(self, cell: Cell | None) -> list[FrozenTrial]:
        """Return those that fit: of a cell as it stands, or all others; each as this search holds it."""
        fitting = [self._fitting(name, each, cell) for name, each in self._found]
        return [each for each in fitting if each is not None]

    def _fitting(self, study: str, old: FrozenTrial, cell: Cell | None) -> FrozenTrial | None:
        told = old.user_attrs
        if told.get("stands") != cell or told.get("adopted") or told.get("cell") not in cells_of(self._pipeline):
            return None
        if cell is not None and told["settings"] != standing(self._pipeline, cell):
            return None
        distributions = self._distributions(told["cell"])
        params = old.params if cell is None else as_it_stands(self._pipeline, cell)
        known = {name: own for name, own in distributions.items() if name in params}
        if cell is None and (known.keys() != distributions.keys() or params.keys() != distributions.keys()):
            return None
        if not all(holds(own, params[name]) for name, own in known.items()):
            return None
        if self._fits(told["settings"]) != told.get("fits"):
            return None
        return optuna.trial.create_trial(
            value=old.value,
            params={name: params[name] for name in known},
            distributions=known,
            user_attrs=told | {"adopted": f"{study} {old.number}"},
            intermediate_values=old.intermediate_values,
        )

    def _distributions(self, cell: Cell) -> dict[str, BaseDistribution]:
        own: dict[str, BaseDistribution] = {"cell": CategoricalDistribution(drawn_cells(self._pipeline))}
        return own | {field: distribution_of(field, axis) for field, axis in axes_of(self._pipeline, cell).items()}
