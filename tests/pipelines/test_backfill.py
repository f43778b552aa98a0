"""In which order a backfill hands its intervals out; nothing is trained."""

from datetime import timedelta

import pytest

from recurcast.pipelines import backfill as backfilling
from recurcast.pipelines.backfill import carry_out
from recurcast.runs.backfill import Choice, intervals_of, make_plan
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.tracking.backfill import create_backfill, read_backfill
from recurcast.tracking.store import connect
from support.tiny import AS_OF, tiny_pipeline

TICKS = [AS_OF + timedelta(hours=hour) for hour in range(3)]
COLD, WARM = tiny_pipeline(), tiny_pipeline(training={"warm_start": "champion"})


class Stub:
    """Ends each interval as it is told to, once, and then without new data."""

    def __init__(self, **outcomes):
        self.outcomes, self.handed_out = outcomes, []

    def run(self, interval, ticket):
        hour = f"h{interval.as_of.hour}"
        self.handed_out.append((hour, ticket.provisional))
        return self.outcomes.pop(hour, "no new data")

    def ended(self, ended, progress):
        pass

    def cancelled(self):
        pass


def handed_out(root, pipeline, order, concurrency=1, **outcomes):
    store, choice = connect(root), Choice(order=order)
    plan = make_plan(intervals_of(TICKS, None, None), {}, fingerprint_of(pipeline, ""), None, choice, None)
    recorded = read_backfill(store, create_backfill(store, pipeline, plan, choice).run_id)
    way = Stub(**outcomes)
    carry_out(store, pipeline, root, recorded, way, concurrency=concurrency)
    return way.handed_out


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(backfilling, "_LOOK_AGAIN", 0.01)


def test_a_backfill_begun_newest_first_goes_on_oldest_first_once_training_starts_warm(tmp_path):
    assert handed_out(tmp_path, COLD, "newest") == [("h2", True), ("h1", True), ("h0", False)]
    assert handed_out(tmp_path, WARM, "newest", 3) == [("h0", False), ("h1", False), ("h2", False)]


def test_an_interval_that_another_run_holds_is_waited_for_before_those_that_start_from_its_champion(tmp_path):
    assert [hour for hour, _ in handed_out(tmp_path, COLD, "oldest", h0="held")] == ["h0", "h1", "h2", "h0"]
    assert handed_out(tmp_path, WARM, "oldest", h0="held") == [
        ("h0", False), ("h0", False), ("h1", False), ("h2", False)
    ]  # fmt: skip
