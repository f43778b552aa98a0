"""What rules do to one series, tick after tick, with test parts that overlap and three new cells each time."""

from dataclasses import dataclass, field

import numpy as np

from gate_rules import CELLS, Interval, Rule, gate, judge, lower_score, stored_score
from simulated import Competitor, draw_competitor, draw_series, excess, worse_by

GOOD = 0.3
"""Own errors of a good forecaster: as far apart from each other as three cells on real series (docs/gate.md)."""
WORSE = worse_by(0.05, GOOD)
VALIDATION, TEST, DAY, TICKS = 168, 336, 24, 200
"""Origins, an hour apart, of both parts and between two ticks; ticks of a history."""
RULES: dict[str, Rule] = {
    "gate, confidence 0.95": gate(),
    "gate, confidence 0.99": gate(0.99),
    "gate, confidence 0.999": gate(0.999),
    "gate, 0.95, every 14th tick": gate(every=14),
    "lower score": lower_score,
    "stored score": stored_score,
}


@dataclass(frozen=True)
class Scenario:
    """Own errors: the first champion's, the bounds of new cells', and those of new cells in the second half, if others."""

    what: str
    first: float = GOOD
    most: float = GOOD
    later: float | None = None

    def share(self, tick: int, rng: np.random.Generator) -> float:
        """Return a new cell's own errors at a tick."""
        if self.later is not None and tick > TICKS // 2:
            return self.later
        return float(rng.uniform(self.first, self.most))


SCENARIOS = (
    Scenario("new cells as good as the first champion"),
    Scenario("new cells 0 to 5% worse than the first champion", most=WORSE),
    Scenario("new cells as good as the first champion, from the 101st tick on 5% better", WORSE, WORSE, GOOD),
)


@dataclass
class Reign:
    """The champions that a rule sets up, one after the other."""

    rule: Rule
    champion: Competitor
    stored: float
    """The champion's score on the test windows of the day when it was trained."""
    changed: list[int] = field(default_factory=list)
    """Ticks."""
    shares: list[float] = field(default_factory=list)
    """The champion's own errors, after each tick."""

    def meet(self, interval: Interval, cells: dict[str, Competitor], tick: int) -> None:
        """Change champion where the rule says so."""
        won = self.rule(interval, tick, self.stored)
        if won is not None:
            self.champion, self.stored = cells[won], float(interval.test[won].mean())
            self.changed.append(tick)
        self.shares.append(self.champion.share)

    def history(self) -> "History":
        """Return its figures."""
        waited = min((tick - TICKS // 2 for tick in self.changed if tick > TICKS // 2), default=np.inf)
        return History(len(self.changed), float(np.mean([excess(each, GOOD) for each in self.shares])), waited)


@dataclass(frozen=True)
class History:
    """What came of a rule."""

    changes: int
    excess: float
    """By how much its champions lost more than a good one, on average over the ticks."""
    waited: float
    """Ticks of the second half until a champion came from it; infinite if none did."""


def one_history(scenario: Scenario, horizon: int, rules: tuple[str, ...], check: bool, seed: int) -> list[History]:
    """Return what rules do in TICKS daily ticks of a new series."""
    rng = np.random.default_rng([7, horizon, seed])
    last = VALIDATION + horizon - 1 + TEST  # no target lies in both parts
    n = last + DAY * TICKS
    series, first = draw_series(rng, n, horizon), draw_competitor(rng, n, scenario.first)
    stored = float(first.losses(series, slice(last - TEST, last)).mean())
    reigns = [Reign(gate(check=True) if check else RULES[name], first, stored) for name in rules]
    for tick in range(1, TICKS + 1):
        begin = DAY * tick
        validation, test = slice(begin, begin + VALIDATION), slice(begin + last - TEST, begin + last)
        cells = {cell: draw_competitor(rng, n, scenario.share(tick, rng)) for cell in CELLS}
        unopposed = judge(series, cells, first, validation, test)
        for reign in reigns:
            reign.meet(unopposed.against(reign.champion.losses(series, test)), cells, tick)
    return [reign.history() for reign in reigns]
