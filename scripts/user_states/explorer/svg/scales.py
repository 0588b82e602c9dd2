"""Scales: where a value lies in a chart, and which round values mark its axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A linear scale.

    Attributes
    ----------
    low, high : float
        Values at its ends; `high` is larger.
    start, end : float
        Where these are: per cents across, or pixels.
    """

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def at(self, value: float) -> float:
        """Return the place of a value."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)

    def across(self, value: float) -> str:
        """Return the place of a value in per cent of the chart's width."""
        return per_cent(self.at(value))

    def width(self, low: float, high: float) -> str:
        """Return the distance between two values in per cent of the chart's width."""
        return per_cent(max(self.at(high) - self.at(low), 0.0))


def per_cent(value: float) -> str:
    """Return a length in per cent, with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def round_values(low: float, high: float, about: int = 3) -> list[float]:
    """Return round values between two ends, about that many steps apart."""
    if high <= low:
        return [low]
    step = round_step((high - low) / about)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def round_step(least: float) -> float:
    """Return the smallest round number that is at least this large."""
    if least <= 0:
        return 1.0
    power = 10.0 ** floor(log10(least))
    return power * next(step for step in STEPS if step * power >= least * (1 - 1e-9))


def reach(values: Iterable[float], least: float = 0.0) -> float:
    """Return the largest distance from zero, or `least` if that is larger."""
    return max([least, *map(abs, values)])
