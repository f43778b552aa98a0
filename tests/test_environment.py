import gc
import subprocess
import sys

from recurcast.environment import importing


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
