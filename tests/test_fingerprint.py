from datetime import timedelta

from recurcast.fingerprint import fingerprint_of
from recurcast.series.fingerprint import data_digest
from recurcast.series.sources import obtain
from support.tiny import AS_OF, tiny_pipeline


def of(tmp_path, as_of=AS_OF, **changed):
    pipeline = tiny_pipeline(**changed)
    return fingerprint_of(pipeline, data_digest(obtain(pipeline, as_of, tmp_path)))


def test_the_same_inputs_have_the_same_fingerprint(tmp_path):
    assert of(tmp_path) == of(tmp_path)


def test_words_that_change_no_number_change_no_fingerprint(tmp_path):
    told = of(tmp_path, description="Told otherwise.", catch_up="skip", snapshot="always")

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
