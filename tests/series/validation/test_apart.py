"""The process beside says what would have been said here; whatever becomes of it, the frame is validated."""

import subprocess

import pytest
from tests.series.validation.test_checks import AS_OF, frame_of, good_rows, pipeline, with_cell

from recurcast.series.validation import apart
from recurcast.series.validation.checks import validate
from recurcast.series.validation.report import ValidationFailed


@pytest.fixture
def _beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has imported nothing yet, with processors and memory to spare."""
    monkeypatch.setattr(apart, "_pays", lambda: True)
    apart.get_ready()


@pytest.mark.usefixtures("_beside")
def test_the_report_of_the_process_beside_is_the_one_of_this_process() -> None:
    frame, limits = frame_of(with_cell(3, "y", None)), pipeline(max_missing=0.5)
    checking = apart.begin(frame, limits, AS_OF)
    assert checking.beside is not None
    beside, here = checking.result(), validate(frame, limits, AS_OF)
    assert beside.report == here.report
    assert beside.frame is here.frame
    assert checking.beside.returncode == 0

    apart.get_ready()
    rejected = apart.begin(frame, pipeline(), AS_OF)
    with pytest.raises(ValidationFailed) as told:
        rejected.result()
    with pytest.raises(ValidationFailed) as expected:
        validate(frame, pipeline(), AS_OF)
    assert str(told.value) == str(expected.value)
    assert told.value.report == expected.value.report


@pytest.mark.usefixtures("_beside")
def test_a_frame_is_validated_here_where_the_process_is_killed_or_the_frame_is_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = frame_of(good_rows())
    checking = apart.begin(frame, pipeline(), AS_OF)
    assert checking.beside is not None
    checking.beside.kill()
    expected = validate(frame, pipeline(), AS_OF).report
    assert checking.result().report == expected

    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    apart.get_ready()
    monkeypatch.setattr(apart, "_MOST_ROWS", 1)
    large = apart.begin(frame, pipeline(), AS_OF)
    assert large.beside is None
    assert large.result().report == expected
    assert started[0].returncode is not None, "nobody is left behind"
