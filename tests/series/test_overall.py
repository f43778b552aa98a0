"""What files tell of their train parts is, put together, what the whole tells."""

from math import inf

import numpy as np
import pandas as pd
import pytest

from recurcast.series.attributes import Attributes
from recurcast.series.frame import Panel
from recurcast.series.overall import Extent, extent_of, of_file, put_together, spread_floor

BORDER, LATER = 6, 7


def panel(values: np.ndarray, first: int = 0, *, said: bool = False) -> Panel:
    ids = tuple(f"s{number}" for number in range(first, first + len(values)))
    steps = pd.date_range("2024-01-01", periods=values.shape[1], freq="D", tz="UTC")
    names = tuple(f"c{number}" for number in range(values.shape[2] - 1))
    told = Attributes(("zone",), {own: (f"zone of {own}",) for own in ids}) if said else None
    return Panel(ids, steps, values, np.zeros((len(steps), 0)), names, attributes=told)


@pytest.mark.parametrize("covariates", [0, 2])
def test_files_put_together_tell_what_the_whole_does(covariates: int) -> None:
    random = np.random.default_rng(3)
    values = random.normal(1e6, 1, (7, 9, 1 + covariates))
    values[2, :, 0] = 5.0  # never moves
    if covariates:
        values[:, :, -1] = 7.1
    values[3] = np.nan
    targets = np.array([[1.0, np.nan]])
    files = [
        of_file(panel(values[rows]), (BORDER, LATER), 2, targets) for rows in (slice(0, 2), slice(2, 4), slice(4, 7))
    ]

    found = put_together(files)

    assert (found.n_train, found.n_calibration) == (6, 3)
    assert found.calibrated.tolist() == [3, 0]
    assert found.extents == {end: extent_of(values[:, :end, 0]) for end in (BORDER, LATER, 9)}
    assert found.said is None
    assert found.spread_floor == spread_floor(values[:, :BORDER, 0])
    assert found.known.all()
    train = values[:, :BORDER, 1:][~np.isnan(values[:, :BORDER, 1:]).any(axis=2)]
    assert found.covariates.mean(axis=0) == pytest.approx(train.mean(axis=0), rel=1e-12)
    assert found.covariates.std(axis=0) == pytest.approx(train.std(axis=0), rel=1e-6)
    if covariates:
        assert np.ptp(found.covariates, axis=0)[-1] == 0, "what never moves has no spread, to the bit"
        assert found.covariates[0, -1] == 7.1


def test_the_least_value_and_the_least_above_zero_are_those_of_all_files_before_each_part() -> None:
    values = np.full((3, 9, 1), np.nan)
    values[0, :, 0] = 4.0
    values[1, LATER:, 0] = -2.0

    files = [of_file(panel(values[row : row + 1]), (BORDER, LATER), 1, np.ones((0, 2))) for row in range(3)]

    assert put_together(files).extents == {BORDER: Extent(4.0, 4.0), LATER: Extent(4.0, 4.0), 9: Extent(-2.0, 4.0)}
    assert put_together(files[2:]).extents[BORDER] == Extent(inf, inf)


def test_what_series_of_all_files_say_is_there_for_those_that_have_begun() -> None:
    values = np.ones((3, 9, 1))
    values[1, :4] = np.nan
    values[2] = np.nan

    files = [of_file(panel(values[row : row + 1], row, said=True), (BORDER,), 1, np.ones((0, 2))) for row in (2, 1, 0)]
    said = put_together(files).said

    assert said is not None
    assert (said.before(4), said.before(5), said.before(9)) == (["s0"], ["s0", "s1"], ["s0", "s1"])
    assert said.attributes.texts(["s2", "s0"], "zone") == ["zone of s2", "zone of s0"]
