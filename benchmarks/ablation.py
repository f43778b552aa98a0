"""What each part of a highway brings: judged fits of one cell without it, scored on validation windows, never on a test part.

    python benchmarks/ablation.py FOLDER --horizon 56 [--cell gru] [--seeds 2]

A FOLDER holds train.csv in the frame's form, for which `init` proposes a pipeline. The score is half the logarithm of sMAPE times
MASE on the validation windows before the calibration steps, the mean over seeds; 0.01 is one per cent, and less is better.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import keras
import numpy as np

from measuring import introduce
from recurcast.config import PipelineConfig
from recurcast.environment import share_operations
from recurcast.forecasting.portable.highway import Highway, prepare, restored
from recurcast.pipelines.windows import windows_of
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate
from recurcast.series.windows import Split
from recurcast.training.highway import fit, network
from recurcast.training.highway.choices import criterion, facts_of, highways, scales_of
from recurcast.training.highway.examples import examples
from recurcast.training.highway.fit import fit_highway
from recurcast.training.highway.lesson import lesson_of
from recurcast.training.highway.network import HighwayCore
from recurcast.training.highway.plan import Plan, plan_of
from recurcast.training.together import together

LAYERS = keras.layers
NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Panel:
    """A panel, its pipeline and the plan of its judged fits."""

    pipeline: PipelineConfig
    split: Split
    plan: Plan

    def replanned(self, facts: Highway, first: int = 0) -> Plan:
        """Return the plan with other facts, perhaps fitted on the steps from `first` on alone."""
        y, end = self.split.panel.y.copy(), self.split.validation_begins
        y[:, :first] = np.nan
        facts = facts_of(y, end, facts)
        known = examples(y, end, facts.season, facts.reach, facts.horizon)
        ridge = highways((facts,), known, (self.plan.chosen.penalty,))[0, 0]
        lesson = lesson_of(facts, known, 0)
        held = lesson_of(facts, self.plan.shown, 0)
        chosen = replace(self.plan.chosen, facts=facts)
        return replace(self.plan, chosen=chosen, ridge=ridge, lesson=lesson, held_out=held)

    def score(self, plan: Plan, outputs: np.ndarray) -> float:
        """Return the score of what is added to the anchor, shape `(n_windows, horizon)`."""
        facts, shown = plan.facts, plan.shown
        each = prepare(facts, shown.windows)
        y = self.split.panel.y[:, : self.split.validation_begins]
        forecasts = restored(facts, each.level + each.spread * (each.anchor + outputs))
        return criterion(shown.targets, forecasts, scales_of(y, facts.season)[shown.series])


def read(folder: Path, horizon: int) -> Panel:
    """Return the panel of a folder as `init` proposes it."""
    proposal = propose(folder / "train.csv", "panel", Said(horizon=horizon), NOW)
    source = proposal.pipeline.source.model_copy(update={"path": "train.csv"})
    pipeline = proposal.pipeline.model_copy(update={"source": source})
    frame = validate(obtain(pipeline, proposal.as_of, folder), pipeline, proposal.as_of).frame
    split = windows_of(pipeline, frame)
    return Panel(pipeline, split, plan_of(pipeline, split))


def variants(panel: Panel) -> dict[str, Callable[[], tuple[Plan, AbstractContextManager[object]]]]:
    """Return each variant's plan and what is other in the code while it is fitted."""
    whole, facts = panel.plan, panel.plan.facts
    recent = max(panel.split.validation_begins - facts.reach - 188, 0)

    def from_noise(*sizes: object, **more: object) -> object:
        return LAYERS.Dense(*sizes, **{**more, "kernel_initializer": keras.initializers.GlorotUniform(seed=0)})

    starts = mock.patch.object(network.keras, "layers", _Layers(from_noise))
    found: dict[str, Callable[[], tuple[Plan, AbstractContextManager[object]]]] = {
        "whole": lambda: (whole, nullcontext()),
        "highway not from the ridge": lambda: (replace(whole, ridge=np.zeros_like(whole.ridge)), nullcontext()),
        "correction not from zero": lambda: (whole, starts),
        "all patches": lambda: (panel.replanned(replace(facts, recalled=0)), nullcontext()),
        "patches of one step": lambda: (
            panel.replanned(replace(facts, patch=1, recalled=facts.recalled)), nullcontext()
        ),
        "logarithm the other way": lambda: (panel.replanned(replace(facts, log=not facts.log)), nullcontext()),
        "188 newest steps of the train part": lambda: (panel.replanned(facts, recent), nullcontext()),
    }  # fmt: skip
    if (panel.split.panel.y < 0).any():
        found.pop("logarithm the other way")
    return found


@dataclass(frozen=True)
class _Layers:
    """keras.layers with another dense layer."""

    Dense: Callable[..., object]

    def __getattr__(self, name: str) -> object:
        return getattr(LAYERS, name)


def main() -> None:
    """Print a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--horizon", type=int, required=True)
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    introduce(f"what each part brings: {given.folder.name}, {given.cell}, {given.seeds} seeds")
    share_operations(2)
    panel = read(given.folder, given.horizon)
    zeros = np.zeros((len(panel.plan.shown), panel.plan.facts.horizon))
    print(f"  {'anchor alone':36} {panel.score(panel.plan, zeros):.4f}")
    print(f"  {'ridge alone':36} {panel.score(panel.plan, panel.plan.held_out.z @ panel.plan.ridge):.4f}", flush=True)
    for name, made in variants(panel).items():
        own, other = made()
        begun = time.perf_counter()
        with other:
            fit._program.cache_clear()
            fits = [fit_highway(given.cell, panel.pipeline.network, own, seed) for seed in range(given.seeds)]
            fitted = [course.core for course in together(fits, lambda _: None)]
        outputs = [_added(own, core) for core in fitted]
        each = statistics.mean(panel.score(own, one) for one in outputs)
        median = panel.score(own, np.median(outputs, axis=0))
        seconds = (time.perf_counter() - begun) / given.seeds
        print(f"  {name:36} {each:.4f}, median of the seeds {median:.4f}, {seconds:.0f} s a fit", flush=True)


def _added(own: Plan, core: HighwayCore) -> np.ndarray:
    base, correction = core(own.facts, own.held_out.z, own.held_out.known, own.held_out.static)
    return np.asarray(base + correction)


if __name__ == "__main__":
    main()
