"""What a run tells to do next."""

from dataclasses import replace

import pytest

from recurcast.cli.display.following import steps_after_run
from recurcast.promotion.entries import Registration
from recurcast.tracking.registry.registry import ServingVersion
from support.judged import decision, promoted
from support.tiny import AS_OF

NETWORK = ServingVersion(3, "network", "gru", AS_OF)
BASELINE = ServingVersion(1, "baseline", "naive", None)
PROMOTED = promoted()
KEPT = promoted(decision=decision(verdict="keep"), registration=Registration(4, False, None))
TRIED = promoted(registration=None)


def commands(*arguments, named=False, servers=False):
    return [step.command for step in steps_after_run(*arguments, named=named, servers=servers)]


@pytest.mark.parametrize(
    ("result", "serving", "who"),
    [
        (PROMOTED, NETWORK, "version 3 (gru), the new champion"),
        (KEPT, NETWORK, "version 3 (gru), the champion, which stays"),
        (KEPT, BASELINE, "by the baseline, naive: nobody is champion yet"),
        (TRIED, BASELINE, "by the baseline, naive: nobody is champion yet"),
    ],
)
def test_after_a_verdict_the_forecast_comes_first_and_says_who_speaks(result, serving, who):
    first, *_ = steps_after_run(result, serving, named=False, servers=False)

    assert commands(result, serving) == ["recurcast forecast", "recurcast report", "recurcast up"]
    assert who in first.why


def test_where_servers_run_their_status_follows_and_where_there_are_several_pipelines_the_name():
    assert commands(PROMOTED, NETWORK, named=True, servers=True) == [
        "recurcast forecast tiny",
        "recurcast report tiny",
        "recurcast status",
    ]


def test_where_nothing_serves_the_run_that_would_let_it_is_told():
    assert commands(TRIED, None) == ["recurcast run", "recurcast up"]
    assert commands(replace(TRIED, outcome="already done"), None) == ["recurcast run --force", "recurcast up"]


def test_without_a_verdict_nothing_follows():
    assert commands(replace(PROMOTED, decision=None, outcome="no new data"), NETWORK) == []
