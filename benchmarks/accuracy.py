"""Do compiled epochs change what the networks forecast? The shipped pipelines, each cell fitted as graph and compiled.

The graph is what every fit was before epochs were compiled; here each fit is forced to be the one, then the other, on
the same windows, with the same seed and so the same first weights and batches. They differ by the rounding of float32
only, which training may amplify. MASE is the leaderboard's, on the test windows; its range over the seeds says what
difference between the two would count.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from coverage import NEWEST
from measuring import ROOT, introduce
from recurcast.config import CELLS, PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.environment import silence
from recurcast.evaluation.competitors import NetworkForecaster, baselines
from recurcast.evaluation.metrics import evaluate
from recurcast.instants import parse_instant
from recurcast.pipelines.windows import windows_of
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate
from recurcast.series.windows import Split
from recurcast.training.compiled import choice as compilation
from recurcast.training.fit import FittedCell, fit_cell

Forced = Literal["graph", "compiled"]
AS_OF = NEWEST | {"notebook": "2024-03-01T00:00:00Z"}
_STEPS = {"graph": sys.maxsize, "compiled": 0}
"""What compiling has to save: more than any fit does, or nothing."""


@dataclass(frozen=True)
class Board:
    """One seed's three cells and the test MASE of every competitor."""

    fitted: dict[str, FittedCell]
    mase: dict[str, float]

    @property
    def ranking(self) -> list[str]:
        """Return the competitors, best first."""
        return sorted(self.mase, key=self.mase.__getitem__)


def main() -> None:
    """Print per pipeline and cell the scores of both, and how far they are apart."""
    asked = _asked()
    silence()
    introduce(f"test MASE as graph and compiled, median (least .. most) of {asked.seeds} seeds")
    for name in asked.pipelines:
        pipeline = load_pipeline(ROOT, name).pipeline
        as_of = parse_instant(AS_OF[name])
        split = windows_of(pipeline, validate(obtain(pipeline, as_of, ROOT), pipeline, as_of).frame)
        boards: dict[Forced, list[Board]] = {"graph": [], "compiled": []}
        for seed in range(asked.seeds):
            for forced, of_seeds in boards.items():
                of_seeds.append(_board(forced, pipeline, split, seed))
            print(f"  {name}, seed {seed}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
        _print(pipeline, split, boards["graph"], boards["compiled"])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", "--rounds", dest="seeds", type=int, default=5, help="seeds, from 0 (default 5)")
    parser.add_argument("--quick", action="store_const", dest="seeds", const=1, help="the same as --seeds 1")
    parser.add_argument("--pipelines", nargs="+", choices=AS_OF, default=list(AS_OF))
    asked = parser.parse_args()
    if asked.seeds < 1:
        parser.error(f"--seeds is at least 1; received {asked.seeds}")
    return asked


@contextmanager
def _forced(forced: Forced) -> Iterator[None]:
    as_shipped = compilation._STEPS_THAT_PAY
    compilation._STEPS_THAT_PAY = _STEPS[forced]
    try:
        yield
    finally:
        compilation._STEPS_THAT_PAY = as_shipped


def _board(forced: Forced, pipeline: PipelineConfig, split: Split, seed: int) -> Board:
    with _forced(forced):
        fitted = {cell: fit_cell(cell, pipeline, split, seed=seed) for cell in CELLS}
    programs = {each.program for each in fitted.values()}
    assert (programs == {"graph"}) == (forced == "graph"), f"{pipeline.name} ran as {programs}, not {forced}"
    networks = [NetworkForecaster(cell, each.network.forecaster) for cell, each in fitted.items()]
    competitors = [*networks, *baselines(pipeline)]
    evaluation = evaluate(competitors, split.test, split, pipeline.season, pipeline.gate.baseline)
    return Board(fitted, {name: evaluation.score(name, "mase") for name in evaluation.competitors})


def _print(pipeline: PipelineConfig, split: Split, graph: Sequence[Board], compiled: Sequence[Board]) -> None:
    network, lookback, n_windows = pipeline.network, pipeline.windows.lookback, len(split.train)
    as_shipped = compilation.program_for(network, pipeline.training, lookback, n_windows, draws=False)
    print(f"{pipeline.name} (as shipped it runs: {as_shipped})")
    pairs = list(zip(graph, compiled, strict=True))
    for cell in CELLS:
        apart = max(abs(before.mase[cell] - after.mase[cell]) for before, after in pairs)
        kept = [(before.fitted[cell].kept, after.fitted[cell].kept) for before, after in pairs]
        same = sum(before == after for before, after in kept)
        others = ", ".join(f"{before} -> {after}" for before, after in kept if before != after)
        scores = "   ".join(
            f"{forced} {_shown([board.mase[cell] for board in boards])}"
            for forced, boards in (("graph", graph), ("compiled", compiled))
        )
        print(f"  {cell:<5}{scores}   furthest {apart:.1e}   kept epoch same {same}/{len(kept)} {others}".rstrip())
    ranked_alike = sum(before.ranking == after.ranking for before, after in pairs)
    best_alike = sum(before.ranking[0] == after.ranking[0] for before, after in pairs)
    print(f"  leaderboard: first the same {best_alike}/{len(pairs)}, whole order the same {ranked_alike}/{len(pairs)}")
    with _forced("compiled"):
        digests = [compiled[0].fitted["lstm"].weights_digest, fit_cell("lstm", pipeline, split, seed=0).weights_digest]
    verdict = "the same" if digests[0] == digests[1] else "DIFFERENT"
    print(f"  lstm of seed 0, compiled, twice: weights {' and '.join(digests)}, {verdict}")
    print(flush=True)


def _shown(scores: Sequence[float]) -> str:
    return f"{statistics.median(scores):.4f} ({min(scores):.4f} .. {max(scores):.4f})"


if __name__ == "__main__":
    main()
