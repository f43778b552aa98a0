"""A highway on a lake with what is known ahead: of all series and of each, as it was known at each window's origin."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recurcast.config import PipelineConfig
from recurcast.evaluation.by_file import judged_on
from recurcast.executors.tasks import carry_out, data_of, given_for, tasks_of
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.splitting import split_of
from recurcast.training.highway import drivers, examples, lesson
from recurcast.training.highway.plan import Plan, plan_of, refit_plan
from recurcast.training.kinds import fit_seeds
from support.lakes import PLANS, SALE, SITES, WARMTH, ahead_in, lake_in, streamed_highway, windows_in

WAYS: dict[str, list[dict[str, Any]]] = {
    "shared": [WARMTH],
    "by series": [PLANS],
    "of one site": [SALE],
    "all": [WARMTH, PLANS, SALE],
}
COLUMNS = {"shared": 1, "by series": 2, "of one site": 1, "all": 4}


def of(path: str, way: str = "all") -> PipelineConfig:
    return streamed_highway(path, source={"known_ahead": WAYS[way]})


@pytest.fixture(autouse=True, scope="module")
def _few_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "_FEWEST_STEPS", 40)
        patch.setattr(lesson, "_MOST_STEPS", 40)
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ahead_in(lake_in(tmp_path_factory.mktemp("lake")))


def table_of(found: Plan) -> list[np.ndarray]:
    """The rows of a plan's lessons with what stands beside them, in an order of their own."""
    tables = []
    for each in (found.lesson, found.held_out):
        arrays = [own.reshape(len(each), -1) for own in each.batches(np.arange(len(each)))]
        table = np.concatenate(arrays, axis=1)
        tables.append(table[np.lexsort(np.round(table, 4).T)])
    return tables


def assert_same_plan(found: Plan, expected: Plan) -> None:
    assert (found.chosen, found.steps) == (expected.chosen, expected.steps)
    assert np.array_equal(found.ridge, expected.ridge)
    for ours, theirs in zip(table_of(found), table_of(expected), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-6)
    assert sorted(found.scales) == sorted(expected.scales)


@pytest.mark.parametrize("way", WAYS)
def test_where_a_share_is_all_the_plan_of_a_lake_is_that_of_the_whole(
    way: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "_AT_ONCE", 100)  # what stands beside a file's windows is looked up in parts
    of_lake, of_whole = ((config, windows_in(root, config)) for config in (of("lake", way), of("folder", way)))

    assert_same_plan(plan_of(*of_lake), plan_of(*of_whole))
    assert_same_plan(refit_plan(*of_lake, 0.5), refit_plan(*of_whole, 0.5))
    facts = plan_of(*of_lake).facts
    assert facts.drivers == 2 + COLUMNS[way], "the hour's two columns beside those of the files"
    assert max(facts.driver_spread) < 1e300, "each of them moves"


def test_it_is_scored_as_on_the_whole_and_by_another_process_fitted_with_the_same_bits(root: Path) -> None:
    config, split, whole = of("lake"), windows_in(root, of("lake")), windows_in(root, of("folder"))
    fitted = fit_seeds("gru", config, split)

    found, expected = (judged_on(*each, [fitted], None) for each in ((config, split), (of("folder"), whole)))
    for part in ("validation", "test"):
        ours, theirs = getattr(found, part), getattr(expected, part)
        assert ours.n_windows == theirs.n_windows
        assert ours.score("gru", "mase") == pytest.approx(theirs.score("gru", "mase"), rel=1e-5)
    assert found.intervals["gru"].widths == pytest.approx(expected.intervals["gru"].widths, rel=1e-5)
    assert found.coverage["gru"] == pytest.approx(expected.coverage["gru"])

    given = pickle.loads(pickle.dumps(given_for(config, split)))
    (task,) = tasks_of("gru", config, data_of(config, given), 2, None, 1)
    members = carry_out(task, given, lambda _: None)
    median = [weights for each in members for weights in each.weights]
    assert all(np.array_equal(*pair) for pair in zip(median, fitted[0].network.core.get_weights(), strict=True))
    assert data_of(config, given_for(config, split)) == data_of(config, given_for(config, windows_in(root, config)))


def test_weights_do_not_hang_on_whether_what_stands_beside_is_laid_out_or_looked_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = windows_in(root, of("lake"))
    laid_out = table_of(plan_of(of("lake"), split))
    monkeypatch.setattr(drivers, "_MOST_VALUES", 0)
    looked_up = table_of(plan_of(of("lake"), windows_in(root, of("lake"))))
    assert all(np.array_equal(*pair) for pair in zip(laid_out, looked_up, strict=True))


def test_a_column_that_moves_in_none_of_the_sampled_series_counts_by_what_is_true_of_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = of("lake", "of one site")
    split = windows_in(root, config)
    others = frozenset(SITES) - {SITES[5]}
    monkeypatch.setattr(LakeSplit, "sample", lambda self: split_of(config, self.frame.only(others), may_lack=True))

    facts = plan_of(config, split).facts

    sale = facts.drivers - 1
    told = split.overall.ahead
    assert (facts.driver_mean[sale], facts.driver_spread[sale]) == pytest.approx((told.mean(), told.std()))
    assert 0.5 < told.std() < 1, "of days with 0, 1 and 2"
    lost = replace(split, overall=replace(split.overall, ahead=np.zeros((2, 1))))
    assert plan_of(config, lost).facts.driver_spread[sale] > 1e300, "nothing is known of what another value means"
