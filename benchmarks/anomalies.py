"""Observed points outside the champion's interval: precision and recall where the anomalies are known.

The pipeline `anomalies` as shipped, whose generator labels what it shifts; and New York's taxi demand of the Numenta Anomaly
Benchmark, whose five anomalies are known by their dates. Each is trained once, and what comes after is judged by its champion.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml

from measuring import RECURCAST, ROOT, fresh_project, introduce, run
from recurcast.config import PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.forecasting.flags import flag
from recurcast.forecasting.forecast import predict_with
from recurcast.forecasting.newest_rows import newest_steps
from recurcast.forecasting.portable.bundle import folder_of, read
from recurcast.series.sources import obtain

TAXI = ROOT.parent / "shared" / "datasets" / "nab_nyc_taxi"
KNOWN = ("2014-11-02", "2014-11-27", "2014-12-25", "2015-01-01", "2015-01-27")
MARGIN = pd.Timedelta("2D")
"""The benchmark's own windows reach about so far around each date."""
BLOCKS = 100
AFTERMATH = 2
"""Steps after an anomaly that a flag still counts for: the forecast of the step after it has seen it."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    def __str__(self) -> str:
        return f"{self.part / self.whole:.2f} ({self.part} of {self.whole})" if self.whole else "none"


def main() -> None:
    """Print both."""
    introduce("points outside the champion's interval")
    _generated()
    if TAXI.is_dir():
        _taxi()
    else:
        print(f"taxi: skipped, because there is no {TAXI}")


def _generated() -> None:
    first = datetime(2024, 9, 1, 0, 15, tzinfo=UTC)
    with fresh_project() as project:
        pipeline = load_pipeline(project, "anomalies").pipeline
        flags = _flags_after(pipeline, project, first, pipeline.parts.test * timedelta(minutes=15), BLOCKS)
    flagged, labelled = flags["flagged"].to_numpy(), flags["anomaly"].to_numpy() > 0
    near = labelled.copy()
    for _ in range(AFTERMATH):
        near |= np.roll(near, 1)
    events, alarms = _begins(labelled), _begins(_widened(flagged))
    found = sum(flagged[begin : begin + 2 + AFTERMATH].any() for begin in events)
    right = int(near[alarms].sum())
    print(f"anomalies, {len(flags):,} points judged, {len(events)} anomalies")
    print(f"  points: precision {Share(int((flagged & labelled).sum()), int(flagged.sum()))}, "
          f"recall {Share(int((flagged & labelled).sum()), int(labelled.sum()))}")  # fmt: skip
    print(f"  anomalies: precision {Share(right, len(alarms))}, recall {Share(found, len(events))}\n", flush=True)


def _taxi() -> None:
    begins, ends = datetime(2014, 10, 25, tzinfo=UTC), datetime(2015, 1, 31, tzinfo=UTC)
    with _taxi_project() as project:
        pipeline = load_pipeline(project, "taxi").pipeline
        flags = _flags_after(pipeline, project, begins, timedelta(days=7), (ends - begins).days // 7)
    days = flags.groupby(flags["ds"].dt.floor("D")).agg(flagged=("flagged", "sum"), score=("score", "max"))
    known = pd.DatetimeIndex(KNOWN, tz="UTC")
    near = np.array([(abs(known - day) <= MARGIN).any() for day in days.index])
    print(f"taxi, {len(flags):,} points of {len(days)} days judged, {int(flags['flagged'].sum())} flagged")
    for day in known:
        print(
            f"  {day:%Y-%m-%d}: {days.loc[day, 'flagged']} points flagged, highest score {days.loc[day, 'score']:.1f}"
        )
    called = days["flagged"].to_numpy() > 0
    print(
        f"  days with a flag within {MARGIN.days} days of a known one: {Share(int((called & near).sum()), int(called.sum()))}"
    )
    print(f"  other days with a flag: {Share(int((called & ~near).sum()), int((~near).sum()))}")
    top = np.argsort(-days["score"].to_numpy())[:10]
    named = ", ".join(f"{day:%m-%d}" for day in days.index[top])
    print(f"  the ten days with the highest scores: {named}; near a known one: {Share(int(near[top].sum()), len(top))}")


def _flags_after(
    pipeline: PipelineConfig, project: Path, first: datetime, length: timedelta, blocks: int
) -> pd.DataFrame:
    """What the champion of `first` says of the blocks of time after it, each judged as of its end."""
    said = run([RECURCAST, "run", pipeline.name, "--as-of", first.isoformat()], project).output
    print("\n".join(line for line in said.splitlines() if line.startswith(("PROMOTE", "KEEP", "REJECT"))))
    bundle = read(folder_of(project, pipeline.name))
    tables = []
    for number in range(1, blocks + 1):
        as_of = first + number * length
        frame = obtain(pipeline, as_of, project)
        count = int((frame.steps >= pd.Timestamp(as_of - length)).sum())
        panel = newest_steps(frame, pipeline.checks, as_of, bundle.lookback + count, bundle.covariates)
        flags = flag(bundle, panel, frame.grid, as_of, predict_with(bundle)).rows
        tables.append(flags.merge(frame.rows.drop(columns="y"), on=["unique_id", "ds"], how="left"))
    return pd.concat(tables, ignore_index=True).drop_duplicates(["unique_id", "ds"])


def _begins(holds: "np.ndarray") -> "np.ndarray":
    return np.flatnonzero(holds & ~np.concatenate(([False], holds[:-1])))


def _widened(flagged: "np.ndarray") -> "np.ndarray":
    """Flags with no more than AFTERMATH steps between them are one alarm."""
    wide = flagged.copy()
    for shift in range(1, AFTERMATH + 1):
        wide[shift:] |= flagged[:-shift]
    return wide


@contextmanager
def _taxi_project() -> Iterator[Path]:
    with TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        parts = [pd.read_csv(TAXI / name) for name in ("train.csv", "test.csv")]
        pd.concat(parts).to_csv(Path(folder, "taxi.csv"), index=False)
        shutil.copytree(ROOT / "flows", Path(folder, "flows"))
        pipeline = {
            "name": "taxi",
            "source": {"kind": "file", "path": "taxi.csv", "columns": {"unique_id": "unique_id"}, "delay": "30min"},
            "frequency": "30min",
            "season": 336,
            "parts": {"history": 3200, "validation": 1920, "calibration": 1440, "test": 336},
            "windows": {"lookback": 48, "horizon": 1},
            "network": {"units": 32, "calendar": ["hour", "weekday"]},
            "training": {"epochs": 30, "batch_size": 64, "learning_rate": 0.003, "patience": 6},
            "gate": {
                "policy": "always"
            },  # the network's intervals are looked at here, whether or not it is sure to win
            "forecast": {"levels": [80, 95, 99.9]},
        }
        deployment = {
            "name": "taxi",
            "entrypoint": "flows/train.py:train",
            "work_pool": {"name": "recurcast"},
            "schedules": [{"cron": "0 0 * * *", "slug": "daily"}],
            "parameters": {"pipeline": pipeline},
        }
        Path(folder, "prefect.yaml").write_text(yaml.safe_dump({"deployments": [deployment]}), encoding="utf-8")
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
