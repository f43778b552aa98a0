import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recurcast import environment
from recurcast.environment import clear_programs, importing, programs_folder

SHARED = """
import json, sys
from recurcast import environment
from recurcast.training.compiled import choice as compilation
from recurcast.training.compiled import batches as execution
compilation._STEPS_THAT_PAY, compilation._PRODUCT_THAT_PAYS = 0, 16 * 4**2
from test_programs import pipeline_of, windows_of
from recurcast.training.fit import fit_cell, trace_programs

def kept():
    return {file.name for file in environment.programs_folder().iterdir()}

def fit(units, seed=1, history=60):
    fitted = fit_cell("rnn", pipeline_of({"units": units}), windows_of(seed, history))
    assert fitted.program == ("halves" if units == 4 else "compiled")
    return fitted.weights_digest

def trace():
    for units in (1, 2, 3, 4):
        trace_programs(("rnn",), pipeline_of({"units": units}), windows_of(1))
"""
FIRST = (
    SHARED
    + """
trace()
digests, files, before = [], [], set()
for units in (1, 2, 3, 4):
    digests.append(fit(units))
    files.append(sorted(kept() - before))
    before = kept()
fit(1, seed=2, history=75)
fit(4, seed=2, history=75)
print(json.dumps({"digests": digests, "files": files, "next interval": sorted(kept() - before)}))
"""
)
SECOND = (
    SHARED
    + """
import threading
import numpy as np
from recurcast.training.networks import keras, tf
keras.layers.LSTM(3)(tf.function(tf.sin)(tf.ones((2, 3, 1))))
first, before = json.loads(sys.argv[1]), kept()
trace()
digests = [fit(1), fit(4)]
after = kept()

folder = environment.programs_folder()
for name in first["files"][1]:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
for name in first["files"][2]:
    (folder / name).write_bytes(b"garbage")
both_found_damage, one_by_one, clear = threading.Barrier(2), threading.Lock(), execution.clear_programs

def clear_when_both_have():
    both_found_damage.wait(120)
    with one_by_one:  # the second finds nothing any more
        return clear()

execution.clear_programs = clear_when_both_have
found = {}
threads = [threading.Thread(target=lambda units=units: found.update({units: fit(units)})) for units in (2, 3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sizes = [(folder / name).stat().st_size for name in kept()]
print(json.dumps({
    "digests": [digests[0], found.get(2), found.get(3), digests[1]], "new": sorted(after - before),
    "anew": len(sizes), "smallest": min(sizes, default=0),
}))
"""
)


def in_a_process(script: str, *arguments: str, cache: Path) -> dict[str, object]:
    """The object that a script prints, run where compiled programs are kept in `cache`."""
    tests = Path(__file__).parent
    folders = os.pathsep.join([str(tests), str(tests / "training" / "compiled"), *(path for path in sys.path if path)])
    ours = {name: value for name, value in os.environ.items() if name != "TF_XLA_FLAGS"}
    said = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=ours | {"PYTHONPATH": folders, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    answer = json.loads(said.stdout)
    assert isinstance(answer, dict)
    return answer


def test_the_next_process_finds_the_programs_of_this_one_and_makes_damaged_ones_anew(tmp_path):
    cache = tmp_path / "a cache"
    first = in_a_process(FIRST, cache=cache)
    second = in_a_process(SECOND, json.dumps(first), cache=cache)

    *whole, halves = (len(names) for names in first["files"])
    assert whole == [2, 2, 2], "one to train, one to validate"
    assert halves == 3, "of a half to train and to validate, and the step that both make"
    assert first["next interval"] == []
    assert second["new"] == []
    assert second["digests"] == first["digests"]
    assert second["anew"] >= 2
    assert second["smallest"] > 10_000


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache of the test's own, and no flags from before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("TF_XLA_FLAGS", "")
    return tmp_path


def test_programs_are_kept_in_the_user_s_cache_beside_the_flags_that_stand_already(own_cache, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug=false")
    environment._keep_programs()

    assert programs_folder().is_relative_to(own_cache)
    assert programs_folder().is_dir()
    assert os.environ["TF_XLA_FLAGS"] == (
        f'--tf_xla_clustering_debug=false --tf_xla_persistent_cache_directory="{programs_folder()}"'
    )


def test_without_a_cache_of_its_own_the_home_folder_has_one(own_cache, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(own_cache))

    assert programs_folder().is_relative_to(own_cache / ".cache" / "recurcast")


def test_programs_of_another_processor_or_another_tensorflow_are_kept_apart(own_cache, monkeypatch):
    here = programs_folder()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(environment, "_of_processor", lambda _: ["another"])
        assert programs_folder() != here
    with monkeypatch.context() as later:
        later.setattr(environment, "version", lambda _: "99.0")
        assert programs_folder() != here
    assert programs_folder() == here


def test_a_user_s_own_place_for_programs_is_left_alone(own_cache, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory=/elsewhere")
    environment._keep_programs()

    assert os.environ["TF_XLA_FLAGS"] == "--tf_xla_persistent_cache_directory=/elsewhere"
    assert list(own_cache.iterdir()) == []


def test_where_no_folder_can_be_made_or_written_nothing_is_kept(own_cache, monkeypatch):
    with monkeypatch.context() as readable:
        readable.setattr(os, "access", lambda *_: False)
        environment._keep_programs()
        assert os.environ["TF_XLA_FLAGS"] == ""
    (own_cache / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_cache / "file"))
    environment._keep_programs()

    assert os.environ["TF_XLA_FLAGS"] == ""
    clear_programs()


def test_only_the_programs_of_this_machine_are_cleared(own_cache):
    folder = programs_folder()
    other = folder.parent / "another machine"
    for each in (folder, other):
        each.mkdir(parents=True)
        (each / "program.pb").touch()
    clear_programs()

    assert list(folder.iterdir()) == []
    assert [file.name for file in other.iterdir()] == ["program.pb"]


def test_the_collector_is_as_before_where_nothing_was_imported():
    frozen = gc.get_freeze_count()
    with importing(), importing():
        assert not gc.isenabled()

    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


def test_the_objects_of_a_heavy_library_are_never_looked_at_again():
    program = (
        "import gc; from recurcast.environment import importing\n"
        "with importing():\n    import pandas\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 10 * len(gc.get_objects()))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.split() == ["True", "True"]
