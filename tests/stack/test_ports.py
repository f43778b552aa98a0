"""Free ports, and who has the one that was wanted."""

import os
import socket
from collections.abc import Iterator

import pytest

from recurcast.stack.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_port_that_is_free_is_taken() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])

    found = free_port("127.0.0.1", number)

    assert (found.number, found.taken) == (number, None)


def test_instead_of_a_port_that_is_taken_comes_another_and_by_whom(taken: int) -> None:
    found = free_port("127.0.0.1", taken)

    assert found.number != taken
    assert found.taken is not None
    assert f"(process {os.getpid()})" in found.taken
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", found.number))
