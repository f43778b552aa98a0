"""What the calling flow run is called on Prefect's page, and the tags that it is found by."""

from recurcast.runs.train import RunResult


def name_flow_run(name: str, *tags: str) -> None:
    """Give the calling flow run its name and tags: what it is of is known only once its request is."""
    _update(tags, name)


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
