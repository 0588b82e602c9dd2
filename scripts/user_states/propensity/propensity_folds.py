"""Rows to learn from, to calibrate on and to judge by: others, and later ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, IntArray
from user_states.propensity.propensity_rows import PropensityRows

CUSTOMER_FOLDS = 5
# Share of the weeks, the newest ones, by which models are judged: eight of the 22 that
# half a year has with a horizon of four weeks, so that calibration is seen over weeks.
_JUDGED_SHARE = 0.36
# Models learn from weeks that are at least so far apart: neighbours share most of the
# window of features, so that those between add little.
TAUGHT_WEEKS_APART = 2


@dataclass(frozen=True, eq=False)
class PropensityFold:
    """Rows of one fold. No customer is in two of them.

    Attributes
    ----------
    taught, calibrated, judged : array of int
        Numbers of the rows that models are fitted to, calibrated on, and judged by.
    """

    taught: IntArray
    calibrated: IntArray
    judged: IntArray


def propensity_folds(rows: PropensityRows) -> list[PropensityFold]:
    """Return folds by customer, which are judged by later weeks than they learn from.

    Customers are in five groups by hash. Each fold is judged by one group, calibrated
    on the next and fitted to the others. If the rows are of several weeks, a fold
    learns only from outcomes that were known when the first judged week ended: its
    weeks end the horizon before, and are TAUGHT_WEEKS_APART. All later ones judge: the
    newest 36 % of the weeks, which are eight of the 22 that half a year has with a
    horizon of four weeks. Rows without time (horizon 0) are divided by customer alone.

    Raises
    ------
    ValueError
        If the weeks are too few for a gap of the horizon.
    """
    groups = np.minimum(
        (rows.places * CUSTOMER_FOLDS).astype(np.int64), CUSTOMER_FOLDS - 1
    )
    group = groups[rows.customers]
    is_early, is_late = _earlier_and_later(rows)
    folds = []
    for judged in range(CUSTOMER_FOLDS):
        calibrated = (judged + 1) % CUSTOMER_FOLDS
        is_taught = (group != judged) & (group != calibrated) & is_early
        folds.append(
            PropensityFold(
                _numbers(is_taught),
                _numbers((group == calibrated) & is_early),
                _numbers((group == judged) & is_late),
            )
        )
    return folds


def publication_fold(rows: PropensityRows) -> PropensityFold:
    """Return the rows of the model that is published, none of them judged.

    A fifth of the customers calibrate it, the others teach it, by weeks that are
    TAUGHT_WEEKS_APART.
    """
    is_calibrated = (rows.places >= 1 - 1 / CUSTOMER_FOLDS)[rows.customers]
    is_used = _taught_weeks(rows, int(rows.weeks.max()))
    nobody = np.empty(0, dtype=np.int64)
    return PropensityFold(
        _numbers(~is_calibrated & is_used), _numbers(is_calibrated & is_used), nobody
    )


def _earlier_and_later(rows: PropensityRows) -> tuple[BoolArray, BoolArray]:
    everything = np.ones(len(rows.weeks), dtype=np.bool_)
    if rows.horizon_weeks == 0:
        return everything, everything
    weeks = np.unique(rows.weeks)
    first, newest = int(weeks[0]), int(weeks[-1])
    least = first + rows.horizon_weeks
    possible = weeks[weeks >= least]
    if not len(possible):
        raise ValueError(
            f"found rows of weeks {first} to {newest} with a horizon of "
            f"{rows.horizon_weeks} weeks; expected a week {rows.horizon_weeks} or more "
            "after the first: choose a shorter horizon, or wait for more weeks"
        )
    n_judged = min(len(possible), max(1, round(_JUDGED_SHARE * len(weeks))))
    first_judged = int(possible[-n_judged])
    last_taught = first_judged - rows.horizon_weeks
    return _taught_weeks(rows, last_taught), rows.weeks >= first_judged


def _taught_weeks(rows: PropensityRows, last: int) -> BoolArray:
    """Return the rows of weeks that are far enough apart, none later than the last."""
    weeks: list[int] = []
    for week in np.unique(rows.weeks[rows.weeks <= last])[::-1].tolist():
        if not weeks or weeks[-1] - week >= TAUGHT_WEEKS_APART:
            weeks.append(week)
    is_taught: BoolArray = np.isin(rows.weeks, weeks)
    return is_taught


def _numbers(is_row: BoolArray) -> IntArray:
    return np.flatnonzero(is_row).astype(np.int64)
