import os
import platform
import subprocess
import sys

import pytest

from recurcast.config import NetworkConfig
from recurcast.training.compiled.heap import bytes_of_batch

_ASKED = """
import ctypes, sys
from recurcast.training.compiled.heap import keep_between_batches

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Mallinfo
library.malloc.restype, library.malloc.argtypes, library.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
keep_between_batches(int(sys.argv[1]))
before = library.mallinfo2()
library.free(library.malloc(40 * 2**20))
block = library.malloc(40 * 2**20)
during = library.mallinfo2()
library.free(block)
print(during.hblkhd - before.hblkhd >= 40 * 2**20, library.mallinfo2().keepcost >= 40 * 2**20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc, whose blocks these are")
@pytest.mark.parametrize(
    ("n_bytes", "said", "kept"),
    [
        pytest.param(2**25 - 1, {}, False, id="small batches"),
        pytest.param(2**25, {}, True, id="large batches"),
        pytest.param(2**25, {"MALLOC_ARENA_MAX": "4"}, False, id="large ones, and the user has told glibc what to do"),
    ],
)
def test_a_large_block_is_mapped_anew_for_every_batch_unless_batches_are_that_large(n_bytes, said, kept):
    around = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")} | said
    command = [sys.executable, "-c", _ASKED, str(n_bytes)]
    asked = subprocess.run(command, env=around, capture_output=True, text=True, check=True)

    assert asked.stdout.split() == [str(not kept), str(kept)]


def test_a_batch_leaves_its_gates_memory_and_state_of_every_step():
    network = NetworkConfig.model_validate({"units": 128})

    assert bytes_of_batch("lstm", network, lookback=168, windows=128) == 168 * 128 * 128 * 6 * 4
    assert bytes_of_batch("gru", network, lookback=168, windows=128) == 168 * 128 * 128 * 5 * 4
