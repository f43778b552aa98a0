from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from recurcast.config.project import load_pipeline
from recurcast.scaffold.files import pipeline_name, project_file, readme, sine_project_file
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from recurcast.scheduling.clock import now

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["shops", "train"])
def test_the_block_says_what_was_guessed_and_every_guess_has_its_evidence_above_it(tmp_path: Path, name: str) -> None:
    ds = pd.date_range("2024-01-01", periods=300, freq="D").strftime("%Y-%m-%d")
    table = pd.DataFrame({"shop": "a", "ds": ds, "y": np.arange(300) % 7, "rain: mm": np.arange(300) % 5})
    table.to_csv(tmp_path / "Häuser & Höfe.csv", index=False)
    proposal = propose(tmp_path / "Häuser & Höfe.csv", name, Said(), now())
    text = project_file(proposal)
    (tmp_path / "prefect.yaml").write_text(text, encoding="utf-8")

    deployed = load_pipeline(tmp_path, name)
    assert deployed.pipeline == proposal.pipeline
    (schedule,) = deployed.schedules
    assert deployed.forecast_schedules == deployed.schedules
    assert (schedule.cron, schedule.slug) == ("0 6 * * *", "daily")
    flat = " ".join(line.strip().removeprefix("# ") for line in text.splitlines())
    for guess in proposal.guesses:
        assert guess.why[1:] in flat, guess.field
    assert max(map(len, text.splitlines())) <= 130


def test_the_generated_pipeline_is_the_one_of_this_repository_but_grows_every_five_minutes(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text(sine_project_file())

    ours, theirs = load_pipeline(tmp_path, "sine"), load_pipeline(REPOSITORY, "sine")
    unlike = {"frequency": "5min", "description": ours.pipeline.description}
    assert ours.pipeline == theirs.pipeline.model_copy(update=unlike)
    assert [schedule.cron for schedule in ours.schedules] == ["*/5 * * * *"]


def test_a_new_project_deploys_as_this_repository_does() -> None:
    new, own = yaml.safe_load(sine_project_file()), yaml.safe_load((REPOSITORY / "prefect.yaml").read_text())

    assert new["pull"] == own["pull"]
    assert new["definitions"] == own["definitions"]
    deployed = {(each["entrypoint"], each["name"]): each for each in own["deployments"]}
    backfill, train, forecast = new["deployments"]
    assert backfill == deployed["flows/backfill.py:backfill", "backfill"]
    for each in (train, forecast):
        theirs = deployed[each["entrypoint"], "sine"]
        assert each.keys() == theirs.keys()
        assert [each[key] for key in ("work_pool", "tags")] == [theirs[key] for key in ("work_pool", "tags")]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Energy_2024", "energy-2024"),
        ("2024 sales", "series-2024-sales"),
        ("run", "run-series"),
        ("Ω", "series"),
        ("Zähler 7", "zahler-7"),
    ],
)
def test_a_pipeline_is_named_after_its_file(stem: str, name: str) -> None:
    assert pipeline_name(stem) == name


def test_the_readme_of_a_project_names_its_pipeline() -> None:
    assert readme("heating").startswith("# heating\n")
