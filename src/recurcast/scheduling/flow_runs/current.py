"""The calling flow run: its name and tags on Prefect's page, and that it goes on without its worker."""

import os
import sys
from typing import TYPE_CHECKING

from recurcast.runs.train import RunResult

if TYPE_CHECKING:
    from rich.console import Console


def name_flow_run(name: str, *tags: str) -> None:
    """Give the calling flow run its name and tags: what it is of is known only once its request is.

    It outlives its worker from then on.
    """
    outlive_worker()
    _update(tags, name)


def outlive_worker() -> None:
    """Let this process go on when nobody reads any more what it says.

    Prefect's logs go through rich to the worker, too. When that is killed the next line finds a broken pipe, at which
    rich ends the process: a training of hours would be lost with a worker that is replaced in seconds.
    """
    from rich.console import Console

    Console.on_broken_pipe = _be_quiet  # type: ignore[assignment]


def _be_quiet(console: "Console") -> None:
    console.quiet = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def tag_flow_run(*tags: str) -> None:
    """Add tags to those of the calling flow run."""
    _update(tags)


def outcome_tag(result: RunResult) -> str:
    """Return how a run ended as a tag: its verdict, such as `promote`, else its outcome, such as `no-new-data`."""
    trained = result.outcome == "trained" and result.decision is not None
    return result.decision.verdict if trained and result.decision else result.outcome.replace(" ", "-")


def _update(tags: tuple[str, ...], name: str | None = None) -> None:
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run

    with get_client(sync_client=True) as client:
        # The server replaces all tags, and asks what the run has by now: its own, those of its deployment.
        before = client.read_flow_run(flow_run.id).tags
        client.update_flow_run(flow_run.id, name=name, tags=list(dict.fromkeys([*before, *tags])))
