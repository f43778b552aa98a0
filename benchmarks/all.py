"""All benchmarks, one after the other: what `make bench` runs. Usage: all.py [--rounds N]."""

import subprocess
import sys
from pathlib import Path

NAMES = (
    "throughput",
    "time_to_loss",
    "floor",
    "programs",
    "growth",
    "accuracy",
    "start_up",
    "cold_run",
    "energy",
    "notebook",
    "million_rows",
    "sources",
    "init",
    "plan",
    "backfill",
    "serving",
    "gate",
    "gate_power",
    "seasons",
    "clock_change",
    "coverage",
    "anomalies",
    "promotions",
    "registry_history",
    "stack",
    "prefect_server",
)

for name in NAMES:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py")), *sys.argv[1:]], check=True)
