"""What a run logged is what is promoted and served: a file that was changed in MLflow's store is found before it is loaded."""

import compileall
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recurcast.api import load_pipeline
from recurcast.errors import ChampionUnusable
from recurcast.instants import parse_instant
from recurcast.tracking.models.bundles import load
from recurcast.tracking.models.digests import FRAME_MODEL, FRAME_MODEL_DIGESTS, NETWORK_DIGESTS
from recurcast.tracking.models.files import copy_files
from recurcast.tracking.store import connect
from support.projects import AS_OF, Project, demand, recurcast
from support.recorded import kept_run, serving_version_of

BACK, FORTH = ("rollback", "demand", "--to", "baseline"), ("promote", "demand", "1", "--reason", "x")
_MARK = 'open("ran", "w").close()\n'
"""What an attacker's module does when it is imported."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose version 1 was champion and was rolled back from, with all of its forms."""
    project = Project(tmp_path_factory.mktemp("trained"))
    project.configure()
    project.write(demand())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.root)
        assert recurcast("run", "demand", "--as-of", AS_OF).exit_code == 0
        assert recurcast(*BACK).exit_code == 0
    return project


@pytest.fixture(autouse=True)
def _stood_in(trained: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.root)


def files_of(project: Project, form: str) -> Path:
    """Return the folder in MLflow's store of the network, or of the model that takes a history."""
    version = project.client.get_model_version("demand", "1")
    uri = version.tags[FRAME_MODEL] if form == FRAME_MODEL else version.source
    location = project.client.get_logged_model(uri.removeprefix("models:/")).artifact_location
    return Path(location.removeprefix("file://"))


def changed(path: Path) -> Callable[[], None]:
    """Return what undoes a change to a file: code in front of it, or a byte behind it."""
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(_MARK.encode() + (before or b"") if path.suffix == ".py" else (before or b"") + b" ")
    return path.unlink if before is None else lambda: path.write_bytes(before)


@pytest.mark.parametrize(
    ("form", "file", "told"),
    [
        ("network", "data/model.keras", "its file data/model.keras differs from what its run logged"),
        ("network", "code/pyfunc_network.py", "its file code/pyfunc_network.py differs from"),
        ("network", "MLmodel", "its file MLmodel differs from"),
        ("network", "code/keras.py", "its file code/keras.py is not among what its run logged"),
        ("network", "bundle/weights.npz", "its file bundle/weights.npz differs from"),
        (FRAME_MODEL, "MLmodel", "of its frame_model, its file MLmodel differs from"),
    ],
)
def test_a_version_whose_file_was_changed_is_not_promoted_and_nothing_of_it_runs(
    trained: Project, form: str, file: str, told: str
) -> None:
    before = trained.standing()
    undo = changed(files_of(trained, form) / file)
    try:
        ended = recurcast(*FORTH)
    finally:
        undo()

    assert ended.exit_code == 1
    assert told in ended.message
    assert "Nothing moved" in ended.message
    assert trained.standing() == before
    assert not (trained.root / "ran").exists()


def test_what_is_as_it_was_logged_is_promoted_without_a_word_of_it(trained: Project) -> None:
    forth = recurcast(*FORTH)
    back = recurcast(*BACK)

    assert (forth.exit_code, back.exit_code) == (0, 0), forth.stderr + back.stderr
    assert "note" not in forth.stdout + back.stdout
    tags = trained.client.get_model_version("demand", "1").tags
    assert {"MLmodel", "data/model.keras", "code/pyfunc_network.py", "bundle/bundle.json"} <= set(
        json.loads(tags[NETWORK_DIGESTS])
    )
    assert "MLmodel" in json.loads(tags[FRAME_MODEL_DIGESTS])


def test_what_python_compiled_where_mlflow_loaded_a_model_is_no_change_and_is_in_no_copy(
    trained: Project, tmp_path: Path
) -> None:
    """MLflow loads from a local store in place, and Python leaves its caches there."""
    folders = [folder for form in ("network", FRAME_MODEL) for folder in files_of(trained, form).rglob("code")]
    folders.append(files_of(trained, "network") / "code")
    for folder in folders:
        assert compileall.compile_dir(folder, quiet=1)
    left = [cache for folder in folders for cache in folder.rglob("__pycache__")]
    try:
        forth, back = recurcast(*FORTH), recurcast(*BACK)
        copied = copy_files(connect(trained.root), "demand", 1, tmp_path)
    finally:
        for cache in left:
            shutil.rmtree(cache, ignore_errors=True)

    assert left
    assert (forth.exit_code, back.exit_code) == (0, 0), forth.stderr + back.stderr
    assert not list(copied.rglob("__pycache__"))
    assert (copied / "code" / "pyfunc_network.py").is_file()


def test_a_rollback_goes_to_no_version_whose_file_was_changed(trained: Project) -> None:
    store, pipeline = connect(trained.root), load_pipeline("demand")
    as_of = parse_instant(AS_OF)
    other = serving_version_of(kept_run(store, pipeline, as_of), pipeline, as_of, "keep")
    assert recurcast(*FORTH).exit_code == 0
    assert recurcast("promote", "demand", str(other), "--reason", "x").exit_code == 0
    undo = changed(files_of(trained, "network") / "code" / "pyfunc_network.py")
    try:
        ended = recurcast("rollback", "demand")
    finally:
        undo()

    assert ended.exit_code == 1
    assert (
        "version 1 of 'demand' did not: its file code/pyfunc_network.py differs from what its run logged"
        in ended.message
    )
    assert trained.client.get_registered_model("demand").aliases["champion"] == other
    assert recurcast(*BACK).exit_code == 0


def test_a_baseline_is_compared_as_well(trained: Project) -> None:
    assert recurcast(*FORTH).exit_code == 0
    version = trained.client.get_registered_model("demand").aliases["champion"]
    (baseline,) = trained.client.search_model_versions("name='demand' and tags.kind = 'baseline'")
    location = trained.client.get_logged_model(baseline.source.removeprefix("models:/")).artifact_location
    undo = changed(Path(location.removeprefix("file://")) / "code" / "pyfunc_baseline.py")
    try:
        ended = recurcast(*BACK)
    finally:
        undo()

    assert "its file code/pyfunc_baseline.py differs from what its run logged" in ended.message
    assert trained.client.get_registered_model("demand").aliases["champion"] == version
    assert recurcast(*BACK).exit_code == 0


def test_a_champion_whose_file_was_changed_is_neither_scored_nor_copied_to_the_project(
    trained: Project, tmp_path: Path
) -> None:
    store = connect(trained.root)
    undo = changed(files_of(trained, "network") / "bundle" / "weights.npz")
    try:
        with pytest.raises(ChampionUnusable, match=r"bundle/weights\.npz differs"):
            copy_files(store, "demand", 1, tmp_path / "a")
        with pytest.raises(Exception, match=r"bundle/weights\.npz differs from what its run logged"):
            load(store, "demand", 1, tmp_path / "b")
    finally:
        undo()

    assert load(store, "demand", 1, tmp_path / "c").version == 1


def test_a_version_from_before_there_were_digests_is_promoted_and_that_is_said(trained: Project) -> None:
    tags = trained.client.get_model_version("demand", "1").tags
    for tag in (NETWORK_DIGESTS, FRAME_MODEL_DIGESTS):
        trained.client.delete_model_version_tag("demand", "1", tag)
    try:
        ended = recurcast(*FORTH)
        assert recurcast(*BACK).exit_code == 0
    finally:
        for tag in (NETWORK_DIGESTS, FRAME_MODEL_DIGESTS):
            trained.client.set_model_version_tag("demand", "1", tag, tags[tag])

    assert ended.exit_code == 0, ended.stderr
    assert "version 1 is from before digests were recorded: its files were not compared" in ended.stdout
