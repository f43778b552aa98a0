"""Light bundles in MLflow, and the champion's in the pipeline's folder."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recurcast.errors import RecurcastError
from recurcast.forecasting.portable.bundle import Bundle, folder_of, read, write
from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.tracking.models.bundles import load, log_bundle, place, stamp
from recurcast.tracking.store import Store, connect
from support.exported import exported

AS_OF = "2024-06-01T00:00:00Z"
MADE = exported("gru", levels=(80.0,))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return connect(tmp_path_factory.mktemp("project"))


@pytest.fixture
def model_id(store: Store) -> Iterator[str]:
    """Id of the model of version 1 of `tiny`, which has a bundle without a stamp."""
    client = store.client
    experiment = client.get_experiment_by_name("tiny")
    location = (store.root / "mlruns").as_uri()
    number = experiment.experiment_id if experiment else client.create_experiment("tiny", artifact_location=location)
    model = client.create_logged_model(number, "gru")
    log_bundle(store, model.model_id, MADE.bundle)
    client.finalize_logged_model(model.model_id, "READY")
    client.create_registered_model("tiny")
    client.create_model_version("tiny", f"models:/{model.model_id}", tags={"as_of": AS_OF}, model_id=model.model_id)
    yield model.model_id
    client.delete_registered_model("tiny")


def test_a_stamped_bundle_says_version_and_as_of(store: Store, model_id: str, tmp_path: Path) -> None:
    stamp(store, "tiny", 1, model_id, MADE.bundle)
    stored = read(Path(store.client.get_logged_model(model_id).artifact_location.removeprefix("file://")) / "bundle")
    assert (stored.version, stored.as_of) == (1, AS_OF)
    again = forecast_frame(load(store, "tiny", 1, tmp_path / "copy"), MADE.history())
    assert again.equals(forecast_frame(MADE.bundle, MADE.history()))


def test_a_bundle_whose_process_died_before_stamping_it_is_read_with_version_and_as_of(
    store: Store, model_id: str, tmp_path: Path
) -> None:
    bundle = load(store, "tiny", 1, tmp_path / "copy")
    assert (bundle.version, bundle.as_of) == (1, AS_OF)


def test_an_unknown_version_and_a_missing_or_damaged_bundle_are_told(
    store: Store, model_id: str, tmp_path: Path
) -> None:
    with pytest.raises(RecurcastError, match="'tiny' has no version 7"):
        load(store, "tiny", 7, tmp_path / "a")
    artifacts = Path(store.client.get_logged_model(model_id).artifact_location.removeprefix("file://"))
    (artifacts / "bundle" / "weights.npz").write_bytes(b"half")
    with pytest.raises(RecurcastError, match=r"missing or damaged: .*digest.*recurcast rollback tiny"):
        load(store, "tiny", 1, tmp_path / "b")
    (artifacts / "bundle" / "bundle.json").unlink()
    (artifacts / "bundle" / "weights.npz").unlink()
    with pytest.raises(RecurcastError, match=r"missing or damaged.*recurcast rollback tiny"):
        load(store, "tiny", 1, tmp_path / "c")


def test_a_bundle_stands_in_the_pipelines_folder_as_two_files(store: Store, model_id: str, tmp_path: Path) -> None:
    for copy in ("first", "second"):
        place(load(store, "tiny", 1, tmp_path / copy), store.root)
    link = folder_of(store.root, "tiny")
    assert read(link).version == 1
    assert sorted(path.name for path in link.iterdir()) == ["bundle.json", "weights.npz"]


def test_whatever_a_reader_meets_is_a_whole_bundle(tmp_path: Path) -> None:
    place(of_version(0), tmp_path)
    done = threading.Event()
    faults: list[Exception] = []

    def keep_reading() -> None:
        seen = 0
        while not done.is_set():
            try:
                bundle = read(folder_of(tmp_path, "tiny"))
                assert bundle.spread_floor == bundle.version >= seen
                seen = int(bundle.version)
            except Exception as fault:
                faults.append(fault)
                return

    reader = threading.Thread(target=keep_reading)
    reader.start()
    for version in range(1, 60):
        place(of_version(version), tmp_path)
    done.set()
    reader.join()
    assert faults == []
    assert len(list((tmp_path / "data" / "tiny" / ".bundles").iterdir())) == 2, "the newest and the one before it"


def test_a_folder_that_someone_put_in_the_links_place_is_replaced(tmp_path: Path) -> None:
    write(of_version(1), folder_of(tmp_path, "tiny"))
    place(of_version(2), tmp_path)
    assert read(folder_of(tmp_path, "tiny")).version == 2


def of_version(version: int) -> Bundle:
    """A bundle whose floor is its version."""
    return dataclasses.replace(MADE.bundle.stamped(version, AS_OF), spread_floor=float(version))
