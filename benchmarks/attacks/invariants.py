"""What must hold once a killed command was called again: asked of the store, in a child, as a stranger would ask it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOST, DOUBLED, WRONG = "lost", "doubled", "wrong"


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold."""

    kind: str
    what: str


def breaches(project: Path, name: str, done: Sequence[str]) -> str:
    """Return as JSON what does not hold of a pipeline whose intervals `done` (texts such as 2024-06-01T00:00:00Z) were run."""
    from mlflow import MlflowClient

    store = f"sqlite:///{project / 'mlflow.db'}"
    client = MlflowClient(store, registry_uri=store)
    experiment = client.get_experiment_by_name(name).experiment_id
    runs = client.search_runs([experiment], max_results=5000)
    versions = [
        each for each in client.search_model_versions(f"name='{name}'", max_results=5000) if "as_of" in each.tags
    ]
    found = once(
        "trained runs", [run.data.tags["as_of"] for run in runs if run.data.tags.get("outcome") == "trained"], done
    )
    found += once("versions", [version.tags["as_of"] for version in versions], done)
    model = client.get_registered_model(name)
    entries = [json.loads(text) for key, text in model.tags.items() if key.startswith("history.")]
    verdicts = [entry for entry in entries if entry.get("kind") == "verdict"]
    found += once("verdicts in the history", [entry["as_of"] for entry in verdicts], done)
    found += [Breach(WRONG, f"run {run.info.run_name} is RUNNING") for run in runs if run.info.status == "RUNNING"]
    owed = [version.version for version in versions if version.tags.get("entry", "written") != "written"]
    found += [Breach(LOST, f"version {number} owes its entry") for number in owed]
    if len(entries) == len(verdicts):
        found += champion(verdicts, model.aliases.get("champion"))
    return json.dumps([[each.kind, each.what] for each in found])


def once(what: str, found: Sequence[str], expected: Sequence[str]) -> list[Breach]:
    """Return which of the expected are not there, and which are there too often or unexpectedly."""
    counted, wanted = Counter(found), Counter(expected)
    lost = [Breach(LOST, f"{what}: none of {as_of}") for as_of in sorted(wanted - counted)]
    return lost + [Breach(DOUBLED, f"{what}: {counted[as_of]} of {as_of}") for as_of in sorted(counted - wanted)]


def champion(verdicts: Sequence[dict[str, Any]], alias: str | None) -> list[Breach]:
    """Return whether another version than the newest final promotion is champion, where nobody decided by hand.

    `alias` is the version that MLflow names; nothing of the program's own is asked.
    """
    promoted = [each for each in verdicts if each["decision"] == "promote" and not each.get("provisional")]
    expected = max(promoted, key=lambda each: each["as_of"])["version"] if promoted else None
    said = None if alias is None else int(alias)
    if said == expected or expected is None:
        return []
    return [Breach(WRONG, f"champion is version {said}; the newest final promotion is version {expected}")]
