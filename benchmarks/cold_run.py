"""`recurcast run sine`, cold and again, by stage, beside a bare script that does the same three fits and nothing else.

All do the same work at the fits: 620 train and 160 validation windows of 20, 50 units, batches of 32, adam, mse, and
exactly 20 epochs per cell. The pipeline as shipped may stop earlier (patience 5), the bare script can't: so early
stopping is off in all. All else that the pipeline does stays on, promotion included. Cold: a new process and a new
project folder without a database for every run; the packages are installed and their bytecode is compiled. Again: the
next day's interval, in another process, where the first one ran: there is a database, compiled programs and a champion.
"""

import json
import sqlite3
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from measuring import Measured, fresh_project, in_turn, introduce, report, rounds_asked, run

AS_OFS = ("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z")
EPOCHS = 20
MOST_COLD, MOST_AGAIN = 1.0, 0.8
BARE, COLD, AGAIN = "bare fits", "recurcast run sine, cold", "the same, second run"
BY_STAGE = Path(__file__).with_name("by_stage.py")


@dataclass(frozen=True)
class Run:
    """One process, and what its stages took."""

    whole: Measured
    stages: dict[str, dict[str, float]]


def main() -> None:
    """Print wall and processor seconds of all three, the ratios of each round, and both runs by stage."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"recurcast run sine, cold and again, beside the bare fits: 3 cells x {EPOCHS} epochs each")
    results = in_turn(rounds, {BARE: _bare_fits, "recurcast": _cold_and_again})
    runs = {
        BARE: [bare for (bare,) in results[BARE]],
        COLD: [cold for cold, _ in results["recurcast"]],
        AGAIN: [again for _, again in results["recurcast"]],
    }
    for name, own in runs.items():
        report(f"{name}: wall", [each.whole.wall for each in own], "s")
        report(f"{name}: user + sys", [each.whole.cpu for each in own], "s")
        report(f"{name}: peak memory", [each.whole.peak for each in own], "MB")
    print("\nover the bare fits of the same round")
    for name, most in ((COLD, MOST_COLD), (AGAIN, MOST_AGAIN)):
        pairs = list(zip(runs[name], runs[BARE], strict=True))
        report(f"{name}: wall", [ours.whole.wall / bare.whole.wall for ours, bare in pairs], "x", below=most)
        report(f"{name}: user + sys", [ours.whole.cpu / bare.whole.cpu for ours, bare in pairs], "x")
    for name in (COLD, AGAIN):
        _print_stages(name, runs[name])


def _print_stages(name: str, runs: list[Run]) -> None:
    print(
        f"\n{name}, by stage: medians in seconds; of which imports\n{'':<16}{'wall':>7}{'user + sys':>12}{'imports':>9}"
    )
    for stage in runs[0].stages:
        wall, cpu, imports = (
            statistics.median(each.stages[stage][figure] for each in runs) for figure in ("wall", "cpu", "import cpu")
        )
        print(f"{stage:<16}{wall:>7.2f}{cpu:>12.2f}{imports:>9.2f}")


def _bare_fits() -> tuple[Run]:
    return (Run(run([sys.executable, str(Path(__file__).with_name("bare_fit.py")), str(EPOCHS)], Path.cwd()), {}),)


def _cold_and_again() -> tuple[Run, ...]:
    with fresh_project() as project:
        both = tuple(_recurcast(project, as_of) for as_of in AS_OFS)
        counted = "select count(*) from metrics where key = 'loss/train'"
        (epochs,) = sqlite3.connect(project / "mlflow.db").execute(counted).fetchone()
    if epochs != 2 * 3 * EPOCHS:
        sys.exit(f"they did not do the same work: two runs trained {epochs} epochs, two bare scripts {6 * EPOCHS}")
    return both


def _recurcast(project: Path, as_of: str) -> Run:
    settings = ["--set", f"training.epochs={EPOCHS}", "--set", "training.patience=null", "--promote"]
    notes = project / "stages.json"
    command = [sys.executable, str(BY_STAGE), str(notes), "run", "sine", "--as-of", as_of, *settings]
    return Run(run(command, project), json.loads(notes.read_text()))


if __name__ == "__main__":
    main()
