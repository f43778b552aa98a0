"""Who fits: here, two processes of this machine, a Dask cluster of two workers in homes of their own.

    python benchmarks/executors.py [--rounds 1] [--cases energy nn5 backfill]

`energy` and nn5_daily (where it is at hand) as runs, and a backfill of 12 intervals of `sine`, each as a command in a project of
its own. Told are seconds on the wall, the largest memory of a worker, and whether every weight of every cell is that of the run
here, to the bit. Two cores gain nothing: a run here fills them, and workers pay for imports of their own.
"""

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import yaml
from mlflow import MlflowClient

from clusters import cluster
from coverage import NN5, NN5_PIPELINE
from measuring import RECURCAST, fresh_project, in_turn, introduce, report, run

BACKFILL = ["backfill", "run", "sine", "--from", "2024-03-01T00:00:00Z", "--to", "2024-03-01T12:00:00Z", "--here"]
CASES = {
    "energy": ["run", "energy"],
    "nn5": ["run", "nn5", "--as-of", "1998-05-18T00:00:00Z"],
    "backfill": BACKFILL,
}
EXPERIMENTS = {"energy": "energy", "nn5": "nn5", "backfill": "sine"}
WORKERS = 2


@dataclass(frozen=True)
class Fitted:
    """What a command took, and the digests of the weights that it recorded."""

    wall: float
    worker: float
    """Largest memory of one worker, in MB."""
    weights: tuple[tuple[str, ...], ...]


def main() -> None:
    """Print each case by each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="repetitions (default 1)")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    asked = parser.parse_args()
    introduce(f"who fits: here, {WORKERS} processes, {WORKERS} workers of Dask")
    cases = [case for case in asked.cases if case != "nn5" or NN5.exists()]
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), WORKERS) as address:
        for case in cases:
            kinds = {"here": None, "processes": "processes", "dask": address}
            found = in_turn(
                asked.rounds, {kind: lambda case=case, how=how: _fit(case, how) for kind, how in kinds.items()}
            )
            for kind, own in found.items():
                report(f"{case}, {kind}: wall", [each.wall for each in own], "s")
                if kind != "here":
                    report("  a worker's peak memory", [each.worker for each in own], "MB")
                    same = [each.weights == there.weights for each, there in zip(own, found["here"], strict=True)]
                    print(f"  weights of {len(own[0].weights)} cells: {'the same bits' if all(same) else 'OTHER BITS'}")


def _fit(case: str, executor: str | None) -> Fitted:
    with _project(case) as project, _watched() as peaks:
        asked = [] if executor is None else ["--executor", executor]
        measured = run(["env", f"RECURCAST_EXECUTOR_WORKERS={WORKERS}", RECURCAST, *CASES[case], *asked], project)
        return Fitted(measured.wall, max(peaks.values(), default=0.0), _weights(project, EXPERIMENTS[case]))


def _weights(project: Path, experiment: str) -> tuple[tuple[str, ...], ...]:
    client = MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name(experiment).experiment_id], max_results=1000)
    cells = [each for each in runs if "weights" in each.data.tags]
    if not cells:
        sys.exit(f"no cell of {experiment} was recorded")
    told = [
        (each.data.tags["as_of"], each.data.tags["cell"], each.data.tags["weights"], each.data.tags.get("refit", ""))
        for each in cells
    ]
    return tuple(sorted(told))


@contextlib.contextmanager
def _project(case: str) -> Iterator[Path]:
    with fresh_project() as project:
        if case == "nn5":
            whole = pd.concat([pd.read_csv(NN5 / part) for part in ("train.csv", "test.csv")])
            whole.to_csv(project / "nn5.csv", index=False)
            columns = {"unique_id": "unique_id", "ds": "ds", "y": "y"}
            pipeline = NN5_PIPELINE | {
                "source": {"kind": "file", "path": "nn5.csv", "columns": columns, "static": True}
            }
            block = {"name": "nn5", "entrypoint": "flows/train.py:train", "parameters": {"pipeline": pipeline}}
            (project / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [block]}))
        yield project


@contextlib.contextmanager
def _watched() -> Iterator[dict[int, float]]:
    """The largest memory of each worker meanwhile, in MB, by its process."""
    peaks, over = dict[int, float](), threading.Event()

    def look() -> None:
        while not over.is_set():
            for each in psutil.process_iter(["pid", "cmdline", "memory_info", "name"]):
                if each.info["memory_info"] and "spawn_main" in " ".join(each.info["cmdline"] or ()):
                    with contextlib.suppress(psutil.Error):
                        if any(
                            "distributed" in " ".join(up.cmdline()) or "--executor" in up.cmdline()
                            for up in each.parents()
                        ):
                            pid, held = each.info["pid"], each.info["memory_info"].rss / 2**20
                            peaks[pid] = max(peaks.get(pid, 0.0), held)
            time.sleep(0.5)

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield peaks
    finally:
        over.set()
        watching.join()


if __name__ == "__main__":
    main()
