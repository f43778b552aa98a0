"""A search's trials, shared by whoever works on it: taken one by one, taken over from the dead, told how they ended.

    waiting ──take──▶ running ──▶ finished | pruned | failed
                         │  its process is killed
                         └──take──▶ running, from the origin that it had come to

What is drawn, and what came of it, stands with the trial, so that each can be repeated to the bit.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from recurcast.config import Cell, PipelineConfig
from recurcast.config.search_space import cells_of
from recurcast.runs.search import Trial, Value
from recurcast.tracking.leases import held, lease_tags
from recurcast.tracking.studies.drawing import as_it_stands, draw
from recurcast.tracking.studies.importances import importances_of
from recurcast.tracking.studies.sampling import BySampler, derived, pruner_of
from recurcast.tracking.studies.storage import Searches, storage_errors

_MOST_ATTEMPTS = 5
"""How often a trial is begun whose process is killed each time: it may be what fills the memory."""
_STATES = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass(frozen=True)
class Taken:
    """A trial that this process works on."""

    trial: optuna.Trial
    number: int
    cell: Cell
    settings: Mapping[str, Value]
    seed: int
    stands: bool
    """Whether it is the configuration as it stands."""
    scores: tuple[float, ...] = ()
    """Those that a process before this one has come to."""
    run_id: str = ""
    seconds: float = 0.0


class SharedStudy:
    """The trials of one search."""

    def __init__(
        self,
        searches: Searches,
        name: str,
        pipeline: PipelineConfig,
        origins: int,
        tags_of: Callable[[str], Mapping[str, str]] = lambda run_id: {},
    ) -> None:
        """`tags_of` gives the tags of a run in MLflow: there a process of another host says that it is alive."""
        search, self._tags_of = pipeline.search, tags_of
        self._searches, self._pipeline, self.name = searches, pipeline, name
        with searches.locked(), storage_errors(self._place):
            self._study = optuna.create_study(
                storage=searches.storage,
                study_name=name,
                sampler=BySampler(search.sampler, search.seed),
                pruner=pruner_of(search.pruner, origins),
                load_if_exists=True,
            )

    @property
    def _place(self) -> str:
        return "the team's database" if self._searches.file is None else str(self._searches.file)

    def begin(self, adopt: Callable[[Cell | None], list[FrozenTrial]]) -> int:
        """Put the configuration as it stands in front, once for each cell, and old trials that fit; return how many did.

        `adopt` gives the trials of other searches that fit: of a cell as it stands, or all others.
        """
        adopted = 0
        with self._searches.locked(), storage_errors(self._place):
            if self._study.user_attrs.get("ready"):
                return 0
            there = [each.user_attrs.get("stands") for each in self._study.get_trials(deepcopy=False)]
            for cell in cells_of(self._pipeline):
                if cell in there:
                    continue
                known = adopt(cell)[:1]
                adopted += len(known)
                for each in known:
                    self._study.add_trial(each)
                if not known:
                    self._study.enqueue_trial(as_it_stands(self._pipeline, cell), user_attrs={"stands": cell})
            before = {each.user_attrs.get("adopted") for each in self._study.get_trials(deepcopy=False)}
            for each in adopt(None):
                if each.user_attrs["adopted"] not in before:
                    self._study.add_trial(each)
                    adopted += 1
            self._study.set_user_attr("ready", True)
        return adopted

    def take(self, total: int, worker: int) -> Taken | None:
        """Return a trial to work on: one that a dead process left, else a new one while there are fewer than `total`."""
        with self._searches.locked(), storage_errors(self._place):
            trials = self._study.get_trials(deepcopy=False)
            for each in trials:
                if each.state == TrialState.RUNNING and not self.is_held(each) and (taken := self._over(each, worker)):
                    return taken
            if sum(each.state != TrialState.WAITING for each in trials) >= total:
                return None
            trial = self._study.ask()
            stands = trial.user_attrs.get("stands")
            cell, settings = draw(trial, self._pipeline, stands)
            seed = derived(self._pipeline.search.seed, trial.number, "training")
            told = {"cell": cell, "settings": settings, "seed": seed, "worker": worker, "lease": lease_tags()}
            for name, value in told.items():
                trial.set_user_attr(name, value)
            return Taken(trial, trial.number, cell, settings, seed, bool(stands))

    def is_held(self, trial: FrozenTrial) -> bool:
        """Return whether whoever took a trial still works on it."""
        told = trial.user_attrs
        return held(told.get("lease", {})) or ("run_id" in told and held(self._tags_of(told["run_id"])))

    def note(self, taken: Taken, **attributes: Any) -> None:
        """Keep something with a trial."""
        with storage_errors(self._place):
            for name, value in attributes.items():
                taken.trial.set_user_attr(name, value)

    def reached(self, taken: Taken, scores: tuple[float, ...], *, last: bool) -> bool:
        """Keep the scores that a trial has come to; return whether it is given up.

        The configuration as it stands never is: what is told of the winner is told beside it.
        """
        with storage_errors(self._place):
            taken.trial.set_user_attr("scores", list(scores))
            mean, step = sum(scores) / len(scores), len(scores)
            if step not in self._study._storage.get_trial(taken.trial._trial_id).intermediate_values:
                taken.trial.report(mean, step)
            return not last and not taken.stands and taken.trial.should_prune()

    def tell(self, taken: Taken, state: str, scores: tuple[float, ...], **attributes: Any) -> None:
        """Say how a trial ended; it is not taken again."""
        self.note(taken, **attributes)
        code = next(each for each, name in _STATES.items() if name == state)
        mean = sum(scores) / len(scores) if state == "finished" else None
        with self._searches.locked(), storage_errors(self._place):
            self._study.tell(taken.trial, mean, state=code)

    def frozen(self) -> list[FrozenTrial]:
        """Return all trials as Optuna has them."""
        with storage_errors(self._place):
            return self._study.get_trials(deepcopy=False)

    def running(self) -> list[FrozenTrial]:
        """Return the trials that are worked on."""
        return [each for each in self.frozen() if each.state == TrialState.RUNNING]

    def ended(self) -> tuple[Trial, ...]:
        """Return the trials that ended, by their numbers."""
        return tuple(_trial_of(each) for each in self.frozen() if each.state.is_finished())

    def standing(self) -> frozenset[int]:
        """Return the numbers of the trials that are the configuration as it stands."""
        return frozenset(each.number for each in self.frozen() if each.user_attrs.get("stands"))

    def adopted(self) -> int:
        """Return how many trials come from another search."""
        return sum("adopted" in each.user_attrs for each in self.frozen())

    def importances(self) -> dict[str, float]:
        """Return what share of the differences between scores each setting makes, and the cell; nothing of too few trials."""
        return importances_of(self.frozen())

    def _over(self, dead: FrozenTrial, worker: int) -> Taken | None:
        """A trial taken over from a dead process, from the origin that it had come to; none where it was killed too often."""
        attributes = dead.user_attrs
        trial = optuna.Trial(self._study, dead._trial_id)
        attempts = int(attributes.get("attempts", 1)) + 1
        if attempts > _MOST_ATTEMPTS:
            trial.set_user_attr(
                "error", f"its process was killed {_MOST_ATTEMPTS} times, as one is that fills the memory"
            )
            self._study.tell(trial, state=TrialState.FAIL)
            return None
        stands = attributes.get("stands")
        if "settings" not in attributes:  # killed while it was drawn: what was drawn of it stays
            cell, settings = draw(trial, self._pipeline, stands)
            trial.set_user_attr("cell", cell)
            trial.set_user_attr("settings", settings)
        trial.set_user_attr("seed", derived(self._pipeline.search.seed, trial.number, "training"))
        for name, value in {"attempts": attempts, "worker": worker, "lease": lease_tags()}.items():
            trial.set_user_attr(name, value)
        now = trial.user_attrs
        return Taken(
            trial,
            trial.number,
            now["cell"],
            now["settings"],
            now["seed"],
            bool(stands),
            tuple(now.get("scores", ())),
            now.get("run_id", ""),
            now.get("seconds", 0.0),
        )


def _trial_of(frozen: FrozenTrial) -> Trial:
    told = frozen.user_attrs
    return Trial(
        frozen.number,
        _STATES[frozen.state],  # type: ignore[arg-type]
        told.get("cell", ""),
        json.loads(json.dumps(told.get("settings", {}))),
        tuple(told.get("scores", ())),
        told.get("seconds", float("nan")),
        told.get("seed", 0),
        told.get("worker", 0),
        told.get("run_id", ""),
        told.get("error", ""),
    )
