"""Customers as `customer_snapshots` has them, made ready for a fit of segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.feature_scaling import FeatureScaling
from user_states.segments.customer_weeks import CustomerWeeks, hashed_places
from user_states.segments.given_labels import RFM, numbered_labels, rfm_labels
from user_states.segments.segmentation_certificate import (
    MIN_CUSTOMERS,
    WINDOW_WEEKS,
    TooFewCustomersError,
)
from user_states.segments.snapshot_features import (
    SnapshotFeature,
    filled_values,
    known_features,
    stored_scaling,
)
from user_states.segments.snapshot_weeks import (
    SNAPSHOT_OUTCOMES,
    SnapshotWeek,
    joined_weeks,
)

# Any Monday: weeks are counted from it.
_FIRST_MONDAY = dt.date(1970, 1, 5)
# Weeks that divisions are judged from: the newest, and so many before it.
_N_ORIGINS = 4

# The division whose weeks may begin late: states are known from about the first fit on.
KNOWN_STATES = "states"

# Columns of a snapshot that are read besides the features.
DAYS_SINCE = tuple(dict.fromkeys(column for column, _ in SNAPSHOT_OUTCOMES.values()))
MEASURES = (*DAYS_SINCE, "n_active_days", "n_purchases", "n_rides", "spend")


@dataclass(frozen=True, eq=False)
class RawWeek:
    """The newest revisions of one week, in natural units.

    Attributes
    ----------
    week_start : date
        Its Monday.
    customer_ids : array of str, shape (n,)
        As known then; none twice.
    X : array, shape (n, n_features)
        NaN for null.
    measures : mapping of str to array, shape (n,)
        MEASURES; NaN for null.
    texts : mapping of str to sequence of str or None, length n
        Labels of divisions that exist already, by name.
    """

    week_start: dt.date
    customer_ids: npt.NDArray[np.object_]
    X: FloatArray
    measures: Mapping[str, FloatArray]
    texts: Mapping[str, Sequence[str | None]]

    @property
    def number(self) -> int:
        """Number of the week, counted from a Monday."""
        return week_number(self.week_start)


@dataclass(frozen=True, eq=False)
class RawCustomers:
    """Everything that is read of customers.

    Attributes
    ----------
    features : tuple of SnapshotFeature
    weeks : tuple of RawWeek
        Origins, and the weeks after them; in order.
    origins : tuple of int
        Numbers of the weeks that divisions are judged from, the newest last.
    centres, spreads : array, shape (n_features,)
        Of `customer_feature_scaling` in the newest week.
    merged_into : mapping of str to str
        From an id to the one that it was merged into.
    """

    features: tuple[SnapshotFeature, ...]
    weeks: tuple[RawWeek, ...]
    origins: tuple[int, ...]
    centres: FloatArray
    spreads: FloatArray
    merged_into: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class PreparedCustomers:
    """Customers as the certificate takes them, and what was made of their features.

    Attributes
    ----------
    data : CustomerWeeks
    week_start, first_week_start : date
        Mondays of the newest and of the earliest week of `data`.
    customer_ids : array of str, shape (n,)
        Of the newest week.
    filled : array, shape (n, n_features)
        Their features in natural units; those of `scaling`, in its order.
    known : array of bool, shape (n, n_features)
        Whether that is a value of theirs, not the default.
    scaling : FeatureScaling
    used : tuple of SnapshotFeature
        Features that models read.
    dropped : dict of str to str
        Why each of the others is left out.
    """

    data: CustomerWeeks
    week_start: dt.date
    first_week_start: dt.date
    customer_ids: npt.NDArray[np.object_]
    filled: FloatArray
    known: npt.NDArray[np.bool_]
    scaling: FeatureScaling
    used: tuple[SnapshotFeature, ...]
    dropped: dict[str, str]


def week_number(week_start: dt.date) -> int:
    """Return the number of the week of a Monday."""
    return (week_start - _FIRST_MONDAY).days // 7


def origins_among(numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the weeks that divisions are judged from: newest, -4, -8 and -12.

    If there is none of the earlier ones, the earliest week stands for them.

    Parameters
    ----------
    numbers : sequence of int
        Weeks with a snapshot; at least one.
    """
    newest = max(numbers)
    wanted = [newest - WINDOW_WEEKS * back for back in range(_N_ORIGINS)]
    found = sorted(set(wanted) & set(numbers))
    return tuple(found if len(found) > 1 else sorted({min(numbers), newest}))


def weeks_to_read(numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the origins, and the weeks in which their outcomes show."""
    origins = origins_among(numbers)
    horizons = {horizon for _, horizon in SNAPSHOT_OUTCOMES.values()}
    wanted = {origin + horizon for origin in origins for horizon in {0, *horizons}}
    return tuple(sorted(wanted & set(numbers)))


def prepared(raw: RawCustomers, holdout_share: float, salt: str) -> PreparedCustomers:
    """Fill, transform and scale features, and put the weeks together.

    A feature that is unknown of a customer in one of the weeks, or the same for all
    customers of the newest week, is left out. So are the earliest weeks, if there were
    too few customers then, or the states were not known yet: divisions are compared in
    the same weeks.

    Parameters
    ----------
    raw : RawCustomers
    holdout_share, salt
        As of `joined_weeks`.

    Raises
    ------
    TooFewCustomersError
        If there is no week with a later one, or no feature is left.
    """
    own = _with_states(_with_enough_customers(raw, holdout_share, salt))
    filled = [filled_values(raw.features, week.X) for week in own]
    reasons = _reasons(raw.features, filled)
    columns = [place for place, reason in enumerate(reasons) if reason is None]
    if not columns:
        raise TooFewCustomersError(
            f"found {len(raw.features)} features of customers, and each is unknown of "
            "somebody or the same for all; expected one that is known and differs: "
            "load events of sites and products, or let segments read other features "
            "(docs/segments.md, Other features)"
        )
    used = tuple(raw.features[place] for place in columns)
    scaling = stored_scaling(used, raw.centres[columns], raw.spreads[columns])
    snapshots = {week.number: _snapshot(week) for week in raw.weeks}
    for week, X, labels in zip(own, filled, _given_labels(own), strict=True):
        snapshots[week.number] = replace(
            snapshots[week.number],
            values=scaling.transform(X[:, columns]),
            labels=labels,
        )
    origins = [week.number for week in own]
    return PreparedCustomers(
        data=joined_weeks(
            list(snapshots.values()), origins, raw.merged_into, holdout_share, salt
        ),
        week_start=own[-1].week_start,
        first_week_start=own[0].week_start,
        customer_ids=own[-1].customer_ids,
        filled=filled[-1][:, columns],
        known=~np.isnan(own[-1].X[:, columns].astype(np.float64)),
        scaling=scaling,
        used=used,
        dropped={
            feature.name: reason
            for feature, reason in zip(raw.features, reasons, strict=True)
            if reason is not None
        },
    )


def _snapshot(week: RawWeek) -> SnapshotWeek:
    """Return a week without features: what came after an earlier one."""
    return SnapshotWeek(
        week.number,
        week.customer_ids,
        np.zeros((len(week.customer_ids), 0)),
        {column: week.measures[column] for column in DAYS_SINCE},
        week.measures["n_active_days"] > 0,
    )


def _reasons(
    features: Sequence[SnapshotFeature], filled: Sequence[FloatArray]
) -> list[str | None]:
    """Return for each feature why models cannot read it, or None."""
    known = set(known_features(filled))
    newest = filled[-1]
    reasons: list[str | None] = []
    for place, feature in enumerate(features):
        if place not in known:
            unknown = max(float(np.isnan(X[:, place]).mean()) for X in filled)
            reasons.append(
                f"{feature.name} is not known of up to {unknown:.1%} of the customers "
                "of a week"
            )
        elif not np.ptp(newest[:, place]):
            reasons.append(
                f"{feature.name} is {newest[0, place]:g} for all customers of the "
                "newest week"
            )
        else:
            reasons.append(None)
    return reasons


def _given_labels(weeks: Sequence[RawWeek]) -> list[dict[str, IntArray]]:
    """Return the divisions in which somebody is in every week, week by week."""
    found = {
        RFM: [
            rfm_labels(
                week.measures["days_since_last_purchase"],
                week.measures["n_purchases"] + week.measures["n_rides"],
                week.measures["spend"],
            )
            for week in weeks
        ]
    }
    for name in weeks[-1].texts:
        found[name] = numbered_labels([week.texts[name] for week in weeks])
    kept = {
        name: labels
        for name, labels in found.items()
        if all((own >= 0).any() for own in labels)
    }
    return [
        {name: labels[place] for name, labels in kept.items()}
        for place in range(len(weeks))
    ]


def _with_enough_customers(
    raw: RawCustomers, holdout_share: float, salt: str
) -> list[RawWeek]:
    """Return the origins, without the earliest ones that have too few customers.

    Raises
    ------
    TooFewCustomersError
        If fewer than two are left.
    """
    by_number = {week.number: week for week in raw.weeks}
    own = [by_number[number] for number in raw.origins]
    n_newest = len(own[-1].customer_ids)
    if n_newest < MIN_CUSTOMERS:
        raise TooFewCustomersError(
            f"found {n_newest} customers in the newest week; expected at least "
            f"{MIN_CUSTOMERS}: load events of more customers"
        )
    while len(own) > 1:
        places = hashed_places(own[0].customer_ids, salt)
        if np.count_nonzero(places >= holdout_share) >= MIN_CUSTOMERS:
            return own
        own = own[1:]
    raise TooFewCustomersError(
        f"found no week before {own[-1].week_start} with {MIN_CUSTOMERS} customers to "
        "learn from; expected one, because divisions are judged by what came after "
        "it: load older events, or build again in a later week"
    )


def _with_states(weeks: list[RawWeek]) -> list[RawWeek]:
    """Leave out the weeks before the first with states, if two later ones are left."""
    known = [any(week.texts.get(KNOWN_STATES, ())) for week in weeks]
    first = known.index(True) if True in known else 0
    return weeks[first:] if len(weeks) - first > 1 else weeks
