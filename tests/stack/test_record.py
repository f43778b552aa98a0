"""The stack's record, and who may change it."""

import fcntl
from pathlib import Path

import pytest

from recurcast.errors import RecurcastError
from recurcast.stack.record import FOLDER, MLFLOW, RECORD, Part, StackRecord, one_at_a_time, read_record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder in which a stack was started once."""
    (tmp_path / FOLDER).mkdir()
    return tmp_path


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parts": {"mlflow": {}}}', '{"parts": 1}'])
def test_a_record_that_cannot_be_read_is_none(root: Path, content: str) -> None:
    (root / RECORD).write_text(content)

    assert read_record(root) == StackRecord()


def test_a_part_takes_the_place_of_an_earlier_one_of_its_name() -> None:
    earlier, later = Part(MLFLOW, 1, 1.0, "http://one"), Part(MLFLOW, 2, 2.0, "http://two")

    assert StackRecord().having(earlier).having(later).parts == {MLFLOW: later}


def test_one_process_at_a_time_holds_the_stack_and_leaves_no_lock(root: Path) -> None:
    with one_at_a_time(root), pytest.raises(RecurcastError, match="another one does so now"), one_at_a_time(root):
        pytest.fail("held twice")

    assert list((root / FOLDER).iterdir()) == []
    with one_at_a_time(root):
        pass


def test_a_lock_whose_file_was_removed_by_its_last_holder_counts_for_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, flock = root / FOLDER / "lock", fcntl.flock

    def flock_late(held: object, how: int) -> None:
        """Between our opening of the file and our lock its holder ends, and the next one makes a new file."""
        lock.unlink()
        lock.touch()
        flock(held, how)

    monkeypatch.setattr("recurcast.stack.record.fcntl.flock", flock_late)

    with pytest.raises(RecurcastError, match="another one does so now"), one_at_a_time(root):
        pytest.fail("two hold the stack")
