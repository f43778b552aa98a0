"""What the log and the progress artifact tell while a run trains, on a real server."""

from logging import INFO, getLogger

import pytest
from prefect import flow

import reporting
from recurcast.errors import ExecutorUnavailable, RecurcastError, StoreUnavailable
from reporting import FlowLog, outcome_of, state_of_failure


def test_how_far_the_training_is_is_told_in_tenths_and_in_the_end_it_is_whole(server, monkeypatch, caplog):
    monkeypatch.setattr(reporting, "_MOMENT", 0.0)
    log = getLogger("a flow's, which no command before has silenced")
    caplog.set_level(INFO, log.name)
    monkeypatch.setattr(reporting, "get_run_logger", lambda: log)
    shares = []
    monkeypatch.setattr(reporting, "update_progress_artifact", lambda _, share: shares.append(round(share, 1)))

    @flow(name="trains", persist_result=False)
    def trains():
        log = FlowLog("tiny", cells=3)
        for stage in ("obtain", "train"):
            log.stage(stage)
        for number in range(1, 21):
            log.epoch("rnn", number, 20, 0.5, 0.5)
        log.epoch("gru", 20, 20, 0.5, 0.5)  # the last cell stopped early
        for why in ("", "fits wait", "fits wait"):
            log.waits(why)
        log.stage("evaluate")
        log.stage("decide")

    trains()

    assert shares == [10.0, 20.0, 30.0, 66.7, 100.0]
    (flow_run,) = server.read_flow_runs()
    assert caplog.messages.count("fits wait") == 1
    kept = {each.key: each.type for each in server.read_artifacts() if each.flow_run_id == flow_run.id}
    assert kept["training-tiny"] == "progress"


@pytest.mark.parametrize("kind", [ExecutorUnavailable, StoreUnavailable, RecurcastError])
def test_what_ends_a_backfill_as_a_whole_comes_out_of_a_run_as_it_was_raised_here_and_in_another_process(server, kind):
    @flow(name="fails", persist_result=False)
    def fails():
        failure = kind("its scheduler is gone.")
        if (failed := state_of_failure(failure)) is not None:
            return failed
        raise failure

    ended = fails(return_state=True)
    for told in (ended, server.read_flow_runs()[0].state):  # as this process finds it, and as another one does
        assert told.is_failed()
        with pytest.raises(RecurcastError, match=r"its scheduler is gone\.") as raised:
            outcome_of(told)
        assert type(raised.value) is kind
