"""Where MLflow's page is, for the links that lead to it."""

import os
from pathlib import Path

from recurcast.masking import bare_address
from recurcast.stack.processes import alive
from recurcast.stack.record import MLFLOW, read_record


def mlflow_page(root: Path) -> str | None:
    """Return the address of MLflow's page: of the server that MLFLOW_TRACKING_URI names, else of the project's own stack.

    None where there is no page now: a link would lead nowhere. A link states no password: a browser asks for it.
    """
    chosen = os.environ.get("MLFLOW_TRACKING_URI", "")
    if chosen.startswith(("http://", "https://")):
        return bare_address(chosen).rstrip("/")
    part = read_record(root).parts.get(MLFLOW)
    return part.address if part is not None and alive(part) else None
