"""Customers at the ends of several weeks, as arrays; and who is held out or sampled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray

# Label of a customer in no segment: noise, or without a given label.
NO_SEGMENT = -1


@dataclass(frozen=True, eq=False)
class CustomerWeek:
    """What was known of some customers at the end of one week, and what came.

    Attributes
    ----------
    week : int
        Number of the week, counted from any Monday.
    customers : array of int, shape (n,)
        Number of each customer, the same in every week; none twice.
    values : array, shape (n, n_features)
        Features as models read them: filled, transformed and scaled. No NaN.
    is_active : array of bool, shape (n,)
        Whether anything is known to have happened in the window of the features.
    outcomes : mapping of str to array, shape (n,)
        By outcome: 1 if it came, 0 if not, NaN if it is not known yet.
    labels : mapping of str to array of int, shape (n,)
        Divisions that exist already, by name: number of the segment from 0, or
        NO_SEGMENT.
    """

    week: int
    customers: IntArray
    values: FloatArray
    is_active: BoolArray
    outcomes: Mapping[str, FloatArray]
    labels: Mapping[str, IntArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.customers)
        columns = (self.is_active, *self.outcomes.values(), *self.labels.values())
        if self.values.ndim != 2 or {n} != {len(self.values), *map(len, columns)}:
            raise ValueError(
                f"got columns of different lengths for the {n} customers of week "
                f"{self.week}; expected one row per customer in each"
            )
        n_bad = int(np.count_nonzero(~np.isfinite(self.values)))
        if n_bad:
            raise ValueError(
                f"got {n_bad} values of week {self.week} that are NaN or infinite; "
                "expected filled and scaled features"
            )
        if len(np.unique(self.customers)) < n:
            raise ValueError(f"got a customer twice in week {self.week}; expected once")


@dataclass(frozen=True, eq=False)
class CustomerWeeks:
    """Several weeks of the same customers, the earliest first.

    Attributes
    ----------
    weeks : tuple of CustomerWeek
        At least one.
    places : array, shape (n_customers,)
        Place of each customer's hash among all hashes, from 0 to below 1; see
        `hashed_places`.
    holdout_share : float
        Customers whose place is below are held out: nothing is fitted on them until
        the choice is made.
    """

    weeks: tuple[CustomerWeek, ...]
    places: FloatArray
    holdout_share: float = 0.2

    def __post_init__(self) -> None:
        numbers = [week.week for week in self.weeks]
        if not numbers or numbers != sorted(set(numbers)):
            raise ValueError(f"got weeks {numbers}; expected different ones in order")

    @property
    def first(self) -> CustomerWeek:
        """The earliest week."""
        return self.weeks[0]

    @property
    def newest(self) -> CustomerWeek:
        """The newest week."""
        return self.weeks[-1]

    def is_held_out(self, week: CustomerWeek) -> BoolArray:
        """Return which customers of a week are held out."""
        held_out: BoolArray = self.places[week.customers] < self.holdout_share
        return held_out

    def training_values(self, week: CustomerWeek) -> FloatArray:
        """Return the features of the customers who are not held out, by hash."""
        rows = self.by_hash(week)
        return week.values[rows[~self.is_held_out(week)[rows]]]

    def by_hash(self, week: CustomerWeek) -> IntArray:
        """Return the rows of a week in the order of hashes: the first are a sample."""
        return np.argsort(self.places[week.customers], kind="stable").astype(np.int64)


def hashed_places(customer_ids: Iterable[str], salt: str = "") -> FloatArray:
    """Return the place of each id's hash among all hashes, from 0 to below 1.

    The first eight hexadecimal digits of md5(salt‖id), as in the macro `hashes_below`:
    the same in SQL, and always the same for one id.
    """
    digits = (
        hashlib.md5(f"{salt}{text}".encode(), usedforsecurity=False).hexdigest()[:8]
        for text in customer_ids
    )
    return np.array([int(text, 16) for text in digits], dtype=np.float64) / 16**8
