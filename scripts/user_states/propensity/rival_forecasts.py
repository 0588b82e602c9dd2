"""Forecasts that a propensity must beat to be worth anything."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.linear_scorer import fit_linear
from user_states.propensity.propensity_folds import PropensityFold
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows

BASE_RATE, RECENCY_BUCKET, RFM_LOGISTIC = "base_rate", "recency_bucket", "rfm"
RIVAL_LABELS = {
    BASE_RATE: "the rate of everybody",
    RECENCY_BUCKET: "the rate of customers with such a recency",
    RFM_LOGISTIC: "recency, frequency and value alone",
}

_N_BUCKETS = 10
# Rows like everybody that are added to each bucket; see `segment_rates`.
_ADDED_ROWS = 2.0


def rival_forecasts(
    rows: PropensityRows, fold: PropensityFold
) -> dict[str, FloatArray]:
    """Return the forecasts of each rival for the judged rows, shape (n, K).

    Rivals learn from the taught and the calibrated rows: they need no calibration.
    Those whose features are not named are left out.
    """
    taught = np.concatenate([fold.taught, fold.calibrated])
    own = rows.outcomes[taught]
    rates = _rates(own, rows.n_classes)
    found = {BASE_RATE: np.tile(rates, (len(fold.judged), 1))}
    if rows.recency is not None:
        recency = rows.features.columns((rows.recency,)).values[:, 0]
        found[RECENCY_BUCKET] = _bucket_rates(
            recency[taught], own, rates, recency[fold.judged]
        )
    if rows.rfm:
        rfm = rows.features.columns(rows.rfm)
        fitted = fit_linear(rfm.rows(taught), own, rows.n_classes)
        found[RFM_LOGISTIC] = fitted.chances(rfm.rows(fold.judged))
    return found


def tenth_forecasts(
    rows: PropensityRows, fold: PropensityFold, features: FeatureBlock
) -> list[FloatArray]:
    """Return for each feature the rates of its tenths, for the judged rows, (n, K)."""
    taught = np.concatenate([fold.taught, fold.calibrated])
    own = rows.outcomes[taught]
    rates = _rates(own, rows.n_classes)
    return [
        _bucket_rates(column[taught], own, rates, column[fold.judged])
        for column in features.values.T
    ]


def _rates(outcomes: IntArray, n_classes: int) -> FloatArray:
    """Return the share of each class, with one more customer in each (Laplace)."""
    counts = np.bincount(outcomes, minlength=n_classes) + 1.0
    rates: FloatArray = counts / counts.sum()
    return rates


def _bucket_rates(
    taught: FloatArray, outcomes: IntArray, rates: FloatArray, judged: FloatArray
) -> FloatArray:
    """Return the smoothed shares of each tenth; never is one of its own."""
    known = taught[~np.isnan(taught)]
    shares = np.linspace(0, 1, _N_BUCKETS + 1)[1:-1]
    edges = np.unique(np.quantile(known, shares)) if len(known) else known

    def buckets(values: FloatArray) -> IntArray:
        places = np.searchsorted(edges, values, side="left")
        return np.where(np.isnan(values), len(edges) + 1, places).astype(np.int64)

    counts = np.zeros((len(edges) + 2, len(rates)))
    np.add.at(counts, (buckets(taught), outcomes), 1.0)
    sizes = counts.sum(axis=1, keepdims=True)
    smoothed: FloatArray = (counts + _ADDED_ROWS * rates) / (sizes + _ADDED_ROWS)
    return smoothed[buckets(judged)]
