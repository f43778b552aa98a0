"""How often the gate changes champion where no cell has an edge, and how often it finds an edge that is there.

Simulated forecasters (see `simulated`) stand for the champion and three new cells, of which the best one on validation
windows meets the champion on test windows. Beside the gate stand two rules of pipelines without one (see `gate_rules`).
30 rounds take two to three minutes on two cores; with few the tables are too rough to be quoted.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy.stats import binomtest

from gate_histories import GOOD, RULES, SCENARIOS, TEST, TICKS, VALIDATION, Scenario, one_history
from gate_rules import CELLS, gate, judge, lower_score, stored_score
from measuring import introduce, rounds_asked
from simulated import draw_competitor, draw_series, worse_by

HORIZONS = (1, 8, 24)
ORIGINS = {0.05: (50, 100, 200, 400, 800, 1000, 1600, 2400, 3200), 0.10: (50, 100, 200, 400, 800)}
"""At which a test looks for an edge, by the share of the champion's loss."""
Repeat = Callable[[Callable[[int], Any], int], list[Any]]


def main() -> None:
    """Print the tables."""
    rounds = rounds_asked(__doc__, 30, quick=2)
    introduce("the gate where no cell has an edge, and where one has")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:

        def repeat(work: Callable[[int], Any], times: int) -> list[Any]:
            return list(pool.map(work, range(times), chunksize=max(1, times // 20)))

        print_shares(repeat, 200, check=True)
        print_shares(repeat, 100 * rounds, check=False)
        for scenario in SCENARIOS:
            print_histories(repeat, rounds, scenario)
        repeat(partial(one_history, SCENARIOS[0], 24, ("gate, confidence 0.95",), True), 1)
        print_power(repeat, 10 * rounds)


def one_series(champion_share: float, horizon: int, n_test: int, check: bool, seed: int) -> list[bool]:
    """Return whether the gate, the lower score and the stored score change champion on one new series."""
    rng = np.random.default_rng([horizon, n_test, seed])
    earlier = n_test + horizon  # before it the champion got the score that is stored
    validation = slice(earlier, earlier + VALIDATION)
    test = slice(validation.stop + horizon - 1, validation.stop + horizon - 1 + n_test)
    series = draw_series(rng, test.stop, horizon)
    cells = {cell: draw_competitor(rng, test.stop, GOOD) for cell in CELLS}
    champion = draw_competitor(rng, test.stop, champion_share)
    interval = judge(series, cells, champion, validation, test)
    stored = float(champion.losses(series, slice(0, n_test)).mean())
    return [rule(interval, 0, stored) is not None for rule in (gate(check=check), lower_score, stored_score)]


def print_shares(repeat: Repeat, times: int, check: bool) -> None:
    """Print how many change champion where none has an edge, with an exact 95% interval."""
    print(f"{times} independent series without an edge, {TEST} origins: champions changed")
    for horizon in HORIZONS:
        changed = np.array(repeat(partial(one_series, GOOD, horizon, TEST, check), times))
        shares = (_share(column) for column in changed.T)
        print("  horizon {:>2}    gate {}    lower score {}    stored score {}".format(horizon, *shares), flush=True)
    print()


def print_histories(repeat: Repeat, times: int, scenario: Scenario) -> None:
    """Print how often champions change in a history of ticks, what they lose, and how soon a better one is found."""
    print(f"{times} histories of {TICKS} daily ticks, horizon 24, {TEST} origins: {scenario.what}")
    histories = repeat(partial(one_history, scenario, 24, tuple(RULES), False), times)
    for name, own in zip(RULES, zip(*histories, strict=True), strict=True):
        changes = [history.changes for history in own]
        said = f"changes {np.mean(changes):5.1f} ({min(changes)} .. {max(changes)}), none in {changes.count(0)}"
        if scenario.later is None:
            said += f"; loss above the first champion's {np.mean([history.excess for history in own]):.2%}"
        else:
            found = [history.waited for history in own]
            said += f"; first change after {np.median(found):.0f} ticks (median), not in 100 in {found.count(np.inf)}"
        print(f"  {name:<28} {said}")
    print(flush=True)


def print_power(repeat: Repeat, times: int) -> None:
    """Print how often an edge is found, by its size, horizon and origins."""
    for edge, origins in ORIGINS.items():
        champion = worse_by(edge, GOOD)
        print(f"new cells' loss {edge:.0%} below the champion's: champions changed by the gate in {times} series")
        print("  origins     " + "".join(f"{n:>7}" for n in origins))
        for horizon in HORIZONS:
            changed = [repeat(partial(one_series, champion, horizon, n, False), times) for n in origins]
            shares = [np.mean([by_gate for by_gate, _, _ in each]) for each in changed]
            print(f"  horizon {horizon:>2}  " + "".join(f"{share:>7.0%}" for share in shares), flush=True)
        print()


def _share(changed: Sequence[bool]) -> str:
    interval = binomtest(int(np.sum(changed)), len(changed)).proportion_ci(0.95, "exact")
    return f"{np.mean(changed):.1%} ({interval.low:.1%} .. {interval.high:.1%})"


if __name__ == "__main__":
    main()
