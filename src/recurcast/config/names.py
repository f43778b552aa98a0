"""What a pipeline may be called."""

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator

from recurcast.errors import NamedLikeCommand

NEW_WORDS = frozenset({"doctor", "explain", "lake", "search"})
"""Commands that came when pipelines could be called so: those load, with a warning."""
COMMAND_WORDS = NEW_WORDS | {
    *("run", "pipelines", "deploy", "schedule", "backfill", "track", "prune", "champion", "history", "promote"),
    *("rollback", "forecast", "up", "down", "status", "logs", "report", "init", "help", "version", "all", "latest"),
}


def _valid_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        raise ValueError(
            f"a pipeline's name is lower-case letters, digits and hyphens, at most 63, a letter first; received '{name}'"
        )
    if name in NEW_WORDS:
        warnings.warn(
            f"the pipeline '{name}' is named like the command `recurcast {name}`, which came later: it works as before; "
            "a new pipeline can't be called so",
            NamedLikeCommand,
            stacklevel=2,
        )
    elif name in COMMAND_WORDS:
        raise ValueError(f"a pipeline can't be named like a command; '{name}' is one. Choose another name")
    return name


PipelineName = Annotated[str, AfterValidator(_valid_name)]
