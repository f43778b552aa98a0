"""A sample of series to train on: drawn by a seed and the names alone."""

from collections.abc import Collection
from hashlib import blake2b


def sample_of(names: Collection[str], count: int, seed: int) -> frozenset[str]:
    """Return `count` of the names, or all of fewer.

    Each has a place that its own name and the seed give, and the first ones are taken: a series that comes or goes moves
    one other at most in or out, and neither their order nor the source they come from counts.
    """
    key = b"recurcast-sample|%d" % seed
    placed = sorted(names, key=lambda name: (blake2b(name.encode(), digest_size=16, key=key).digest(), name))
    return frozenset(placed[:count])
