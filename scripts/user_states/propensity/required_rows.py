"""What rows must be like before a propensity is learned from them.

Each check raises a ValueError that says what was found, what was expected, and what to
do.
"""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows

# Rows of each side of a yes or no, as Segment asks for; and of each of more classes.
MIN_POSITIVES, MIN_OF_A_CLASS = 100, 30


def require_enough_outcomes(
    rows: PropensityRows, min_positives: int = MIN_POSITIVES
) -> None:
    """Raise ValueError unless every class came to enough customers.

    Customers are counted, not rows: the weeks of one customer are nearly the same.

    Parameters
    ----------
    rows : PropensityRows
    min_positives : int
        Least customers of each of two classes. More classes need MIN_OF_A_CLASS each.
    """
    n_classes = rows.n_classes
    least = min_positives if n_classes == 2 else MIN_OF_A_CLASS
    for number, name in enumerate(rows.classes):
        found = len(np.unique(rows.customers[rows.outcomes == number]))
        if found < least:
            raise ValueError(
                f"found {found} customers with the outcome {name!r}; expected at least "
                f"{least}: choose a longer horizon, a larger population or a more "
                "frequent outcome"
            )


def require_known_outcomes(weeks: IntArray, horizon_weeks: int, last_week: int) -> None:
    """Raise ValueError if a horizon ends after the log: nobody knows its outcome yet.

    Parameters
    ----------
    weeks : array of int, shape (n_rows,)
        At whose ends the rows are known.
    horizon_weeks : int
    last_week : int
        Last complete week of the log.
    """
    newest = int(weeks.max())
    if newest + horizon_weeks > last_week:
        raise ValueError(
            f"found rows of week {newest} whose horizon of {horizon_weeks} weeks ends "
            f"after the log, in week {newest + horizon_weeks}; expected it to end by "
            f"week {last_week}: leave out the weeks after {last_week - horizon_weeks}, "
            "or choose a shorter horizon"
        )


def require_no_target(
    features: FeatureBlock, outcomes: IntArray, target: str | None = None
) -> None:
    """Raise ValueError if a feature is the target itself.

    That is one with the target's name, or whose values say the class and nothing else,
    such as its opposite.

    Parameters
    ----------
    features : FeatureBlock
    outcomes : array of int, shape (n_rows,)
    target : str, optional
        Name of the column that the outcome was made of.
    """
    for name, column in zip(features.names, features.values.T, strict=True):
        if name == target or _says_the_class(column, outcomes):
            raise ValueError(
                f"found the target among the features, as {name}; expected features "
                "that were known before the outcome: leave it out, or set its "
                "is_target"
            )


def _says_the_class(column: FloatArray, outcomes: IntArray) -> bool:
    values, codes = np.unique(column, return_inverse=True)
    n_classes = len(np.unique(outcomes))
    if len(values) != n_classes or n_classes < 2:
        return False
    pairs = np.unique(np.column_stack([codes.ravel(), outcomes]), axis=0)
    return len(pairs) == n_classes
