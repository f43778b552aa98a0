import json
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

import pytest

from recurcast.runs.fingerprint import Fingerprint, fingerprint_of, sources_that_count
from recurcast.series.digest import data_digest
from recurcast.series.sources import obtain
from support.tiny import AS_OF, tiny_pipeline


def of(tmp_path, as_of=AS_OF, **changed):
    pipeline = tiny_pipeline(**changed)
    return fingerprint_of(pipeline, data_digest(obtain(pipeline, as_of, tmp_path)))


def test_the_same_inputs_have_the_same_fingerprint(tmp_path):
    assert of(tmp_path) == of(tmp_path)


def test_words_that_change_no_number_change_no_fingerprint(tmp_path):
    told = of(tmp_path, description="Told otherwise.", unit="MW", catch_up="skip", snapshot="always", charts="png")

    assert told.all == of(tmp_path).all


def test_a_changed_field_changes_the_configuration_and_neither_data_nor_code(tmp_path):
    before, after = of(tmp_path), of(tmp_path, network={"units": 4})

    assert (before.configuration == after.configuration, before.data == after.data, before.code == after.code) == (
        False,
        True,
        True,
    )
    assert after.changed_from(before) == ("configuration",)
    assert before.all != after.all


def test_another_as_of_changes_the_data(tmp_path):
    before, after = of(tmp_path), of(tmp_path, as_of=AS_OF + timedelta(hours=1))

    assert before.configuration == after.configuration
    assert before.data != after.data


def test_without_what_came_later_the_configuration_counts_as_it_did_before_there_was_any():
    stated = tiny_pipeline().model_dump(
        mode="json", exclude={"name", "description", "unit", "catch_up", "snapshot", "charts"}
    )
    stated["forecast"] = {"levels": stated["forecast"]["levels"]}
    came_later = {
        "training": ("warm_start", "schedule", "clip_norm", "combine", "sample_series", "stream"),
        "network": ("kind", "cells", "attention", "heads"),
        "parts": ("align",),
        "checks": ("max_gap", "max_silence", "missing_values", "max_flat"),
    }
    for block, names in came_later.items():
        for name in names:
            del stated[block][name]
    del stated["serving"]
    del stated["search"]
    before = blake2b(json.dumps(stated, sort_keys=True).encode(), digest_size=16).hexdigest()

    assert fingerprint_of(tiny_pipeline(), "").configuration == before
    none, said = ({"warm_start": None, "schedule": None, "clip_norm": None}, {"schedule": "cosine", "clip_norm": 1.0})
    unsaid = fingerprint_of(tiny_pipeline(training={}), "").configuration
    assert fingerprint_of(tiny_pipeline(training=none), "").configuration == unsaid
    each = {fingerprint_of(tiny_pipeline(training={name: value}), "").configuration for name, value in said.items()}
    assert len(each | {unsaid}) == 3


def test_of_a_search_only_how_far_it_read_counts():
    unsaid = fingerprint_of(tiny_pipeline(), "").configuration
    asked = {"trials": 3, "seed": 4, "space": {"network.units": [2, 3]}, "schedule": "0 3 * * 6"}
    read = fingerprint_of(tiny_pipeline(search={"read_until": "2024-05-01T00:00:00Z"}), "").configuration

    assert fingerprint_of(tiny_pipeline(search=asked), "").configuration == unsaid
    assert read != unsaid
    assert (
        fingerprint_of(tiny_pipeline(search=asked | {"read_until": "2024-05-01T00:00:00Z"}), "").configuration == read
    )


def test_the_version_that_training_starts_from_is_a_part_of_its_own_that_may_be_missing():
    cold = Fingerprint("configuration", "data", "code")
    first, second = replace(cold, start="tiny/1"), replace(cold, start="tiny/2")

    assert cold.all == blake2b(b"configuration|data|code", digest_size=16).hexdigest()
    assert len({each.all for each in (cold, first, second)}) == 3
    assert second.changed_from(first) == ("start",)
    assert (cold.parts, first.parts["start"]) == (
        {"configuration": "configuration", "data": "data", "code": "code"},
        "tiny/1",
    )


@pytest.mark.parametrize(
    "module",
    ["config.cells", "config.metrics", "config.highway", "forecasting.portable.highway", "training.highway.choices"],
)
def test_whatever_weights_and_scores_are_made_by_makes_an_interval_stale(module):
    assert Path(import_module(f"recurcast.{module}").__file__) in sources_that_count()


def test_what_only_looks_back_at_a_run_does_not():
    assert not {"track_record.py", "export.py"} & {path.name for path in sources_that_count()}


def test_a_file_s_times_count_once_they_are_said_to_be_written_in_a_way_of_their_own():
    said = {"kind": "file", "path": "data/x.csv", "columns": {"ds": "when", "y": "kwh"}}
    pipeline = tiny_pipeline(source=said)
    before = {
        "kind": "file",
        "path": "data/x.csv",
        "columns": {"unique_id": None, "ds": "when", "y": "kwh", "covariates": [], "available_at": None},
        "timezone": "UTC",
        "delay": "0min",
        "static": False,
    }
    stated = json.loads(json.dumps(pipeline.model_dump(mode="json")["source"]))
    stated["columns"] = {name: value for name, value in stated["columns"].items() if name in before["columns"]}
    assert {name: value for name, value in stated.items() if name in before} == before

    def digest(**more):
        return fingerprint_of(tiny_pipeline(source=said | more), "").configuration

    assert digest() == digest(time_format=None, snap=None)
    others = [
        digest(time_format="%Y"),
        digest(snap="1s"),
        digest(columns={"ds": {"date": "d", "hour": "h"}, "y": "kwh"}),
    ]
    assert len({digest(), *others}) == 4


def test_what_series_are_counts_once_it_is_mapped():
    said = {"unique_id": "shop", "covariates": []}

    def digest(**more):
        source = {"kind": "file", "path": "x.csv", "columns": said | more}
        return fingerprint_of(tiny_pipeline(source=source, network={"kind": "highway"}, training={}), "").configuration

    # What this configuration was told by before `static` came.
    assert digest() == "8c4334c1d58481a86bffad213039a221"
    assert len({digest(), digest(static=["zip"]), digest(static=["zip"], categories=["zip"])}) == 3


def test_how_long_a_source_is_waited_for_changes_no_fingerprint():
    source = {"kind": "folder", "path": "loads", "delay": "1h"}
    prompt, patient, other = (
        fingerprint_of(tiny_pipeline(source=source | more), "").configuration
        for more in ({}, {"timeout": "1h"}, {"partitions": "none"})
    )
    assert prompt == patient != other
