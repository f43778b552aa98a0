"""Fits by real workers, in processes and homes of their own; one of them is killed."""

import gc
import importlib
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dask
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected, ExecutorUnavailable
from recurcast.executors import dask_door, tasks
from recurcast.executors.cluster import OnCluster
from recurcast.executors.seam import HERE, Executor, engaged
from recurcast.executors.tasks import digest_of
from recurcast.forecasting.forecast import predict_with
from recurcast.forecasting.spool import Spool
from recurcast.pipelines.made_forecast import made_of
from recurcast.pipelines.windows import windows_of
from recurcast.runs.forecast import ForecastRequest
from recurcast.series.lake.scanning import digest_in, obtain_to_train
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.series.validation.checks import report_on
from recurcast.series.windows import Split
from recurcast.stack.doctor.checks import Place as DoctorsPlace
from recurcast.stack.doctor.executor import executor_checks
from recurcast.training.export import bundle_of
from recurcast.training.fit import Epoch, FittedCell
from support.dask_cluster import Cluster, dask_cluster
from support.lakes import AS_OF as LAKE_AS_OF
from support.lakes import PLANS, WARMTH, ahead_in, lake_in, streamed, streamed_highway, windows_in
from support.prefect_server import free_port
from support.tiny import AS_OF, TINY, tiny_pipeline

PLAIN = tiny_pipeline(training=TINY["training"] | {"seeds": 3}, network={"units": 3, "cells": ["lstm"]})
LONG = tiny_pipeline(training={"epochs": 60, "patience": None}, network={"units": 3, "cells": ["gru"]})


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="module")
def executor(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnCluster]:
    with engaged(tmp_path_factory.mktemp("project"), cluster.address) as found:
        assert isinstance(found, OnCluster)
        yield found


def windows(pipeline: PipelineConfig) -> Split:
    return split_of(pipeline, obtain(pipeline, AS_OF, Path()))


def bits(fitted: tuple[FittedCell, ...]) -> list[object]:
    return [(each.seed, each.kept, each.weights_digest, each.epochs, each.program) for each in fitted]


def fitted_by(executor: Executor, pipeline: PipelineConfig, heard: list[Epoch] | None = None) -> list[object]:
    split, (cell,) = windows(pipeline), pipeline.network.cells
    executor.make_ready([cell], pipeline, split)
    return bits(executor.fit_seeds(cell, pipeline, split, (lambda _: None) if heard is None else heard.append))


def test_doctor_tells_of_a_cluster_that_answers_and_of_one_that_does_not(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = DoctorsPlace(tmp_path, "", embedded=True, api=None)
    assert list(executor_checks(place)) == []
    for address, state in ((cluster.address, "ok"), (f"tcp://127.0.0.1:{free_port()}", "failed")):
        monkeypatch.setenv("RECURCAST_EXECUTOR", address)
        (check,) = executor_checks(place)
        assert check.state == state
        assert address in check.found


def test_workers_of_other_homes_give_the_bits_of_this_process_and_tell_of_each_epoch(executor: OnCluster) -> None:
    here, there = list[Epoch](), list[Epoch]()

    assert fitted_by(executor, PLAIN, there) == fitted_by(HERE, PLAIN, here)
    assert sorted((each.train, each.validation) for each in there) == sorted(
        (each.train, each.validation) for each in here
    )
    assert executor.at_once == 2
    assert executor.remarks == ()


def test_a_worker_that_came_later_with_another_recurcast_refuses_fits_and_files(
    executor: OnCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "code_digest", lambda: "another")
    monkeypatch.setattr(dask_door, "code_digest", lambda: "another")
    refused = r"tcp://127\.0\.0\.1:\d+ has another one\. Install"
    with pytest.raises(ExecutorUnavailable, match=refused):
        fitted_by(executor, PLAIN)
    with pytest.raises(ExecutorUnavailable, match=refused):
        list(executor.in_order(len, ["a"]))


def test_a_scheduler_that_lacks_what_tasks_are_made_of_is_told_apart(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def facts_here(): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(dask_door, "facts_here", importlib.import_module("only_here").facts_here)
    with (
        pytest.raises(
            ExecutorUnavailable, match=r"the scheduler of tcp.*it does not: No module named 'only_here'\. Install"
        ),
        engaged(tmp_path, cluster.address),
    ):
        pass


def test_a_fit_whose_worker_is_killed_is_done_once_more_with_the_same_bits(executor: OnCluster) -> None:
    split, begun, heard = windows(LONG), set[str](), list[Epoch]()

    def kill(epoch: Epoch) -> None:
        heard.append(epoch)
        (pending,) = executor._pending.values()
        if not begun:
            begun.update(pending.begun)
            pids = executor._engine._client.run(os.getpid, workers=list(begun))  # type: ignore[attr-defined]
            for pid in pids.values():
                os.kill(pid, signal.SIGKILL)

    there = bits(executor.fit_seeds("gru", LONG, split, kill))

    assert there == bits(HERE.fit_seeds("gru", LONG, split))
    assert [each.number for each in heard] == list(range(1, 61))
    assert len(begun) == 1


def test_a_scheduler_that_stands_still_in_the_midst_of_a_fit_ends_it_with_one_message(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = r"for 1 seconds its scheduler has not answered\. What is recorded stays"

    def stop(_: Epoch) -> None:
        monkeypatch.setattr(dask_door, "_TO_ANSWER", 1)
        cluster.scheduler.send_signal(signal.SIGSTOP)

    with engaged(tmp_path, cluster.address) as executor:
        try:
            with pytest.raises(ExecutorUnavailable, match=said):
                executor.fit_seeds("gru", LONG, windows(LONG), stop)
        finally:
            cluster.scheduler.send_signal(signal.SIGCONT)


def test_processes_of_its_own_give_the_bits_of_this_process_listen_to_nobody_else_and_leave_ctrl_c_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECURCAST_EXECUTOR_WORKERS", "1")
    with engaged(tmp_path, "processes") as executor:
        assert executor.told == "1 process of this machine"
        assert fitted_by(executor, PLAIN) == fitted_by(HERE, PLAIN)
        addresses = executor._engine._client.scheduler_info()["workers"]  # type: ignore[attr-defined]
        assert all(address.startswith("tls://127.0.0.1:") for address in addresses)
        blocked = partial(signal.pthread_sigmask, signal.SIG_BLOCK, ())
        assert all(signal.SIGINT in each for each in executor._engine._client.run(blocked).values())  # type: ignore[attr-defined]
        assert signal.SIGINT not in blocked()
        assert not [each for each in gc.callbacks if each.__module__.startswith("distributed")]


def test_files_of_a_lake_are_looked_at_trained_on_and_forecast_by_workers_to_the_letter(
    executor: OnCluster, tmp_path: Path
) -> None:
    root, config = lake_in(tmp_path), streamed()
    here, there = (obtain_to_train(config, LAKE_AS_OF, root, each.in_order) for each in (HERE, executor))
    assert (there.ids, there.grid, digest_in(there)) == (here.ids, here.grid, digest_in(here))
    assert report_on(there, config, LAKE_AS_OF, executor.in_order) == report_on(here, config, LAKE_AS_OF)

    split = windows_in(root, config)
    (fitted,) = HERE.fit_seeds("gru", config, split)
    assert bits(executor.fit_seeds("gru", config, split)) == bits((fitted,))

    bundle = bundle_of(config, fitted.network, split, split.panel.grid).stamped(1, None)
    request, rows = ForecastRequest(config, LAKE_AS_OF, root), []
    for each in (HERE, executor):
        with Spool() as spool:
            rows.append(made_of(request, here, bundle, predict_with(bundle), spool, None, each.in_order).rows)
    pd.testing.assert_frame_equal(*rows, check_exact=True)
    file = next((root / "lake").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
        obtain_to_train(config, LAKE_AS_OF, root, executor.in_order)


def test_what_is_known_ahead_of_a_lake_is_there_for_workers_too(executor: OnCluster, tmp_path: Path) -> None:
    root, source = ahead_in(lake_in(tmp_path)), {"known_ahead": [WARMTH, PLANS]}
    config = streamed_highway(source=source, training={"seeds": 1, "combine": "best"})
    here, there = (obtain_to_train(config, LAKE_AS_OF, root, each.in_order) for each in (HERE, executor))
    assert digest_in(there) == digest_in(here)

    split, seen = windows_in(root, config), windows_of(config, there, executor.in_order)
    assert digest_of(seen.overall) == digest_of(split.overall)
    (fitted,) = HERE.fit_seeds("gru", config, split)
    assert bits(executor.fit_seeds("gru", config, seen)) == bits((fitted,))

    bundle = bundle_of(config, fitted.network, split, split.panel.grid).stamped(1, None)
    request, made = ForecastRequest(config, LAKE_AS_OF, root), []
    for each in (HERE, executor):
        with Spool() as spool:
            made.append(made_of(request, here, bundle, predict_with(bundle), spool, None, each.in_order))
    pd.testing.assert_frame_equal(*(each.rows for each in made), check_exact=True)
    assert made[0].remarks == made[1].remarks
    long = ForecastRequest(config, LAKE_AS_OF, root, horizon=5)
    plans = pd.read_parquet(root / "plans.parquet")
    plans[plans["ds"] != LAKE_AS_OF + pd.Timedelta("3h")].to_parquet(root / "plans.parquet", index=False)
    frame, says = obtain_to_train(config, LAKE_AS_OF, root), r"'plan' of series 'site 0' has no value.*forecast 3 steps"
    with Spool() as spool, pytest.raises(DataRejected, match=says):
        made_of(long, frame, bundle, predict_with(bundle), spool, None, executor.in_order)


def test_an_address_at_which_no_scheduler_answers_for_as_long_as_dask_is_told_to_wait_is_one_clear_error(
    tmp_path: Path,
) -> None:
    patience = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    said = r"whose scheduler answers; tcp://127\.0\.0\.1:9 does not.*--executor here"
    with patience, pytest.raises(ExecutorUnavailable, match=said):
        engaged(tmp_path, "tcp://127.0.0.1:9").__enter__()
