import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recurcast.errors import ConfigurationError
from recurcast.scheduling.deployments.deploy import deploy
from recurcast.scheduling.flow_runs.submit import FlowRunNews, shown, submit

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SINE = """
deployments:
  - name: sine
    <<: *flow
    parameters: {pipeline: {<<: *small, name: sine}}
"""

WriteProject = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _deadline() -> Iterator[None]:
    """A run that never ends is followed for ever; its test is not."""

    def give_up(*_: object) -> None:
        raise TimeoutError("not within 120 s: the run ends")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def stand(server: "SyncPrefectClient") -> None:
    """Put the deployment `train/sine` on the server, which no worker is to run."""
    from prefect.client.schemas.actions import WorkPoolCreate

    server.create_work_pool(WorkPoolCreate(name="recurcast", type="process"))
    schema = {"type": "object", "properties": {"promote": {"type": "boolean"}}}
    server.create_deployment(
        server.create_flow_from_name("train"),
        "sine",
        work_pool_name="recurcast",
        parameter_openapi_schema=schema,
        enforce_parameter_schema=True,
    )


def test_a_terminal_shows_what_a_run_says_and_not_where_in_the_code_it_was() -> None:
    traceback = (
        '\nTraceback (most recent call last):\n  File "flow_engine.py", line 2268, in run_flow\nFailedRun: 2 failed'
    )

    assert shown("1 of 8: trained") == "1 of 8: trained"
    assert shown(f"Encountered exception during execution: ValueError('a bug'){traceback}") == (
        "Encountered exception during execution: ValueError('a bug')"
    )
    assert shown(f"Engine execution exited with unexpected exception{traceback}") == ""


def test_a_worker_runs_what_is_submitted_and_its_states_and_lines_are_followed_to_the_end(
    server: "SyncPrefectClient", write_project: WriteProject, start_worker: Callable[..., object], warm: Path
) -> None:
    deploy(write_project(SINE))
    start_worker("recurcast", python=warm)
    news: list[FlowRunNews] = []
    as_of = datetime(2024, 3, 1, tzinfo=UTC)

    done = submit("sine", news.append, as_of=as_of, parameters={"promote": True}, poll_seconds=0.2)

    assert (done.state, done.completed, done.as_of) == ("COMPLETED", True, as_of)
    assert (news[0].state, news[0].hint, news[0].name) == ("Scheduled", None, "sine 2024-03-01T00:00:00Z")
    assert news[-1].state == "Completed"
    lines = [line for each in news for line in each.lines]
    assert lines.count("training sine") == 1
    assert {each.flow_run_id for each in news} == {done.flow_run_id}


def test_without_a_worker_the_first_news_says_how_to_start_one_and_an_interrupt_leaves_the_run(
    server: "SyncPrefectClient",
) -> None:
    stand(server)
    news: list[FlowRunNews] = []

    def interrupted(each: FlowRunNews) -> None:
        news.append(each)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        submit("sine", interrupted, poll_seconds=0.1)

    assert news[0].hint == "no worker is running; start one with: prefect worker start --pool recurcast"
    (run,) = server.read_flow_runs()
    assert (str(run.id), run.state_name) == (news[0].flow_run_id, "Scheduled")


def test_the_hint_comes_again_when_the_run_is_late_and_a_run_cancelled_elsewhere_ends_the_following(
    server: "SyncPrefectClient",
) -> None:
    from prefect.client.schemas.actions import WorkPoolUpdate
    from prefect.states import Cancelled, Late

    stand(server)
    server.update_work_pool("recurcast", WorkPoolUpdate(is_paused=True))
    news: list[FlowRunNews] = []

    def make_late_then_cancel(each: FlowRunNews) -> None:
        news.append(each)
        late = Late(scheduled_time=datetime(2024, 3, 1, tzinfo=UTC))
        state = late if len(news) == 1 else Cancelled(message="by a person")
        server.set_flow_run_state(each.flow_run_id, state, force=True)

    finished = submit("sine", make_late_then_cancel, poll_seconds=0.1)

    hint = "the work pool is paused; resume it with: prefect work-pool resume recurcast"
    assert [(each.state, each.hint) for each in news] == [("Scheduled", hint), ("Late", hint), ("Cancelled", None)]
    assert (finished.state, finished.message) == ("CANCELLED", "by a person")
    assert (finished.completed, finished.as_of) == (False, None)


def test_a_deployment_that_is_not_there_is_answered_with_deploy_first(server: "SyncPrefectClient") -> None:
    with pytest.raises(ConfigurationError, match=r"no deployment 'train/nosuch'\. Run 'recurcast deploy' first\."):
        submit("nosuch", lambda _: None)


def test_parameters_that_the_flow_refuses_are_named_and_nothing_is_started(
    server: "SyncPrefectClient",
) -> None:
    stand(server)

    with pytest.raises(ConfigurationError, match=r"deployment 'sine' refuses these parameters: .*perhaps"):
        submit("sine", lambda _: None, parameters={"promote": "perhaps"})

    assert server.read_flow_runs() == []
