from collections.abc import Iterator
from threading import Barrier, get_ident
from typing import Any

import pytest

from recurcast.training.together import Fitting, together


def counting(name: str, epochs: int) -> Fitting[str, str]:
    for number in range(epochs):
        yield f"{name}{number}"
    return name.upper()


def meeting(barrier: Barrier, epochs: int) -> Iterator[Any]:
    for number in range(epochs):
        barrier.wait(timeout=60)
        yield number


@pytest.mark.parametrize("threads", [1, 2, 9])
def test_every_fit_ends_with_its_own_and_is_heard_in_its_order_in_the_thread_that_asks(threads: int) -> None:
    heard: list[tuple[str, int]] = []
    epochs = {"a": 3, "b": 1, "c": 0, "d": 5}  # one that stops early leaves the others alone
    ends = together([counting(*each) for each in epochs.items()], lambda t: heard.append((t, get_ident())), threads)

    assert ends == ("A", "B", "C", "D")
    for name, count in epochs.items():
        assert [told for told, _ in heard if told[0] == name] == [f"{name}{number}" for number in range(count)]
    assert {thread for _, thread in heard} == {get_ident()}


def test_fits_are_under_way_at_the_same_time() -> None:
    barrier = Barrier(2)
    assert together([meeting(barrier, 3), meeting(barrier, 3)], lambda _: None, threads=2) == (None, None)


@pytest.mark.parametrize("threads", [1, 2])
def test_where_one_fit_fails_or_nobody_listens_the_others_go_no_further(threads: int) -> None:
    def failing() -> Fitting[str, str]:
        yield "first"
        raise ValueError("broken")

    def refuse(told: str) -> None:
        raise KeyboardInterrupt

    endless = 10**9
    with pytest.raises(ValueError, match="broken"):
        together([failing(), counting("a", endless), counting("b", endless)], lambda _: None, threads)
    with pytest.raises(KeyboardInterrupt):
        together([counting("a", endless), counting("b", endless)], refuse, threads)
