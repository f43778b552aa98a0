"""What several seeds of a cell cost beside one: networks of the same recipe, under way at the same time.

Usage: families.py [--rounds N] [--before CHECKOUT] [--cells CELL ...] [--seeds N]

`plain` is one layer of 50 units, lookback 20, batches of 32, 800 train windows, 40 epochs; `highway` the recipe that `init`
proposes, on a generated panel of nn5_daily's sizes (111 series of 735 days, 56 ahead). A round starts a process for each
build; it fits each case once to compile it, then with one seed and with several, whose seconds are divided. The floor of
five seeds is five times the work of one, on the processors that there are.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import ROOT, in_turn, introduce, report

_MEASURE = "--measure"
_WHICH = ("one", "several")
_Figures = dict[str, Any]


def main() -> None:
    """Print the seconds of several seeds over those of one, on the wall and on the processors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, help="a checkout of the build before")
    parser.add_argument("--cells", nargs="+", default=["rnn", "lstm", "gru"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(_MEASURE, choices=tuple(_KINDS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(_measured(asked.measure, asked.cells, asked.seeds)))
        return
    introduce(f"{asked.seeds} seeds of a cell beside one")
    builds = {"now": ROOT} | ({"before": asked.before.resolve()} if asked.before else {})
    runs = in_turn(
        asked.rounds,
        {name: lambda root=root: _figures(root, asked.cells, asked.seeds) for name, root in builds.items()},
    )
    for name, rounds in runs.items():
        _print(name, asked.seeds, rounds)
    if "before" in runs:
        print()
        for case in runs["now"][0]:
            pairs = list(zip(runs["now"], runs["before"], strict=True))
            for which in _WHICH:
                ratios = [new[case][which]["wall"] / old[case][which]["wall"] for new, old in pairs]
                report(f"{case}: {which}, now over before", ratios, "")
            same = all(
                new[case][which]["weights"] == old[case][which]["weights"] for new, old in pairs for which in _WHICH
            )
            print(f"{case}: weights are {'the same to the bit' if same else 'NOT the same'}")


def _print(build: str, seeds: int, rounds: list[_Figures]) -> None:
    for case in rounds[0]:
        for clock in ("wall", "cpu"):
            one, several = ([each[case][which][clock] for each in rounds] for which in _WHICH)
            report(f"{build}, {case}: one seed, {clock}", one, "s")
            ratios = [many / single for many, single in zip(several, one, strict=True)]
            report(f"{build}, {case}: {seeds} seeds over one, {clock}", ratios, "")


def _figures(root: Path, cells: list[str], seeds: int) -> _Figures:
    """Return seconds and weights of each case; a process asks once how many threads there are, so each kind has its own."""
    figures: _Figures = {}
    for kind in _KINDS:
        for which, n in (("one", 1), ("several", seeds)):
            command = [sys.executable, __file__, _MEASURE, kind, "--seeds", str(n), "--cells", *cells]
            environment = os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{Path(__file__).parent}"}
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            for cell, found in json.loads(done.stdout.splitlines()[-1]).items():
                figures.setdefault(f"{kind} {cell}", {})[which] = found
    return figures


def _measured(kind: str, cells: list[str], seeds: int) -> _Figures:
    from recurcast.training.kinds import fit_seeds, make_ready

    figures: _Figures = {}
    for cell in cells:
        pipeline, split = _KINDS[kind](seeds, [cell])
        make_ready([cell], pipeline, split)
        fit_seeds(cell, pipeline, split)
        figures[cell] = _seconds(lambda cell=cell, pipeline=pipeline, split=split: fit_seeds(cell, pipeline, split))
    return figures


def _seconds(fit: Callable[[], Any]) -> dict[str, Any]:
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        fitted = fit()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    weights = sorted(each.weights_digest for each in fitted)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "weights": weights}


def _plain(seeds: int, cells: list[str]) -> tuple[Any, Any]:
    import numpy as np

    y = np.sin(np.arange(1000) / 4)[None] + np.random.default_rng(0).normal(0, 0.3, (1, 1000))
    return _cut(
        y,
        {"history": 820, "validation": 60, "test": 60},
        {"lookback": 20, "horizon": 1},
        {"units": 50, "cells": cells},
        {"epochs": 40, "batch_size": 32, "patience": None, "seeds": seeds},
        "h",
    )


def _highway(seeds: int, cells: list[str]) -> tuple[Any, Any]:
    import numpy as np

    random = np.random.default_rng(0)
    days = np.arange(735)
    week = random.uniform(0.5, 1.5, (111, 7))
    y = 20 * week[:, days % 7] * random.lognormal(0, 0.2, (111, 735))
    return _cut(
        y,
        {"history": 511, "validation": 56, "test": 112},
        {"lookback": 56, "horizon": 56},
        {"kind": "highway", "cells": cells},
        {"seeds": seeds, "combine": "median"},
        "D",
    )


def _cut(y: Any, parts: Any, windows: Any, network: Any, training: Any, frequency: str) -> tuple[Any, Any]:
    import numpy as np
    import pandas as pd

    from recurcast.config import PipelineConfig
    from recurcast.series.frame import Panel, with_steps_before
    from recurcast.series.windows import cut

    given = {"parts": parts, "windows": windows, "network": network, "training": training, "frequency": frequency}
    if network.get("kind") == "highway":
        given |= {"season": 7, "serving": "refit"}
    pipeline = PipelineConfig.model_validate({"name": "families", "source": {"kind": "generated"}, **given})
    steps = pd.date_range("2020-01-01", periods=y.shape[1], freq=frequency, tz="UTC")
    panel = Panel(tuple(map(str, range(len(y)))), steps, y[:, :, None], np.zeros((len(steps), 0)))
    if network.get("kind") == "highway":
        reach = pipeline.seen.lookback
        earlier = pd.date_range(end=steps[0] - steps.freq, periods=reach, freq=frequency)
        panel = with_steps_before(panel, earlier, np.zeros((reach + len(steps), 0)))
    return pipeline, cut(panel, pipeline.parts, pipeline.seen, pipeline.fewest)


_KINDS: dict[str, Callable[[int, list[str]], tuple[Any, Any]]] = {"plain": _plain, "highway": _highway}


if __name__ == "__main__":
    main()
