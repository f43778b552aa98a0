"""Random numbers without a state: each is a function of a key and a counter, so any stretch can be drawn alone.

The formulas use only +, -, *, /, sqrt and exact steps (frexp, rint). IEEE 754 fixes their results to the last bit,
while those of numpy's log, sin and exp depend on the processor: a series, and with it the fingerprint of a run,
would differ from host to host.
"""

import math
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Enough terms for the last bit: on the reduced arguments the first one left out is below 2e-18.
_SINE = [(-1) ** k / math.factorial(2 * k + 1) for k in range(11)]
_HALF_LOGARITHM = [1 / (2 * k + 1) for k in range(11)]
_LN_2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476


@dataclass(frozen=True)
class Stream:
    """The random numbers of one purpose, such as the noise of one series; counters may be negative."""

    offset: np.uint64
    mask: np.uint64

    @classmethod
    def of(cls, seed: int, unique_id: str, purpose: str) -> "Stream":
        """Return the stream of this seed, series and purpose; any two streams are independent."""
        digest = blake2b(f"{seed}/{unique_id}/{purpose}".encode(), digest_size=16).digest()
        return cls(np.uint64(int.from_bytes(digest[:8], "little")), np.uint64(int.from_bytes(digest[8:], "little")))

    def uniforms(self, counters: Integers) -> Numbers:
        """Return numbers evenly spread over the open interval (0, 1), shape of `counters`."""
        # Mixed twice, because streams that differ only in their offset would be shifts of one another.
        once = _mix(counters.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + self.offset)
        return ((_mix(once ^ self.mask) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def integers(self, counters: Integers, below: int | Integers) -> Integers:
        """Return integers evenly spread over 0 ... below - 1, shape of `counters`."""
        return (self.uniforms(counters) * below).astype(np.int64)

    def normals(self, counters: Integers) -> Numbers:
        """Return standard normal numbers, shape of `counters` (Box and Muller 1958)."""
        radius = np.sqrt(-2 * logarithm(self.uniforms(2 * counters)))
        return radius * sine_of_turns(self.uniforms(2 * counters + 1))


def sine_of_turns(turns: Numbers) -> Numbers:
    """Return sin(2 pi turns), the same bits on every processor, shape of `turns`."""
    part = turns - np.rint(turns)
    quarter = np.where(np.abs(part) > 0.25, np.copysign(0.5, part) - part, part)
    angle = 2 * math.pi * quarter
    return np.asarray(angle * polyval(angle * angle, _SINE))


def logarithm(positive: Numbers) -> Numbers:
    """Return the natural logarithm, the same bits on every processor, shape of `positive`."""
    mantissa, exponent = np.frexp(positive)
    low = mantissa < _SQRT_HALF
    mantissa, exponent = np.where(low, 2 * mantissa, mantissa), exponent - low
    ratio = (mantissa - 1) / (mantissa + 1)
    return np.asarray(exponent * _LN_2 + 2 * ratio * polyval(ratio * ratio, _HALF_LOGARITHM))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
