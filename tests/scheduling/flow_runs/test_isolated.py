from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recurcast.runs.train import Ticket
from recurcast.scheduling.deployments.work_pools import ensure_work_pool
from recurcast.scheduling.flow_runs.isolated import TAKEN_BACK, run_isolated, take_back

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

TICKS = [datetime(2024, 3, 1, hour, tzinfo=UTC) for hour in range(3)]


def test_what_no_worker_has_begun_is_taken_back_and_other_backfills_are_left_alone(
    server: "SyncPrefectClient", wait_until
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Running

    ensure_work_pool(server, "recurcast")
    server.create_deployment(server.create_flow_from_name("train"), "sine", work_pool_name="recurcast")
    url = PREFECT_API_URL.value()

    def run(tick: datetime, backfill: str):
        with temporary_settings({PREFECT_API_URL: url}):  # Prefect's settings are a thread's own
            return run_isolated("sine", tick, Ticket(backfill), attempt=backfill, force=False)

    threads = ThreadPoolExecutor(3)
    try:
        waiting, begun = threads.submit(run, TICKS[0], "one"), threads.submit(run, TICKS[1], "one")
        others = threads.submit(run, TICKS[2], "two")
        runs = wait_until(lambda: len(found := server.read_flow_runs()) == 3 and found, 60, "all are submitted")
        by_tick = {run.expected_start_time: run.id for run in runs}
        server.set_flow_run_state(by_tick[TICKS[1]], Running(), force=True)

        take_back("one")

        assert waiting.result(60).name == TAKEN_BACK
        assert server.read_flow_run(by_tick[TICKS[1]]).state.is_running()
        assert server.read_flow_run(by_tick[TICKS[2]]).state.is_scheduled()
        assert not begun.done()
        assert not others.done()
    finally:
        threads.shutdown(wait=False)  # the fixture deletes their runs, and they end
