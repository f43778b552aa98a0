"""Panels with a published test part, forecast as a newcomer would: init, run, forecast, then scored as published.

    python benchmarks/tables.py ../shared/datasets/cif2016 --horizon 12
    python benchmarks/tables.py FOLDER ... [--promote] [--thin 0.1] [--stretches 3 --season 7] [--train train_raw_missing.csv]
    python benchmarks/tables.py FOLDER --cells linear gru attention transformer     # each alone, with the defaults
    python benchmarks/tables.py FOLDER --search 30 [--search-cells gru,linear]      # what the best of 30 trials gives

A FOLDER holds train.csv and test.csv with the columns unique_id, ds, y. sMAPE in percent as in the M4 competition, MASE by
the seasonal error of each series' whole train part at the season that `init` guesses, or --season; both are means over the
series. `what the gate lets serve` is what a user gets; with --promote the challenger is promoted by hand and scored too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from measuring import introduce

RECURCAST = (sys.executable, "-m", "recurcast")


@dataclass(frozen=True)
class Panel:
    """The two parts of a folder, the train part perhaps with fewer rows."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    whole: pd.DataFrame
    """The train part before anything was taken out: what MASE divides by."""

    def scores(self, forecasts: pd.DataFrame, season: int) -> tuple[float, float, int]:
        """Return sMAPE, MASE, and how many series were forecast."""
        smape, mase, count = [], [], 0
        found = {str(name): own for name, own in forecasts.groupby("unique_id")}
        known = {str(name): own["y"].dropna().to_numpy() for name, own in self.whole.groupby("unique_id")}
        for name, own in self.test.groupby("unique_id"):
            y, y_hat = own["y"].to_numpy(), self.on_steps_of(own, found.get(str(name)))
            y, y_hat = y[: len(y_hat)], y_hat[: len(y)]
            if not len(y_hat) or not np.isfinite(y_hat).all():
                continue
            count += 1
            size = np.abs(y) + np.abs(y_hat)
            smape.append(200 * np.mean(np.divide(np.abs(y - y_hat), size, out=np.zeros(len(y)), where=size > 0)))
            past = known[str(name)]
            lag = season if len(past) > season else 1
            mase.append(np.abs(y - y_hat).mean() / np.abs(past[lag:] - past[:-lag]).mean())
        return float(np.mean(smape)), float(np.mean(mase)), count

    def on_steps_of(self, own: pd.DataFrame, forecast: pd.DataFrame | None) -> np.ndarray:
        """Return the forecasts from the first step of the test part on: a series without its newest rows begins earlier."""
        if forecast is None:
            return np.zeros(0)
        if "ds" not in forecast:
            return forecast["y_hat"].to_numpy()
        begins = pd.to_datetime(own["ds"].iloc[0], utc=True)
        return forecast.loc[pd.to_datetime(forecast["ds"], utc=True) >= begins, "y_hat"].to_numpy()

    def repeated(self, season: int) -> pd.DataFrame:
        """Return the forecasts of the seasonal naive."""
        rows = []
        for name, own in self.test.groupby("unique_id", sort=False):
            past = self.train.loc[self.train["unique_id"] == name, "y"].dropna().to_numpy()
            last = past[-season:] if len(past) >= season else past[-1:]
            rows.append(pd.DataFrame({"unique_id": name, "y_hat": np.resize(last, len(own))}))
        return pd.concat(rows)


def panel_of(folder: Path, train: str, thin: float, stretches: int, season: int) -> Panel:
    """Return the panel of a folder, without a random share of its rows and so many stretches of a season of each series."""
    read = {"dtype": {"unique_id": str}}
    whole = pd.read_csv(folder / "train.csv", **read)
    rows = pd.read_csv(folder / train, **read)
    random = np.random.default_rng(0)
    kept = random.random(len(rows)) >= thin
    for _, own in rows.groupby("unique_id"):
        for _ in range(stretches):
            first = int(random.integers(0, max(len(own) - season, 1)))
            kept[own.index[first : first + season]] = False
    return Panel(folder.name, rows[kept], pd.read_csv(folder / "test.csv", **read), whole)


def recurcast(*arguments: str, project: Path) -> str:
    """Return what a command printed; its own words are shown where it failed."""
    done = subprocess.run([*RECURCAST, *arguments], cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"recurcast {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def forecast(project: Path, name: str) -> pd.DataFrame:
    """Return the forecast frame of what serves."""
    recurcast("forecast", name, "--output", "forecast.csv", project=project)
    return pd.read_csv(project / "forecast.csv", dtype={"unique_id": str})


def with_cells(project: Path, cells: str) -> None:
    """Write which cells compete into the project's file."""
    file = project / "prefect.yaml"
    before = file.read_text()
    after = before.replace("network: {", f"network: {{cells: [{cells}], ", 1)
    if after == before:
        raise SystemExit(f"{file} has no line 'network: {{'")
    file.write_text(after)


def searched(project: Path, name: str, trials: int, cells: str | None) -> str:
    """Search, write what is proposed where it won on fresh origins, and return what is told of it."""
    asked = ("search", name, "--trials", str(trials), "--json", *(("--cells", cells) if cells else ()))
    found = json.loads(recurcast(*asked, project=project))
    told = {each["trial"]: float(np.mean(each["scores"])) for each in found["fresh"]}
    words = f"trial {found['winner']} of {len(found['trials'])}, on fresh origins {told}"
    done = subprocess.run([*RECURCAST, "search", "accept", found["id"]], cwd=project, capture_output=True, text=True)
    return f"{words}: {'accepted' if done.returncode == 0 else 'not accepted'}"


def measure(
    panel: Panel,
    horizon: int | None,
    season: int | None,
    *,
    promote: bool,
    cells: str | None = None,
    search: tuple[int, str | None] | None = None,
) -> None:
    """Print a row for the seasonal naive, for what serves, and for the challenger."""
    with tempfile.TemporaryDirectory() as folder:
        project, name = Path(folder) / "project", "panel"
        panel.train.to_csv(Path(folder) / "train.csv", index=False)
        steps = horizon or int(panel.test.groupby("unique_id").size().max())
        begun = time.perf_counter()
        asked = ("init", "project", "--csv", "train.csv", "--name", name, "--horizon", str(steps))
        recurcast(*asked, project=Path(folder))
        if cells is not None:
            with_cells(project, cells)
        told = "" if search is None else searched(project, name, *search)
        result = json.loads(recurcast("run", name, "--json", project=project))
        served = forecast(project, name)
        seconds = time.perf_counter() - begun
        guessed = season or season_of(project)
        decision = result["decision"]
        print(f"\n{panel.name}: {panel.train['unique_id'].nunique()} series, horizon {steps}, season {guessed}")
        show("seasonal naive", *panel.scores(panel.repeated(guessed), guessed))
        who = "what the gate lets serve" if cells is None else f"{cells} alone"
        show(who, *panel.scores(served, guessed), f"{seconds:.0f} s  {told}")
        print(f"  {decision['verdict'].upper()} {decision['reason']}")
        if promote and decision["verdict"] != "promote":
            recurcast(
                "promote", name, str(result["registration"]["version"]), "--reason", "to score it", project=project
            )
            show(f"{decision['challenger']}, promoted by hand", *panel.scores(forecast(project, name), guessed))


def season_of(project: Path) -> int:
    """Return the season that `init` wrote."""
    deployments = yaml.safe_load((project / "prefect.yaml").read_text())["deployments"]
    return int(
        next(
            each["parameters"]["pipeline"]["season"] for each in deployments if "pipeline" in each.get("parameters", {})
        )
    )


def show(who: str, smape: float, mase: float, count: int, more: str = "") -> None:
    """Print one row."""
    print(f"  {who:28} sMAPE {smape:6.2f}  MASE {mase:.3f}  {count} series  {more}", flush=True)


def main() -> None:
    """Measure each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--horizon", type=int)
    parser.add_argument("--season", type=int)
    parser.add_argument("--train", default="train.csv")
    parser.add_argument("--thin", type=float, default=0.0)
    parser.add_argument("--stretches", type=int, default=0)
    parser.add_argument("--promote", action="store_true")
    parser.add_argument("--cells", nargs="+", default=[None])
    parser.add_argument("--search", type=int)
    parser.add_argument("--search-cells")
    given = parser.parse_args()
    if given.stretches and not given.season:
        parser.error("a stretch is as long as a season: --season")
    introduce("panels with a published test part")
    for folder in given.folders:
        if not (folder / "train.csv").is_file():
            print(f"{folder}: skipped, a folder holds train.csv and test.csv")
            continue
        panel = panel_of(folder, given.train, given.thin, given.stretches, given.season or 0)
        search = None if given.search is None else (given.search, given.search_cells)
        for cells in given.cells:
            measure(panel, given.horizon, given.season, promote=given.promote, cells=cells, search=search)


if __name__ == "__main__":
    main()
