"""Series whose end is one value: told where that is unusual, refused where the pipeline says so."""

from typing import Any

import numpy as np
import pytest

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.validation.checks import validate
from recurcast.series.validation.flat import usual_flat
from recurcast.series.validation.report import ValidationFailed
from support.frames import frame_of
from support.tiny import AS_OF

STEPS = 240
RANDOM = np.random.default_rng(4)
LOAD = (800 + 50 * np.sin(np.arange(STEPS) / 4) + RANDOM.normal(size=STEPS)).round(1)
STUCK = np.where(np.arange(STEPS) < STEPS - 96, LOAD, 847.1)


def pipeline(kind: str = "plain", **checks: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {
            "name": "load",
            "source": {"kind": "file", "path": "load.csv"},
            "frequency": "h",
            "season": 24,
            "parts": {"history": 180, "validation": 30, "test": 30},
            "windows": {"lookback": 4},
            "checks": checks,
            "network": {"kind": kind},
        }
    )


def words(frame: SeriesFrame, kind: str = "plain") -> tuple[tuple[str, str], ...]:
    report = validate(frame, pipeline(kind, max_missing=0.9), AS_OF).report
    assert report.success
    return report.kept


@pytest.mark.parametrize("kind", ["plain", "highway"])
def test_a_stuck_sensor_is_told_with_its_value_and_since_when_and_stops_no_run(kind: str) -> None:
    frame = frame_of(a=LOAD.tolist(), b=STUCK.tolist())
    report = validate(frame, pipeline(kind), AS_OF).report
    since = frame.steps[-96].isoformat()

    assert report.kept == (("b", f"847.1 since {since} (96 values, never more than 2 in a row before): stuck?"),)
    (finding,) = [each for each in report.findings if each.rule == "flat"]
    assert (finding.success, finding.series) == (True, "b")
    assert f"told of 1 of 2 series; 'b' is 847.1 since {since}" in finding.observed
    assert "847.1 since" in report.to_html()
    assert any("series 'b' is 847.1 since" in line for line in report.told)


@pytest.mark.parametrize("kind", ["plain", "highway"])
def test_a_limit_refuses_it_by_name(kind: str) -> None:
    frame = frame_of(a=LOAD.tolist(), b=STUCK.tolist())
    with pytest.raises(
        ValidationFailed, match=r"longer than 24h.*'b' is 847.1 since .*; series 'b'.*raise checks.max_flat"
    ):
        validate(frame, pipeline(kind, max_flat="24h"), AS_OF)
    assert validate(frame, pipeline(kind, max_flat="4D"), AS_OF).report.success
    assert validate(frame_of(a=LOAD.tolist()), pipeline(kind, max_flat="1h"), AS_OF).report.success


def test_what_a_series_often_does_is_not_told() -> None:
    hour = np.arange(STEPS) % 24
    night = np.where((hour >= 6) & (hour < 18), LOAD, 0)
    demand = np.zeros(STEPS)
    demand[[5, 31, 60, 90, 150, 180, 215]] = [2, 1, 4, 1, 2, 3, 1]
    steps = np.repeat(RANDOM.normal(size=STEPS // 40), 40)

    assert words(frame_of(a=night.tolist())) == ()
    assert words(frame_of(a=demand.tolist())) == ()
    assert words(frame_of(a=steps.tolist())) == ()
    assert words(frame_of(a=[3.0] * STEPS, b=LOAD.tolist()), "highway") == (
        ("a", "constant, without a scale for MASE"),
    )


def test_a_limit_lets_nights_and_rests_be_as_long_as_before() -> None:
    hour = (np.arange(STEPS) + 12) % 24
    night = np.where((hour >= 8) & (hour < 16), LOAD, 0)

    report = validate(frame_of(a=night.tolist()), pipeline(max_flat="3h"), AS_OF).report
    assert report.success


def test_gaps_within_a_flat_end_change_nothing() -> None:
    gappy = STUCK.copy()
    gappy[-50::7] = np.nan
    ((name, word),) = words(frame_of(a=gappy.tolist()), "highway")

    assert name == "a"
    assert word.startswith("847.1 since")


def test_of_many_the_longest_are_named() -> None:
    kept = words(frame_of(**{f"s{number}": (STUCK + number).tolist() for number in range(8)}))

    assert len(kept) == 8
    assert {word for _, word in kept[5:]} == {"flat at the end, as never before: stuck?"}


@pytest.mark.parametrize(
    ("frequency", "values"), [("h", 24), ("30min", 48), ("min", 1440), ("6h", 12), ("D", 7), ("W", 4), ("MS", 6)]
)
def test_how_many_equal_values_are_usual_follows_the_frequency(frequency: str, values: int) -> None:
    assert usual_flat(frequency) == values
