"""The files of a registered version: copied and looked over, or loaded as whoever serves them does."""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException

from recurcast.environment import import_tensorflow
from recurcast.errors import ChampionUnusable, RecurcastError, StoreUnavailable
from recurcast.tracking.store import Store, store_errors


def copy_files(store: Store, name: str, version: int, folder: Path) -> Path:
    """Return a copy of a version's files, whole; raise ChampionUnusable where they are missing or damaged."""
    why = "its files are missing"
    try:
        with store_errors(store.uri):
            uri = f"models:/{name}/{version}"
            copied = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder), tracking_uri=store.uri))
        network = copied / "data" / "model.keras"
        if not network.is_file():
            return _whole_baseline(copied)
        why = "its file data/model.keras is damaged"
        with zipfile.ZipFile(network) as archive:
            if archive.testzip() is None:
                return copied
    except StoreUnavailable:
        raise
    except (MlflowException, OSError, zipfile.BadZipFile) as error:
        raise ChampionUnusable(name, version, why) from error
    raise ChampionUnusable(name, version, why)


def _whole_baseline(copied: Path) -> Path:
    """A folder without a network is a baseline's, or one whose network is missing."""
    if not (copied / "data" / "baseline.json").is_file():
        raise FileNotFoundError(copied / "data" / "model.keras")
    return copied


def try_out(store: Store, name: str, version: int) -> None:
    """Load a version as whoever serves it does, and let it forecast once; raise RecurcastError where it can't."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            forecast = _forecast_once(copy_files(store, name, version, Path(folder)))
        except StoreUnavailable:
            raise
        except ChampionUnusable as unusable:
            raise _unfit(name, version, unusable.why) from unusable
        except Exception as error:  # whatever an artifact raises, it is unfit to serve
            first = next(iter(str(error).splitlines()), "")
            raise _unfit(name, version, f"{type(error).__name__}: {first}") from error
    if not np.isfinite(forecast).all():
        raise _unfit(name, version, "its forecast is not finite")


def _unfit(name: str, version: int, why: str) -> RecurcastError:
    return RecurcastError(
        f"a version forecasts once before it becomes champion; version {version} of '{name}' did not: {why}. Nothing moved."
    )


def _forecast_once(copied: Path) -> Any:
    """The forecast of one window that rises from 0 to 1, in a calendar of zeros."""
    if (copied / "data" / "model.keras").is_file():
        import_tensorflow()  # quietly, before the artifact's loader does it aloud
    import mlflow.pyfunc

    served = mlflow.pyfunc.load_model(str(copied))
    arrays = {}
    for spec in served.metadata.signature.inputs:
        _, steps, columns = spec.shape
        rising = np.linspace(0.0, 1.0, steps)[None, :, None].repeat(columns, axis=2)
        arrays[spec.name or "window"] = rising if spec.name in (None, "window") else np.zeros((1, steps, columns))
    return served.predict(arrays if len(arrays) > 1 else arrays["window"])
