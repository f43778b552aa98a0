"""How often the gate promotes a recipe over the baseline that is no better, and one that is 20% better, on panels.

Real panels: cheap forecasters' losses (see `gate_panels`). A draw takes series with replacement and one block of
consecutive origins, all series at the same ones, so that what shocks them together and what lasts over origins is as
strong as there. Equal: the difference of two forecasters' losses less its mean over all origins of the series drawn.
Better: less a fifth of the baseline's loss besides. Simulated panels: a third of the variance of differences is common to
the series, and of it a share belongs to targets, which all origins within a horizon see, the rest to origins.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gate_draws import LEVEL, Draw, Shape, promoted, real_draws, simulated_draws
from gate_panels import BASELINE, PANELS, Array, losses_on
from gate_sizes import print_sizes, print_walks
from measuring import ROOT

REAL = {
    "nn5_daily": (Shape(111, 56, 74, 74, 110), Shape(111, 56, 74, 110, 110), Shape(111, 56, 74, 0, 110)),
    "m4_hourly": (Shape(414, 48, 96, 96, 96), Shape(414, 48, 96, 48, 96), Shape(414, 48, 96, 0, 96)),
    "cif2016": (Shape(72, 12, 18, 12, 24), Shape(72, 12, 18, 12, 12), Shape(72, 12, 18, 0, 24)),
}
SIMULATED = (
    Shape(111, 56, 74, 74, 110),
    Shape(111, 56, 74, 0, 110),
    Shape(72, 12, 18, 12, 24),
    Shape(5, 24, 48, 48, 72),
    Shape(5, 24, 48, 0, 72),
    Shape(1, 24, 48, 48, 72),
    Shape(1, 24, 168, 168, 336),
    Shape(1, 1, 50, 50, 100),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="hundreds of draws for each line (default 10)")
    parser.add_argument("--quick", action="store_const", dest="rounds", const=1, help="the same as --rounds 1")
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets", help="folder of panels")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error(f"--rounds is at least 1; received {asked.rounds}")
    draws = 100 * asked.rounds
    print(f"Share promoted at confidence {1 - LEVEL:.0%}, of {draws} draws: by the test alone, and by the gate,")
    print("which asks besides that validation windows say so too; series x horizon, calibration + test steps\n")
    print(f"{'losses':<34}{'shape':<24}{'equal: test':>12}{'gate':>7}{'20% better: test':>19}{'gate':>7}")
    for panel in PANELS:
        if not (asked.datasets / panel.name).is_dir():
            print(f"{panel.name}: not in {asked.datasets}; bring it with --datasets", file=sys.stderr)
            continue
        losses = losses_on(asked.datasets, panel)
        for shape in REAL[panel.name]:
            for what, pairs in (("beside the baseline", _beside(losses)), ("all pairs", _pairs(losses))):
                rng = np.random.default_rng([shape.test, shape.calibration, len(pairs)])
                _print(f"{panel.name}, {what}", shape, real_draws(losses, pairs, shape, draws, rng))
    for shape in SIMULATED:
        for share in (1.0, 0.5, 0.0) if shape.horizon > 1 else (0.0,):
            rng = np.random.default_rng([shape.series, shape.horizon, shape.test, round(2 * share)])
            what = f"simulated, shocks to targets {share:.0%}" if shape.horizon > 1 else "simulated"
            _print(what, shape, simulated_draws(shape, share, draws, rng))
    print_walks()
    print_sizes(4 * draws)


def _beside(losses: dict[str, Array]) -> list[tuple[str, str]]:
    return [(name, BASELINE) for name in losses if name != BASELINE]


def _pairs(losses: dict[str, Array]) -> list[tuple[str, str]]:
    return [(own, other) for own in losses for other in losses if own != other]


def _print(what: str, shape: Shape, draws: Iterator[Draw]) -> None:
    found = np.array([(*promoted(each, shape), *promoted(each.better, shape)) for each in draws])
    equal, equal_gate, better, better_gate = (f"{share:.1%}" for share in found.mean(axis=0))
    print(f"{what:<34}{shape!s:<24}{equal:>12}{equal_gate:>7}{better:>19}{better_gate:>7}", flush=True)


if __name__ == "__main__":
    main()
