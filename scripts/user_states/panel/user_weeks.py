"""The record that holds users' weeks: features, rides and requests, user by user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    check_sequences,
    first_weeks,
    user_blocks,
)
from user_states.panel.features import Feature, column_indices


@dataclass(frozen=True, eq=False)
class UserWeeks:
    """Weeks of some users.

    Each user's weeks are in one block, in order of time, from the week of the first
    completed ride on, with no week missing.

    Attributes
    ----------
    features : tuple of Feature
    X : array, shape (n_rows, n_columns)
        The columns of each feature, one feature after the other: in natural units, NaN
        where the panel has a null; or in the units of a model (see
        `ModelInput.transform`), NaN where one was not observed.
    lengths : array of int, shape (n_users,)
        Weeks of each user.
    n_rides : array, shape (n_rows,)
        Completed rides of the week.
    has_request : array of bool, shape (n_rows,)
        Weeks with any request.
    spend : array, shape (n_rows,), or None
        Prices of the week's completed rides, in the reporting currency; a ride without
        a price counts as 0. None if the log has no prices.
    """

    features: tuple[Feature, ...]
    X: FloatArray
    lengths: IntArray
    n_rides: FloatArray
    has_request: BoolArray
    spend: FloatArray | None = None

    def __post_init__(self) -> None:
        check_sequences(self.X, self.lengths)
        if self.X.shape[1] != len(self.column_names):
            raise ValueError(
                f"got {self.X.shape[1]} columns; expected those of the features: "
                f"{', '.join(self.column_names)}"
            )

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        return [feature.name for feature in self.features]

    @property
    def column_names(self) -> list[str]:
        """Names of the columns of `X`; one that two features are read from is twice."""
        return [column for feature in self.features for column in feature.columns]

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.lengths)

    @property
    def n_rows(self) -> int:
        """Number of user-weeks."""
        return len(self.X)

    @property
    def is_active(self) -> BoolArray:
        """Weeks with a completed ride, shape (n_rows,)."""
        return self.n_rides > 0

    @property
    def is_first(self) -> BoolArray:
        """The week of each user's first completed ride, shape (n_rows,)."""
        return first_weeks(self.lengths)

    def values(self, names: Sequence[str]) -> FloatArray:
        """Return some columns, shape (n_rows, len(names))."""
        own = self.column_names
        columns = [own.index(name) for name in names]
        return np.ascontiguousarray(self.X[:, columns])

    def select(self, features: Sequence[Feature]) -> UserWeeks:
        """Return the same weeks with some features only."""
        columns = column_indices(self.features, features)
        return replace(self, features=tuple(features), X=self.X[:, columns])

    def first(self, n_users: int) -> UserWeeks:
        """Return the weeks of the first users."""
        lengths = self.lengths[:n_users]
        return self._rows(slice(0, int(lengths.sum())), lengths)

    def of_users(self, is_chosen: BoolArray) -> UserWeeks:
        """Return the weeks of some users, marked in an array of shape (n_users,)."""
        return self._rows(np.repeat(is_chosen, self.lengths), self.lengths[is_chosen])

    def blocks(self, n_rows: int) -> Iterator[UserWeeks]:
        """Yield whole users in blocks of about `n_rows` rows."""
        for rows, lengths in user_blocks(self.lengths, n_rows):
            yield self._rows(rows, lengths)

    @property
    def n_weeks(self) -> int:
        """Calendar weeks, from the first week of anyone to the last.

        This, `week`, `user` and the methods `..._until` are for users who are all
        observed up to the same last week.
        """
        return int(self.lengths.max(initial=0))

    @property
    def week(self) -> IntArray:
        """Number of each row's calendar week, from 0 to `n_weeks` - 1."""
        ends = np.repeat(np.cumsum(self.lengths), self.lengths)
        weeks: IntArray = self.n_weeks - (ends - np.arange(self.n_rows))
        return weeks

    @property
    def user(self) -> IntArray:
        """Number of each row's user, from 0."""
        return np.repeat(np.arange(self.n_users), self.lengths)

    def lengths_until(self, week: int) -> IntArray:
        """Return each user's number of rows up to a week, 0 for users who join later.

        Parameters
        ----------
        week : int
            Number of the calendar week.
        """
        return np.maximum(self.lengths - (self.n_weeks - 1 - week), 0)

    def until(self, week: int) -> UserWeeks:
        """Return the weeks up to a calendar week, without users who join later."""
        lengths = self.lengths_until(week)
        return self._rows(self.week <= week, lengths[lengths > 0])

    def _rows(self, rows: slice | BoolArray, lengths: IntArray) -> UserWeeks:
        return replace(
            self,
            X=self.X[rows],
            lengths=lengths,
            n_rides=self.n_rides[rows],
            has_request=self.has_request[rows],
            spend=None if self.spend is None else self.spend[rows],
        )


@dataclass(frozen=True, eq=False)
class Sample:
    """Users to learn from: most to fit on, the others held out to judge by.

    Attributes
    ----------
    weeks : UserWeeks
        In natural units.
    is_held_out : array of bool, shape (n_users,)
        Users that no model is fitted on.
    """

    weeks: UserWeeks
    is_held_out: BoolArray

    def until(self, week: int) -> Sample:
        """Return what the sample was at the end of a calendar week."""
        has_joined = self.weeks.lengths_until(week) > 0
        return Sample(self.weeks.until(week), self.is_held_out[has_joined])

    def first(self, n_users: int) -> Sample:
        """Return the first users only, or all if there are fewer."""
        return Sample(self.weeks.first(n_users), self.is_held_out[:n_users])

    def select(self, features: Sequence[Feature]) -> Sample:
        """Return the same users with some features only."""
        return Sample(self.weeks.select(features), self.is_held_out)
