"""`recurcast run sine`, cold, beside a bare script that does the same three fits and nothing else.

Both do the same work at the fits: 620 train and 160 validation windows of 20, 50 units, batches of 32, adam, mse, and
exactly 20 epochs per cell. The pipeline as shipped may stop earlier (patience 5), the bare script can't: so early
stopping is off in both. All else that the pipeline does stays on, promotion included. Cold: a new process and a new
project folder without a database for every run; the packages are installed and their bytecode is compiled.
"""

import sqlite3
import statistics
import sys
from pathlib import Path

from measuring import RECURCAST, Measured, fresh_project, in_turn, introduce, report, rounds_asked, run

AS_OF = "2024-03-01T00:00:00Z"
EPOCHS = 20
MOST = 1.5


def main() -> None:
    """Print wall and processor seconds of both, and the ratio of each round."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"recurcast run sine, cold, beside the bare fits: 3 cells x {EPOCHS} epochs each")
    runs = in_turn(rounds, {"bare fits": _bare_fits, "recurcast run sine": _recurcast})
    for name, measured in runs.items():
        report(f"{name}: wall", [each.wall for each in measured], "s")
        report(f"{name}: user + sys", [each.cpu for each in measured], "s")
        report(f"{name}: peak memory", [each.peak for each in measured], "MB")
    pairs = list(zip(runs["recurcast run sine"], runs["bare fits"], strict=True))
    report("ratio of wall, round by round", [ours.wall / theirs.wall for ours, theirs in pairs], "x", below=MOST)
    report("ratio of user + sys, round by round", [ours.cpu / theirs.cpu for ours, theirs in pairs], "x")
    medians = [statistics.median(each.wall for each in measured) for measured in runs.values()]
    print(f"ratio of the medians of wall: {medians[1] / medians[0]:.2f}")


def _bare_fits() -> Measured:
    return run([sys.executable, str(Path(__file__).with_name("bare_fit.py")), str(EPOCHS)], Path.cwd())


def _recurcast() -> Measured:
    settings = ["--set", f"training.epochs={EPOCHS}", "--set", "training.patience=null", "--promote"]
    with fresh_project() as project:
        measured = run([RECURCAST, "run", "sine", "--as-of", AS_OF, *settings], project)
        trained = sqlite3.connect(project / "mlflow.db").execute(
            "select count(*) from metrics where key = 'loss/train'"
        )
        (epochs,) = trained.fetchone()
    if epochs != 3 * EPOCHS:
        sys.exit(f"the two did not do the same work: recurcast trained {epochs} epochs, the bare script {3 * EPOCHS}")
    return measured


if __name__ == "__main__":
    main()
