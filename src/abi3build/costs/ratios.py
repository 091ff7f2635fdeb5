"""Turn times of alternate runs into a ratio with its interval; say when to stop.

Each block runs A B B A, so a machine that becomes slower or faster at a steady pace is
fair to both.  The median of the blocks' ratios is used, because other work on the
machine makes single runs longer, never shorter.  The interval is a bootstrap over the
blocks, by percentiles (Efron and Tibshirani, An Introduction to the Bootstrap, 13).
With few blocks these are too close: of two equal builds, one in twelve pairs seemed to
differ after eight blocks.  So they are expanded as far as Student's t is wider than the
normal distribution (Hesterberg, https://doi.org/10.1080/00031305.2015.1089789, section
4.1).
"""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Block", "Ratio", "measure_ratio", "ratio_of"]

_LEAST_BLOCKS = 8
"""With fewer, the ends of a bootstrap interval of the median are single blocks."""

_MOST_BLOCKS = 200
_RESAMPLES = 1000
_BETWEEN_LOOKS = 4
"""In blocks: a look takes some milliseconds, in which nothing else is timed."""
_CONFIDENCE = 0.95
_NARROW = 0.02
"""The width at which an interval is narrow enough: two percent."""


@dataclass(frozen=True)
class Block:
    """Contain the seconds of one block: of both runs of A, and of both runs of B."""

    first: float
    second: float

    @property
    def ratio(self) -> float:
        """Return how many times longer the first took."""
        return self.first / self.second


@dataclass(frozen=True)
class Ratio:
    """Say how many times longer A takes than B, and how sure that is."""

    value: float
    low: float
    high: float
    blocks: int

    @property
    def is_narrow(self) -> bool:
        """Tell whether the interval is narrow enough to stop timing."""
        return self.high - self.low <= _NARROW

    @property
    def is_seen(self) -> bool:
        """Tell whether a difference is seen: the interval does not hold 1."""
        return not self.low <= 1.0 <= self.high


def ratio_of(blocks: Sequence[Block]) -> Ratio:
    """Return the median ratio of some blocks with its 95 % interval.

    The same blocks produce the same interval, because the samples are chosen with a
    fixed seed.
    """
    ratios = [block.ratio for block in blocks]
    chosen = random.Random(len(ratios))  # noqa: S311 - it guards nothing
    medians = sorted(
        statistics.median(chosen.choices(ratios, k=len(ratios)))
        for _ in range(_RESAMPLES)
    )
    outside = int(_RESAMPLES * _share_outside(len(ratios)))
    return Ratio(
        statistics.median(ratios), medians[outside], medians[-outside - 1], len(ratios)
    )


def _share_outside(count: int) -> float:
    """Return the share of resamples beyond each end of the interval.

    The quantile of Student's t is that of Abramowitz and Stegun, 26.7.5.
    """
    normal = statistics.NormalDist()
    z, freedom = normal.inv_cdf((1 + _CONFIDENCE) / 2), max(count - 1, 1)
    student = (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    )
    return normal.cdf(-student * math.sqrt(count / freedom))


def measure_ratio(
    first: Callable[[], float],
    second: Callable[[], float],
    *,
    seconds: float,
    now: Callable[[], float],
    advance: Callable[[Ratio], None] = lambda _: None,
) -> Ratio:
    """Time two things in blocks until the interval is narrow or the time is up.

    Each function runs its thing once and returns the seconds that it took.  ``now`` is
    a clock in seconds.  At least eight blocks are run, whatever the limit, because
    fewer say nothing.  From then on, ``advance`` is called with the ratio each time it
    is computed.
    """
    start = now()
    blocks: list[Block] = []
    while True:
        one, two = first(), second()
        two += second()
        one += first()
        blocks.append(Block(one, two))
        is_over = now() - start >= seconds or len(blocks) >= _MOST_BLOCKS
        if len(blocks) < _LEAST_BLOCKS:
            continue
        if len(blocks) % _BETWEEN_LOOKS and not is_over:
            continue
        ratio = ratio_of(blocks)
        advance(ratio)
        if ratio.is_narrow or is_over:
            return ratio
