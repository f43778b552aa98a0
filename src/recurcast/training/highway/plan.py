"""What the cells of a run share: what was chosen for the panel, the ridge's weights, the windows as the weights see them."""

from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakKeyDictionary

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split
from recurcast.training.highway.attributes import with_attributes
from recurcast.training.highway.basis import Basis, basis_of
from recurcast.training.highway.choices import PATCHES, Chosen, choose, facts_of, highways, patch_of
from recurcast.training.highway.drivers import with_drivers
from recurcast.training.highway.examples import Doubles, Examples
from recurcast.training.highway.forecasts import Shared
from recurcast.training.highway.laying import known_before, laid_by_file, laid_in_memory
from recurcast.training.highway.lesson import BATCH, REFIT_BATCH, Floats, Lesson, steps_for

PIECES = 12
"""Points of a loss curve."""


@dataclass(frozen=True)
class Plan:
    """All that a fit needs but its cell and its seed."""

    chosen: Chosen
    ridge: Floats
    lesson: Lesson
    steps: int
    held_out: Lesson
    """Validation windows before the calibration steps, at most as many as a chunk has; a refit trains on them too."""
    shown: Examples
    """The same, in series units."""
    scales: Doubles
    """What MASE divides by, of each of them."""
    batch: int = BATCH
    """Windows of a step."""
    shared: Shared = field(default_factory=Shared)
    """What its cells' forecasts have in common."""

    @property
    def facts(self) -> Highway:
        """Return what was chosen for the panel."""
        return self.chosen.facts


_plans: WeakKeyDictionary[Split, Plan] = WeakKeyDictionary()
_planning: WeakKeyDictionary[Split, Lock] = WeakKeyDictionary()
_beginning = Lock()


def _planning_of(split: Split) -> Lock:
    """Each plan is laid out once, and nobody waits for that of other windows."""
    with _beginning:
        return _planning.setdefault(split, Lock())


def plan_of(pipeline: PipelineConfig, split: Split) -> Plan:
    """Return the plan of a judged fit: trained on the train part, chosen on the rows before the calibration steps.

    Raises DataRejected where a file of a lake is another one by now.
    """
    with _planning_of(split):
        if split not in _plans:
            basis, end, chosen_before = basis_of(split), split.validation_begins, split.calibration_begins
            y = basis.panel.y
            chosen = choose(y, chosen_before, sizes_of(pipeline), basis.extent(chosen_before))
            chosen = replace(chosen, facts=facts_of(y, end, chosen.facts, basis.extent(end)))
            _plans[split] = _planned(pipeline, split, basis, end, chosen)
        return _plans[split]


@dataclass(frozen=True)
class Choice:
    """What is chosen for a panel, and the ridge's weights: the rest of a plan is laid out from them and the windows."""

    chosen: Chosen
    ridge: Floats


def choice_of(pipeline: PipelineConfig, split: Split) -> Choice:
    """Return what a judged fit's plan has chosen."""
    plan = plan_of(pipeline, split)
    return Choice(plan.chosen, plan.ridge)


def plan_as_chosen(pipeline: PipelineConfig, split: Split, choice: Choice) -> None:
    """Let the plan of a judged fit be that of a choice, which another process has made."""
    with _planning_of(split):
        if split not in _plans:
            _plans[split] = _laid_out(pipeline, split, choice, split.validation_begins, BATCH)


def refit_plan(pipeline: PipelineConfig, split: Split, share: float) -> Plan:
    """Return the plan of a fit on every row that is known, by the same rules; the share of the correction is carried over.

    Logarithm, anchor and penalty are chosen anew: the newest rows tell most of them (decision 0025).
    """
    basis = basis_of(split)
    y = basis.panel.y
    end = y.shape[1]
    chosen = choose(y, end, replace(sizes_of(pipeline), share=share), basis.extent(end))
    return _planned(pipeline, split, basis, end, chosen, REFIT_BATCH)


def sizes_of(pipeline: PipelineConfig) -> Highway:
    """Return what a pipeline says of its windows."""
    lookback, season = pipeline.windows.lookback, pipeline.season
    patch = patch_of(season, lookback)
    return Highway(
        season,
        pipeline.windows.horizon,
        lookback,
        pipeline.seen.lookback,
        patch,
        year=pipeline.year,
        at_least_zero=False,
        recalled=min(PATCHES * patch, lookback),
    )


def _planned(
    pipeline: PipelineConfig, split: Split, basis: Basis, end: int, chosen: Chosen, batch: int = BATCH
) -> Plan:
    of_all = None if basis.overall is None else basis.overall.beside
    facts = with_drivers(chosen.facts, basis.panel, end, of_all)
    facts = with_attributes(facts, basis.said, end, pipeline.source.categories)
    known = known_before(end, basis.panel, facts)
    ridge = highways((facts,), known, (chosen.penalty,))[0, 0]
    return _laid_out(pipeline, split, Choice(replace(chosen, facts=facts), ridge), end, batch, known)


def _laid_out(
    pipeline: PipelineConfig, split: Split, choice: Choice, end: int, batch: int, known: Examples | None = None
) -> Plan:
    """The plan of a choice; `known` are the windows of the panel where they are cut already."""
    seed, facts = pipeline.training.seed, choice.chosen.facts
    if isinstance(split, LakeSplit):
        laid = laid_by_file(facts, split, end, seed, batch)
    else:
        laid = laid_in_memory(facts, split, known or known_before(end, split.panel, facts), seed)
    steps = steps_for(laid.n_known, batch, driven=facts.drivers > 0)
    return Plan(choice.chosen, choice.ridge, laid.lesson, steps, laid.held_out, laid.shown, laid.scales, batch)
