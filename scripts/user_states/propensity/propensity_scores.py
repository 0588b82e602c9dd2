"""How good forecast probabilities of classes are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.selection.next_week_scores import UserScores

N_TENTHS = 10


@dataclass(frozen=True, eq=False)
class PropensityScores:
    """Scores of the forecasts of one candidate.

    Attributes
    ----------
    by_customer : UserScores
        Log probability that the forecasts gave to what came, summed by customer.
    log_loss : float
        In nats a row.
    auc : float
        Area under the ROC curve; of more than two classes the mean over classes, each
        against the others.
    brier : float
        Mean squared distance; of more than two classes summed over them.
    calibration_error : float
        Expected calibration error of tenths: rows in ten groups by forecast, 0 to 0.1
        and so on; the distance of mean forecast and share that came, weighted by rows
        (Naeini, Cooper and Hauskrecht 2015). Of more classes the mean over them.
    """

    by_customer: UserScores
    log_loss: float
    auc: float
    brier: float
    calibration_error: float


def customer_scores(
    chances: FloatArray, outcomes: IntArray, customers: IntArray, n_customers: int
) -> UserScores:
    """Return the log scores by customer.

    Parameters
    ----------
    chances : array, shape (n_rows, K)
        Forecast probability of each class.
    outcomes : array of int, shape (n_rows,)
    customers : array of int, shape (n_rows,)
    n_customers : int
    """
    given = chances[np.arange(len(outcomes)), outcomes]
    logs = np.log(within_margin(given))
    return UserScores(
        np.bincount(customers, weights=logs, minlength=n_customers).astype(np.float64),
        np.bincount(customers, minlength=n_customers).astype(np.int64),
    )


def score_forecasts(
    chances: FloatArray, outcomes: IntArray, customers: IntArray, n_customers: int
) -> PropensityScores:
    """Return all scores; parameters as of `customer_scores`."""
    by_customer = customer_scores(chances, outcomes, customers, n_customers)
    came = np.eye(chances.shape[1])[outcomes]
    # Of two classes the second says everything.
    is_binary = chances.shape[1] == 2
    judged = range(1, 2) if is_binary else range(chances.shape[1])
    columns = [(chances[:, k], came[:, k]) for k in judged]
    return PropensityScores(
        by_customer,
        -by_customer.mean,
        float(np.mean([_auc(p, y) for p, y in columns])),
        float(sum(np.mean((p - y) ** 2) for p, y in columns)),
        float(np.mean([calibration_error(p, y) for p, y in columns])),
    )


def calibration_error(chances: FloatArray, came: FloatArray) -> float:
    """Return the expected calibration error of tenths.

    Parameters
    ----------
    chances, came : array, shape (n_rows,)
        Forecast of one class; 1 where it came, else 0.
    """
    tenths = np.minimum((chances * N_TENTHS).astype(np.int64), N_TENTHS - 1)
    distances = np.bincount(tenths, weights=chances - came, minlength=N_TENTHS)
    return float(np.abs(distances).sum() / len(came))


def _auc(chances: FloatArray, came: FloatArray) -> float:
    if came.min() == came.max():
        return float("nan")
    return float(roc_auc_score(came, chances))
