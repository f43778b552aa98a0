"""Loads a frame model for `mlflow.pyfunc`: a history frame to the forecast frame. It travels inside the artifact."""

from pathlib import Path
from typing import Any

import pandas as pd

from .bundle import Bundle, read
from .frames import forecast_frame


class ServedBundle:
    """A history frame to the forecast frame."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, history: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Return the forecast frame; raise ValueError where the newest window of a series can't be filled."""
        return forecast_frame(self.bundle, history)


def _load_pyfunc(path: str) -> ServedBundle:
    return ServedBundle(read(Path(path)))
