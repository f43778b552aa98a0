"""Charts of a process beside: a real one, which is killed in one of the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from recurcast.reporting import charts
from recurcast.reporting.charts import apart
from recurcast.reporting.charts.curves import Curves, Losses
from support.tiny import tiny_pipeline

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
CURVES = Curves("gru", 2, (Losses(1, 0.9, 1.0), Losses(2, 0.5, 0.7), Losses(3, 0.4, 0.8)))
MADE_OF = (tiny_pipeline(), AS_OF, [CURVES])


@pytest.fixture
def artist(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(apart, "processors", lambda: 2)
    monkeypatch.setattr(apart, "_LEAST_MEMORY", 0)
    apart.leave()
    apart.get_ready()
    yield apart._artist
    apart.leave()


def here() -> bytes:
    return charts.png_of(charts.loss_chart(*MADE_OF))


def test_a_chart_is_the_same_beside_and_here_and_several_come_in_their_order(artist: Any) -> None:
    other = (*MADE_OF[:2], [Curves("lstm", 1, CURVES.epochs)])
    first, second = apart.begin("loss_chart", *MADE_OF), apart.begin("loss_chart", *other)
    assert artist._waiting != {}
    assert second() == charts.png_of(charts.loss_chart(*other)) != here()
    assert first() == here()


def test_a_chart_whose_process_was_killed_is_drawn_here(artist: Any) -> None:
    os.kill(artist._process.pid, signal.SIGKILL)
    artist._process.wait()
    assert apart.begin("loss_chart", *MADE_OF)() == here()


def test_an_error_of_a_drawing_is_told_as_it_is_and_the_next_one_is_drawn(artist: Any) -> None:
    with pytest.raises(AttributeError, match="no_chart"):
        apart.begin("no_chart", *MADE_OF)()
    assert apart.begin("loss_chart", *MADE_OF)() == here()


def test_what_no_other_process_can_be_handed_is_drawn_here(artist: Any) -> None:
    class Local(Curves):
        pass

    drawn = apart.begin("loss_chart", *MADE_OF[:2], [Local(CURVES.cell, CURVES.kept, CURVES.epochs)])
    assert drawn() == here()
    assert not artist._waiting


def test_whoever_has_charts_drawn_beside_imports_no_matplotlib() -> None:
    asked = (
        "import sys; from recurcast.tracking import charts; from recurcast.reporting.charts import apart; "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
