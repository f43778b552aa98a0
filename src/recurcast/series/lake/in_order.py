"""What is made of a lake's files: here one after the other, or by whoever carries it out elsewhere, always in their order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class InOrder(Protocol):
    """Who makes something of each item; a function of a module, or a partial of one, so that it can be sent."""

    def __call__(self, function: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield what the function makes of each item, in the items' order."""


def one_by_one(function: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
    """Yield what the function makes of each item, one after the other, in this process."""
    from recurcast.series.reading.giving_back import give_back  # which imports Arrow

    for each in items:
        yield function(each)
        give_back()
