"""Writes that are tried again while another writer is in their way: nobody who promotes hears of the others."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

_Written = TypeVar("_Written")

_IN_THE_WAY = (
    "database is locked",
    "deadlock detected",
    "could not serialize",
    "UNIQUE constraint failed",
    "duplicate key value",
    "Giving up after",  # MLflow's own, of a version's number that another writer took
)
_LONGEST = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 2.0


def patiently(write: Callable[[], _Written]) -> _Written:
    """Return what `write` returns; it may be called several times, in the last resort for two minutes."""
    begun, pause = time.monotonic(), _FIRST_PAUSE
    while True:
        try:
            return write()
        except (MlflowException, SQLAlchemyError) as error:
            if time.monotonic() - begun > _LONGEST or not any(sign in str(error) for sign in _IN_THE_WAY):
                raise
        time.sleep(pause * random.random())
        pause = min(2 * pause, _LONGEST_PAUSE)
