"""All benchmarks, one after the other: what `make bench` runs. Usage: all.py [--before CHECKOUT] [--rounds N].

With a checkout of the build before (`make bench BEFORE=CHECKOUT`) each benchmark that it has is run of both, in turn.
"""

import argparse
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

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--before", type=Path, help="a checkout of the build before")
asked, besides = parser.parse_known_args()
here = Path(__file__).parent

for name in NAMES:
    print(f"\n== {name}", flush=True)
    both = asked.before is not None and (asked.before / "benchmarks" / f"{name}.py").is_file()
    beside = [str(here / "beside.py"), name, "--before", str(asked.before)]
    subprocess.run([sys.executable, *(beside if both else [str(here / f"{name}.py")]), *besides], check=True)
