"""A champion whose network was never trained, with the files that a version has."""

from pathlib import Path

import numpy as np

from recurcast.config import NetworkConfig
from recurcast.evaluation.champion import Champion
from recurcast.forecasting.portable.bundle import Bundle, write
from recurcast.series.calendar import columns_of
from recurcast.training.networks import NetworkShape, build_network
from support.tiny import AS_OF


def champion_of(folder: Path, lookback: int, horizon: int = 2, **bundle: object) -> Champion:
    """Return a champion of these windows; it does not say what it was fitted on."""
    calendar = columns_of(bundle.get("calendar", ()))
    shape = NetworkShape(lookback, horizon, calendar, np.zeros((4, len(bundle.get("covariates", ())))), 0.1)
    network = build_network("gru", NetworkConfig(units=2), shape, seed=0)
    (folder / "data").mkdir(parents=True)
    network.forecaster.save(folder / "data" / "model.keras")
    fields = {"frequency": "h", "timezone": "UTC", "phase": 0} | bundle
    write(Bundle("tiny", "gru", lookback=lookback, horizon=horizon, spread_floor=0.1, **fields), folder / "bundle")
    return Champion(3, AS_OF, "gru", AS_OF, None, folder)
