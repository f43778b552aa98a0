"""What `init` proposes for a file, and the rows that a run then reads by it."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from recurcast.config.project import load_pipeline
from recurcast.scaffold.files import pipeline_name, project_file
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.proposal import Proposal, propose
from recurcast.series.files import read_file

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
CASES = Path(__file__).parents[3] / "shared" / "cases"


def case(name: str) -> Path:
    """Return a file in the shape of a real one; skip where they are not there."""
    if not (CASES / name).is_file():
        pytest.skip(f"the example files are not here: {name}")
    return CASES / name


@dataclass(frozen=True)
class Proposed:
    """A proposal, and all rows as a run reads them by the written project."""

    proposal: Proposal
    rows: pd.DataFrame

    def guess(self, field: str) -> Guess:
        """Return what was said of a field."""
        return next(each for each in self.proposal.guesses if each.field == field)


def proposed(file: Path, project: Path, **said: str) -> Proposed:
    """Return what `init` writes for a file, read back from the project's text as a run does."""
    name = pipeline_name(file.name.partition(".")[0])
    proposal = propose(file, name, Said(**said), NOW)  # type: ignore[arg-type]
    (project / "data").mkdir(parents=True, exist_ok=True)
    shutil.copy(file, project / "data" / file.name)
    (project / "prefect.yaml").write_text(project_file(proposal), encoding="utf-8")
    pipeline = load_pipeline(project, name).pipeline
    assert pipeline == proposal.pipeline
    return Proposed(proposal, read_file(pipeline.source, project, name))  # type: ignore[arg-type]
