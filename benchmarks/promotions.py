"""8 processes that promote 25 intervals each from the same instant on, on SQLite and on a server over PostgreSQL.

Each has a home and a temporary folder of its own, as on a host of its own: no lock file can help them. Nothing is
trained; a promotion is what the stage `promote` does: a version, its verdict in the history, the alias. The intervals are
shuffled among the processes, and a third of the verdicts is `keep`. At the end everything must be there: an entry and a
version for each, the newest passing as_of as champion, the alias at it, and not a word on stderr.
"""

# ruff: noqa: E402  MLflow is imported after its telemetry is off.

import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

from measuring import ROOT, introduce, report

sys.path.insert(0, str(ROOT / "tests"))
from recurcast import environment

environment.prepare()
environment.silence()

from recurcast.promotion.champion_history import fold
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.store import connect
from support.mlflow_server import lacking, mlflow_server
from support.promoting import HOUR, Promoted, promote_at_once
from support.tiny import AS_OF

PROCESSES, EACH = 8, 25


def main() -> None:
    """Print how long a promotion took, and fail where anything was lost."""
    introduce(f"{PROCESSES} processes x {EACH} promotions at the same instant")
    for kind in ("SQLite", "PostgreSQL"):
        if kind == "PostgreSQL" and (lack := lacking()):
            print(f"PostgreSQL: not measured, {lack}")
            continue
        with (
            tempfile.TemporaryDirectory() as folder,
            mlflow_server() if kind == "PostgreSQL" else nullcontext() as uri,
        ):
            promoted = promote_at_once(Path(folder), PROCESSES, EACH, uri)
            _expect_nothing_lost(Path(folder), promoted, uri)
        report(f"{kind}: one promotion", promoted.seconds, "s")
        report(
            f"{kind}: the slowest of a hundred", sorted(promoted.seconds)[-max(1, len(promoted.seconds) // 100) :], "s"
        )


def _expect_nothing_lost(root: Path, promoted: Promoted, uri: str | None) -> None:
    with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": uri} if uri else {}):
        store = connect(root)
    history = read_history(store, "tiny")
    versions = store.client.search_model_versions("name='tiny' and tags.as_of LIKE '%'", max_results=1000)
    champion = fold(history.entries).champion if history is not None else None
    newest = AS_OF + max(each.hour for each in promoted.promotions if each.verdict == "promote") * HOUR
    found = {
        "entries": len(history.entries) if history is not None else 0,
        "versions": len(versions),
        "champion": None if champion is None else champion.as_of,
        "alias": None if history is None else history.alias,
        "stderr": promoted.said,
    }
    number = PROCESSES * EACH
    alias = None if champion is None else champion.version
    expected = {"entries": number, "versions": number, "champion": newest, "alias": alias, "stderr": ""}
    if found != expected:
        sys.exit(f"something was lost: {found}, expected {expected}")


if __name__ == "__main__":
    main()
