"""Where MLflow's page is, for the links that lead to it."""

import json
import os
from pathlib import Path

RECORD = Path(".recurcast") / "stack.json"


def mlflow_page(root: Path) -> str | None:
    """Return the address of MLflow's page: of the server that MLFLOW_TRACKING_URI names, else of the project's own stack.

    None where there is no page, or not yet: a link would lead nowhere.
    """
    chosen = os.environ.get("MLFLOW_TRACKING_URI", "")
    if chosen.startswith(("http://", "https://")):
        return chosen.rstrip("/")
    try:
        address = json.loads((root / RECORD).read_text())["parts"]["mlflow"]["address"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(address)
