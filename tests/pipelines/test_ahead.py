"""A backfill of this process: the next interval's cells are fitted while this one is judged and recorded."""

from datetime import timedelta
from functools import partial

import pytest

from recurcast.executors import seam
from recurcast.executors.in_advance import InAdvance
from recurcast.pipelines import told_ahead
from recurcast.pipelines.backfill import carry_out
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.backfill import Choice, intervals_of, make_plan
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.train import Request
from recurcast.tracking.backfill import create_backfill, read_backfill
from recurcast.tracking.store import connect
from recurcast.training import kinds
from support.tiny import AS_OF, tiny_pipeline

TICKS = [AS_OF + timedelta(hours=hour) for hour in range(3)]


class Here:
    """Intervals in this process, as `recurcast backfill run --here` has them."""

    def __init__(self, root, pipeline):
        self.run_as_of = partial(Request, pipeline, root=root, trigger="backfill")

    def run(self, interval, ticket):
        request = self.run_as_of(as_of=interval.as_of, previous=interval.previous, ticket=ticket)
        return run_interval(request, PLAIN).outcome

    def ended(self, ended, progress):
        assert ended.outcome == "trained", ended

    def cancelled(self):
        pass


def backfilled(root, pipeline):
    store, choice = connect(root), Choice()
    plan = make_plan(intervals_of(TICKS, None, None), {}, fingerprint_of(pipeline, ""), None, choice, None)
    recorded = read_backfill(store, create_backfill(store, pipeline, plan, choice).run_id)
    carry_out(store, pipeline, root, recorded, Here(root, pipeline), fits_here=True)
    return weights_in(store, pipeline)


def weights_in(store, pipeline):
    (experiment,) = store.client.search_experiments(filter_string=f"name = '{pipeline.name}'")
    runs = store.client.search_runs([experiment.experiment_id], "tags.cell LIKE '%'")
    return {(run.data.tags["as_of"], run.data.tags["cell"]): run.data.tags["weights"] for run in runs}


@pytest.fixture
def _two_processors(monkeypatch):
    monkeypatch.setattr(seam, "processors", lambda: 2)


@pytest.mark.usefixtures("_two_processors")
def test_intervals_that_are_fitted_in_advance_have_the_bits_that_they_have_alone(tmp_path, monkeypatch):
    pipeline, fitted, asked, foreseen = tiny_pipeline(), [], [], []
    foresee = InAdvance.foresee
    monkeypatch.setattr(InAdvance, "foresee", lambda *given: foreseen.append(given) or foresee(*given))
    fit = kinds.fit_seeds
    monkeypatch.setattr(kinds, "fit_seeds", lambda *given: fitted.append(given[0]) or fit(*given))
    own = InAdvance.fit_seeds
    monkeypatch.setattr(InAdvance, "fit_seeds", lambda *given: asked.append(own(*given)) or asked[-1])
    (tmp_path / "ahead").mkdir()
    ahead = backfilled(tmp_path / "ahead", pipeline)
    assert len(foreseen) == 1, "the third interval, while the second was judged"
    assert len(fitted) == len(ahead) == len(asked) == 3 * len(pipeline.network.cells), "each cell is fitted once"
    (tmp_path / "alone").mkdir()
    for before, tick in zip([None, *TICKS], TICKS, strict=False):
        run_interval(Request(pipeline, tick, tmp_path / "alone", "backfill", previous=before), PLAIN)
    assert weights_in(connect(tmp_path / "alone"), pipeline) == ahead
    assert not told_ahead._told, "nothing is kept of what was looked at"
