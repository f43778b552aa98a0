import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.projects import one_json_object, recurcast

REPOSITORY = Path(__file__).parents[3]
QUICK = ("--set", "training.seeds=1", "--set", "network.units=2", "--set", "network.cells=[gru]", "--promote")


@pytest.fixture
def csv(tmp_path, monkeypatch):
    """A small CSV of a shop's days, in the folder where one stands."""
    monkeypatch.chdir(tmp_path)
    days = np.arange(300)
    ds = pd.date_range("2023-01-01", periods=300, freq="D").strftime("%d.%m.%Y")
    sold = 50 + 20 * (days % 7 == 5) + 3 * np.sin(days) + np.random.default_rng(0).normal(size=300)
    pd.DataFrame({"day": [f"{d[6:]}-{d[3:5]}-{d[:2]}" for d in ds], "sold": sold.round(2)}).to_csv(
        "shop.csv", index=False
    )
    return tmp_path / "shop.csv"


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_csv_becomes_a_project_that_runs_at_once(csv, monkeypatch):
    begun = recurcast("init", "mine", "--csv", "shop.csv")

    assert (begun.exit_code, begun.stderr) == (0, "")
    assert "a copy of shop.csv" in begun.stdout
    assert "season: 7  # a week: clear" in begun.stdout
    assert "schedule: 0 6 * * *" in begun.stdout
    flows = sorted(f"flows/{file.name}" for file in (REPOSITORY / "flows").glob("*.py"))
    assert tree(Path("mine")) == sorted([".gitignore", "README.md", "data/shop.csv", "prefect.yaml", *flows])
    assert Path("mine/data/shop.csv").read_bytes() == csv.read_bytes()
    assert sorted(os.listdir()) == ["mine", "shop.csv"]

    monkeypatch.chdir("mine")
    trained = one_json_object(recurcast("run", *QUICK, "--json").stdout)

    assert (trained["pipeline"], trained["outcome"]) == ("shop", "trained")
    assert trained["as_of"] == "2023-10-28T06:00:00Z"
    assert recurcast("forecast", "shop").exit_code == 0


def test_without_a_file_the_project_has_the_generated_pipeline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begun = one_json_object(recurcast("init", "new/and/deep", "--json").stdout)

    assert (begun["pipeline"], begun["file"], begun["guesses"]) == ("sine", None, [])
    assert begun["next"] == ["cd new/and/deep", "recurcast run", "recurcast up"]
    monkeypatch.chdir("new/and/deep")
    assert "sine" in recurcast("pipelines").stdout


def test_json_holds_every_guess_with_its_evidence(csv):
    begun = one_json_object(recurcast("init", "mine", "--csv", "shop.csv", "--name", "sales", "--json").stdout)

    assert (begun["pipeline"], begun["file"]) == ("sales", "data/shop.csv")
    frequency = next(guess for guess in begun["guesses"] if guess["field"] == "frequency")
    assert (frequency["value"], frequency["why"]) == ("D", "all 300 rows lie on this grid")


def test_the_empty_folder_one_stands_in_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert recurcast("init", ".").exit_code == 0
    assert (tmp_path / "prefect.yaml").is_file()


def test_a_folder_with_something_in_it_is_refused_and_stays_as_it_was(csv, tmp_path):
    refused = recurcast("init", ".", "--csv", "shop.csv")

    assert refused.exit_code == 2
    assert "'.' holds 'shop.csv'" in refused.message
    assert tree(tmp_path) == ["shop.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--csv", "absent.csv"), 3, "'absent.csv' was not found"),
        (("--csv", "shop.csv", "--target", "sodl"), 2, "Did you mean 'sold'"),
        (("--csv", "shop.csv", "--target", "day"), 3, "what is forecast is a column of numbers"),
        (("--csv", "shop.csv", "--timezone", "Mars/Olympus"), 2, "--timezone: a time zone is an IANA name"),
        (("--csv", "shop.csv", "--name", "Shop!"), 2, "--name: a pipeline's name is lower-case"),
        (("--csv", "shop.csv", "--horizon", "150"), 3, "Bring more rows, or a shorter horizon"),
        (("--target", "sold"), 2, "Name it: --csv FILE"),
    ],
)
def test_what_can_not_be_understood_leaves_nothing_behind(csv, tmp_path, arguments, code, says):
    refused = recurcast("init", "mine", *arguments)

    assert refused.exit_code == code
    assert says in refused.message
    assert tree(tmp_path) == ["shop.csv"]
    assert not Path("mine").exists()


def test_a_write_that_fails_half_way_leaves_nothing_behind(csv, tmp_path, monkeypatch):
    def no_room(source, destination):
        Path(destination).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", no_room)
    refused = recurcast("init", "mine", "--csv", "shop.csv")

    assert refused.exit_code == 2
    assert "No space left on device. Nothing was left there" in refused.message
    assert tree(tmp_path) == ["shop.csv"]


def test_run_without_a_name_asks_for_one_where_there_are_several(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    refused = recurcast("run")

    assert refused.exit_code == 2
    assert "6: sine, notebook, energy, weather, stocks, anomalies" in refused.message


def test_of_a_folder_or_an_address_a_part_is_asked_for_and_what_to_write_is_said(csv):
    refused = recurcast("init", "mine", "--csv", str(csv.parent))
    assert refused.exit_code == 2
    assert f"--csv {csv}" in refused.stderr
    assert f"{{kind: folder, path: {csv.parent.resolve()}}}" in refused.stderr
    elsewhere = recurcast("init", "mine", "--csv", "s3://lake/heat")
    assert elsewhere.exit_code == 2
    assert "received s3://lake/heat. Show it a part of what is there" in elsewhere.stderr
    assert not Path("mine").exists()
