"""Cells put together again from what other processes fitted."""

from pathlib import Path

from recurcast.executors.tasks import Given, Task, carry_out, given_for
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.training.kinds import fit_seeds
from recurcast.training.members import assembled
from support.tiny import AS_OF, tiny_pipeline


def test_a_highway_put_together_from_seeds_that_were_fitted_apart_has_the_bits_of_one_that_was_not():
    pipeline = tiny_pipeline(
        network={"kind": "highway", "units": 3, "cells": ["rnn"]}, training={"seeds": 2, "combine": "median"}
    )
    here, driver, *workers = (split_of(pipeline, obtain(pipeline, AS_OF, Path())) for _ in range(4))
    choice = given_for(pipeline, driver).choice
    members = [
        member
        for seed, split in enumerate(workers)
        for member in carry_out(Task("rnn", pipeline, (seed,), "", 2), Given(split, choice), lambda _: None)
    ]

    apart, together = assembled("rnn", pipeline, driver, members[::-1]), fit_seeds("rnn", pipeline, here)

    assert [each.weights_digest for each in apart] == [each.weights_digest for each in together]
    assert [(each.seed, each.kept, each.epochs) for each in apart] == [
        (each.seed, each.kept, each.epochs) for each in together
    ]
    assert apart[0].network.highway == together[0].network.highway
