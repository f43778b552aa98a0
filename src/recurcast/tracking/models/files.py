"""The files of a registered version: copied and looked over, or loaded as whoever serves them does."""

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mlflow.exceptions import MlflowException

from recurcast.environment import import_tensorflow
from recurcast.errors import ChampionUnusable, RecurcastError, StoreUnavailable
from recurcast.tracking.models.digests import (
    FRAME_MODEL,
    FRAME_MODEL_DIGESTS,
    NETWORK_DIGESTS,
    download,
    download_version,
    why_other,
)
from recurcast.tracking.store import Store, store_errors


def copy_files(store: Store, name: str, version: int, folder: Path) -> Path:
    """Return a copy of a version's files, whole and as its run logged them, or raise ChampionUnusable.

    What a copy was compared with can't change any more: whoever loads one loads what was logged.
    """
    why = "its files are missing"
    try:
        with store_errors(store.uri):
            copied = download_version(store, name, version, folder)
            tags = store.client.get_model_version(name, str(version)).tags
        network = copied / "data" / "model.keras"
        if not network.is_file():
            return _as_logged(_whole_baseline(copied), tags)
        why = "its file data/model.keras is damaged"
        with zipfile.ZipFile(network) as archive:
            if archive.testzip() is None:
                return _as_logged(copied, tags)
    except StoreUnavailable:
        raise
    except _OtherFile as other:
        raise ChampionUnusable(name, version, str(other)) from other
    except (MlflowException, OSError, zipfile.BadZipFile) as error:
        raise ChampionUnusable(name, version, why) from error
    raise ChampionUnusable(name, version, why)


class _OtherFile(Exception):
    """A file is not what the run logged."""


def _as_logged(copied: Path, tags: Mapping[str, str]) -> Path:
    other = why_other(tags, NETWORK_DIGESTS, copied)
    if other is not None:
        raise _OtherFile(other)
    return copied


def _whole_baseline(copied: Path) -> Path:
    """A folder without a network is a baseline's, or one whose network is missing."""
    if not (copied / "data" / "baseline.json").is_file():
        raise FileNotFoundError(copied / "data" / "model.keras")
    return copied


def try_out(store: Store, name: str, version: int) -> str | None:
    """Load a version as whoever serves it does, and let it forecast once; raise RecurcastError where it can't.

    Its files are compared with what its run logged before any is loaded. Returns a note where nothing is known of that.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            _compare_frame_model(store, name, version, Path(folder) / "frame_model")
            forecast = _forecast_once(copy_files(store, name, version, Path(folder) / "network"))
        except StoreUnavailable:
            raise
        except ChampionUnusable as unusable:
            raise _unfit(name, version, unusable.why) from unusable
        except Exception as error:  # whatever an artifact raises, it is unfit to serve
            first = next(iter(str(error).splitlines()), "")
            raise _unfit(name, version, f"{type(error).__name__}: {first}") from error
    if not np.isfinite(forecast).all():
        raise _unfit(name, version, "its forecast is not finite")
    with store_errors(store.uri):
        known = NETWORK_DIGESTS in store.client.get_model_version(name, str(version)).tags
    return None if known else f"version {version} is from before digests were recorded: its files were not compared"


def _compare_frame_model(store: Store, name: str, version: int, folder: Path) -> None:
    """Raise ChampionUnusable where the form that takes a history is not what the run logged; it is not loaded here."""
    with store_errors(store.uri):
        tags = store.client.get_model_version(name, str(version)).tags
        uri = tags.get(FRAME_MODEL)
        if uri is None or FRAME_MODEL_DIGESTS not in tags:
            return
        try:
            other = why_other(tags, FRAME_MODEL_DIGESTS, download(store, uri, folder))
        except (MlflowException, OSError) as error:
            raise ChampionUnusable(name, version, f"the files of its {FRAME_MODEL} are missing") from error
    if other is not None:
        raise ChampionUnusable(name, version, f"of its {FRAME_MODEL}, {other}")


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
