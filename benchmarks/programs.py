"""The three programs of a fit, and the three cells one after another or at once: where the rules of compilation.py come from.

Each setting is a new process with its own empty cache of programs, which fits all three cells twice for `--epochs` epochs.
The first time shows what tracing and compiling take, the second what a fit takes in a warm process; both are seconds of
all three cells. Threads are those that share one operation of TensorFlow's.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from measuring import in_turn, introduce, report, run
from shapes import CELLS, SHAPES

PROGRAMS, WAYS, THREADS = ("graph", "compiled", "halves"), ("in sequence", "at once"), ("1", "2")


def main() -> None:
    """Print seconds of the first and of the second fit of all cells, per shape, program, way and number of threads."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--shapes", nargs="+", type=int, choices=SHAPES, default=[20, 48], help="by lookback")
    asked.add_argument("--epochs", type=int, default=8)
    asked.add_argument("--setting", nargs=2, help=argparse.SUPPRESS)
    arguments = asked.parse_args()
    if arguments.setting:
        _fit_twice(*arguments.setting, arguments.shapes[0], arguments.epochs)
        return
    introduce(f"three cells, {arguments.epochs} epochs each: seconds of the first fit and of the second")
    for lookback in arguments.shapes:
        settings = {
            f"{program}, {way}, {threads} thread(s)": partial(
                _measured, program, way, threads, lookback, arguments.epochs
            )
            for program, way, threads in product(PROGRAMS, WAYS, THREADS)
        }
        results = in_turn(arguments.rounds, settings)
        print(f"{SHAPES[lookback]}, {SHAPES[lookback].windows} windows")
        for name, rounds in results.items():
            report(f"  {name}: first", [first for first, _ in rounds], "s")
            report(f"  {name}: again", [again for _, again in rounds], "s")


def _measured(program: str, way: str, threads: str, lookback: int, epochs: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as cache:
        os.environ |= {"XDG_CACHE_HOME": cache, "TF_NUM_INTRAOP_THREADS": threads}
        chosen = ["--setting", program, way, "--shapes", str(lookback), "--epochs", str(epochs)]
        first, again = json.loads(run([sys.executable, __file__, *chosen], Path.cwd()).output.splitlines()[-1])
        return first, again


def _fit_twice(program: str, way: str, lookback: int, epochs: int) -> None:
    from recurcast.config import PipelineConfig
    from recurcast.series.frame import Panel
    from recurcast.series.windows import cut
    from recurcast.training.compiled import choice as compilation
    from recurcast.training.fit import fit_cell

    shape = SHAPES[lookback]
    compilation._STEPS_THAT_PAY = sys.maxsize if program == "graph" else 0
    compilation._PRODUCT_THAT_PAYS = 0 if program == "halves" else sys.maxsize
    history = shape.windows + lookback
    pipeline = PipelineConfig.model_validate(
        {
            "name": "programs",
            "source": {"kind": "generated"},
            "frequency": "h",
            "parts": {"history": history, "validation": 1, "test": 1},
            "windows": {"lookback": lookback},
            "network": {"units": shape.units},
            "training": {"epochs": epochs, "batch_size": shape.batch, "patience": None},
        }
    )
    steps = pd.date_range("2024-01-01", periods=history + 2, freq="h", tz="UTC")
    y = np.sin(0.1 * np.arange(len(steps))) + np.random.default_rng(0).normal(0, 0.1, len(steps))
    split = cut(
        Panel(("noisy-sine",), steps, y[None, :, None], np.zeros((len(steps), 0))), pipeline.parts, pipeline.windows
    )
    seconds = []
    with ThreadPoolExecutor(len(CELLS) if way == "at once" else 1) as threads:
        for _ in range(2):
            begin = time.perf_counter()
            fitted = list(threads.map(lambda cell: fit_cell(cell, pipeline, split), CELLS))
            seconds.append(time.perf_counter() - begin)
    assert {each.program for each in fitted} == {program}
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
