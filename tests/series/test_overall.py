"""What files tell of their train parts is, put together, what the whole tells."""

import numpy as np
import pytest

from recurcast.series.overall import of_file, put_together, spread_floor

BORDER = 6


@pytest.mark.parametrize("covariates", [0, 2])
def test_files_put_together_tell_what_the_whole_does(covariates: int) -> None:
    random = np.random.default_rng(3)
    values = random.normal(1e6, 1, (7, 9, 1 + covariates))
    values[2, :, 0] = 5.0  # never moves
    if covariates:
        values[:, :, -1] = 7.1
    values[3] = np.nan
    files = [of_file(values[rows], BORDER, 2, 1) for rows in (slice(0, 2), slice(2, 4), slice(4, 7))]

    found = put_together(files)

    assert (found.n_train, found.n_calibration) == (6, 3)
    assert found.spread_floor == spread_floor(values[:, :BORDER, 0])
    assert found.known.all()
    train = values[:, :BORDER, 1:][~np.isnan(values[:, :BORDER, 1:]).any(axis=2)]
    assert found.covariates.mean(axis=0) == pytest.approx(train.mean(axis=0), rel=1e-12)
    assert found.covariates.std(axis=0) == pytest.approx(train.std(axis=0), rel=1e-6)
    if covariates:
        assert np.ptp(found.covariates, axis=0)[-1] == 0, "what never moves has no spread, to the bit"
        assert found.covariates[0, -1] == 7.1
