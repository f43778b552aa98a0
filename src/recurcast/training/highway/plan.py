"""What the cells of a run share: what was chosen for the panel, the ridge's weights, the windows as the weights see them."""

from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakKeyDictionary

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.windows import Split
from recurcast.training.highway.attributes import with_attributes
from recurcast.training.highway.choices import PATCHES, Chosen, choose, facts_of, highways, patch_of
from recurcast.training.highway.drivers import with_drivers
from recurcast.training.highway.examples import Examples, examples
from recurcast.training.highway.forecasts import Shared
from recurcast.training.highway.lesson import BATCH, CHUNK, REFIT_BATCH, Floats, Lesson, lesson_of, steps_for

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
    """The same, as they lie in the panel."""
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
    """Return the plan of a judged fit: trained on the train part, chosen on the rows before the calibration steps."""
    with _planning_of(split):
        if split not in _plans:
            y, end = split.panel.y, split.validation_begins
            chosen = choose(y, split.calibration_begins, sizes_of(pipeline))
            chosen = replace(chosen, facts=facts_of(y, end, chosen.facts))
            _plans[split] = _planned(pipeline, split, end, chosen)
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
            known = _known(split, split.validation_begins, choice.chosen.facts)
            _plans[split] = _laid_out(pipeline, split, choice, known, BATCH)


def refit_plan(pipeline: PipelineConfig, split: Split, share: float) -> Plan:
    """Return the plan of a fit on every row that is known, by the same rules; the share of the correction is carried over.

    Logarithm, anchor and penalty are chosen anew: the newest rows tell most of them (decision 0025).
    """
    y = split.panel.y
    chosen = choose(y, y.shape[1], replace(sizes_of(pipeline), share=share))
    return _planned(pipeline, split, y.shape[1], chosen, REFIT_BATCH)


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


def _planned(pipeline: PipelineConfig, split: Split, end: int, chosen: Chosen, batch: int = BATCH) -> Plan:
    facts = with_drivers(chosen.facts, split.panel, end)
    facts = with_attributes(facts, split.panel, end, pipeline.source.categories)
    known = _known(split, end, facts)
    ridge = highways((facts,), known, (chosen.penalty,))[0, 0]
    return _laid_out(pipeline, split, Choice(replace(chosen, facts=facts), ridge), known, batch)


def _known(split: Split, end: int, facts: Highway) -> Examples:
    return examples(split.panel.y, end, facts.season, facts.reach, facts.horizon)


def _laid_out(pipeline: PipelineConfig, split: Split, choice: Choice, known: Examples, batch: int) -> Plan:
    panel, held_out, facts = split.panel, _held_out(split), choice.chosen.facts
    lesson = lesson_of(facts, known, pipeline.training.seed, panel)
    shown = lesson_of(facts, held_out, 0, panel)
    steps = steps_for(len(known), batch, driven=facts.drivers > 0)
    return Plan(choice.chosen, choice.ridge, lesson, steps, shown, held_out, batch)


def _held_out(split: Split) -> Examples:
    windows = split.validation
    # The panel has the absent steps before its first that an example's panel is given.
    some = Examples(
        *(windows.panel.y, windows.lookback, windows.horizon),
        *(windows.series, windows.origin - windows.lookback, windows.lookback),
    )
    return some.drawn(CHUNK * BATCH, 0)
