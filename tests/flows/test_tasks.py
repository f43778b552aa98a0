import dataclasses

from recurcast.pipelines.stages import PLAIN
from tasks import STAGES


def test_every_stage_of_the_chain_is_a_task_with_the_stage_as_its_body():
    for field in dataclasses.fields(PLAIN):
        assert getattr(STAGES, field.name).fn is getattr(PLAIN, field.name)


def test_only_stages_that_read_or_write_are_retried():
    retried = {field.name for field in dataclasses.fields(STAGES) if getattr(STAGES, field.name).retries}

    assert retried == {"obtain", "track", "promote"}
