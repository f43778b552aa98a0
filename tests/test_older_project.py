"""A project and its store as the version before the rooms made them: it goes on as if nothing had happened.

`stores/before_the_rooms.tar.xz` was made by commit 3869567: `recurcast run`, `backfill run` and `forecast`, tiny; its
absolute paths and its user were replaced afterwards.
"""

import json
import sqlite3
import tarfile
from pathlib import Path

import mlflow
import numpy as np
import pytest

from support.projects import recurcast

STORE = Path(__file__).parent / "stores" / "before_the_rooms.tar.xz"
FORECAST = {"y_hat": -0.5691988619627886, "y_hat_lo_80": -1.4663182271391275, "y_hat_hi_95": 0.41270527239677457}


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of the version before, unpacked and stood in."""
    with tarfile.open(STORE) as archive:
        archive.extractall(tmp_path, filter="data")
    place = str(tmp_path)
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        for table, column in (
            ("runs", "artifact_uri"),
            ("experiments", "artifact_location"),
            ("logged_models", "artifact_location"),
            ("model_versions", "storage_location"),
        ):
            database.execute(f"UPDATE {table} SET {column} = replace({column}, '/PROJECT', ?)", (place,))
    database.close()
    for described in tmp_path.rglob("MLmodel"):
        described.write_text(described.read_text().replace("/PROJECT", place))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _told(*arguments: str) -> dict[str, object]:
    ended = recurcast(*arguments, "--json")
    assert ended.exit_code == 0, ended.stderr
    told: dict[str, object] = json.loads(ended.stdout)
    return told


@pytest.mark.usefixtures("older")
def test_its_verdicts_and_its_champion_are_told_and_its_forecast_is_the_same_to_the_bit() -> None:
    said = recurcast("history", "tiny").stdout
    assert "2024-03-02T00:00:00Z  v3 promote  baseline -> v3" in said
    assert "3 entries; champion is version 4" in said
    again = _told("forecast", "tiny", "--as-of", "2024-03-03T00:00:00Z", "--horizon", "1")
    (row,) = again["forecast"]  # type: ignore[misc]
    assert {name: row[name] for name in FORECAST} == FORECAST
    assert again["model_version"] == 4


def test_its_models_load_as_they_did_whatever_form_they_have(older: Path) -> None:
    store = f"sqlite:///{older / 'mlflow.db'}"
    window = np.sin(np.arange(6.0)).reshape(1, 6, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        mlflow.set_tracking_uri(store)
        mlflow.set_registry_uri(store)
        try:
            network = mlflow.pyfunc.load_model("models:/tiny/4").predict(window)
            baseline = mlflow.pyfunc.load_model("models:/tiny/2").predict(window)
        finally:
            mlflow.set_tracking_uri("")
            mlflow.set_registry_uri("")
    assert network.shape == (1, 1)
    assert np.isfinite(network).all()
    assert baseline.tolist() == [[window[0, -1, 0]]]  # a season that is longer than the window: the last value


def test_it_trains_on_after_the_past_and_an_interval_done_by_the_older_code_counts_as_stale(older: Path) -> None:
    plan = _told(
        "backfill", "run", "tiny", "--from", "2024-03-02", "--to", "2024-03-05", "--reprocess", "stale", "--dry-run"
    )
    states = {row["as_of"]: (row["state"], row["changed"]) for row in plan["intervals"]}  # type: ignore[attr-defined]
    assert states["2024-03-02T00:00:00Z"] == ("stale", ["code"])
    assert states["2024-03-04T00:00:00Z"][0] == "missing"
    ran = _told("run", "tiny", "--as-of", "2024-03-04T00:00:00Z")
    assert ran["outcome"] == "trained"
    competitors = [row["competitor"] for row in ran["leaderboard"]]  # type: ignore[attr-defined]
    assert "champion" in competitors  # of the older code's version 4, on today's windows
    assert ran["registration"] == {"version": 5, "promoted": True, "note": None}
    assert "champion is version 5" in recurcast("history", "tiny").stdout
