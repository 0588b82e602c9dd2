"""Features that know the outcome: they predict better than anything known before could.

A feature is named if it alone removes LEAK_ALONE of the uncertainty and forecasts lose
LEAK_LOST of their gain without it, or if it alone removes LEAK_CERTAIN. The second part
of the first rule spares a strong but honest feature such as recency: without it the
others predict nearly as well. A leak is often the only one of its kind. Near copies are
taken out together, else each would stand in for the other. LEAK_CERTAIN is high because
many who never ride make an honest feature strong: in a demo, rides of the last 90 days
alone remove 63 % of the uncertainty about riding in the next four weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.propensity.boosted_trees import fit_boosting
from user_states.propensity.propensity_folds import PropensityFold
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows
from user_states.propensity.propensity_scores import customer_scores
from user_states.propensity.rival_forecasts import (
    BASE_RATE,
    rival_forecasts,
    tenth_forecasts,
)
from user_states.segments.fit_threads import each_with_one_thread

LEAK_ALONE, LEAK_LOST, LEAK_CERTAIN = 0.3, 1 / 3, 0.7
# Rank correlation from which one feature is a near copy of another.
_COPY_CORRELATION = 0.95
# Small models on some of the folds, and on so many rows of each: a leak is not subtle.
_LEAK_TREES, _LEAK_FOLDS, _LEAK_ROWS = 50, 2, 5_000


@dataclass(frozen=True)
class FeatureLeak:
    """A feature that seems to know the outcome.

    Attributes
    ----------
    name : str
    alone : float
        Share of the log loss of one rate for everybody that it removes alone.
    lost : float
        Share of the gain of all features that is lost without it and its near copies.
    """

    name: str
    alone: float
    lost: float

    def __str__(self) -> str:
        return (
            f"{self.name} alone removes {self.alone:.0%} of the uncertainty, and "
            f"without it {self.lost:.0%} of the forecast's gain is lost: it may have "
            "been computed from the outcome. Check when it is known; leave it out, or "
            "keep it if it really is known before."
        )


def find_leaks(
    rows: PropensityRows, folds: Sequence[PropensityFold], seed: int
) -> list[FeatureLeak]:
    """Return the features that seem to know the outcome, the worst first.

    A feature alone forecasts the rate of its tenth. Small boosted trees are fitted to
    the taught rows of the first folds with all features, and without each suspect.
    """
    folds = [_thinned(fold) for fold in folds[:_LEAK_FOLDS]]
    features = rows.all_features
    names = features.names
    alone = _shares(
        rows,
        folds,
        [
            sum(_loss(rows, fold, one) for fold, one in zip(folds, found, strict=True))
            for found in zip(
                *(tenth_forecasts(rows, fold, features) for fold in folds), strict=True
            )
        ],
    )
    suspects = [
        name for name, share in zip(names, alone, strict=True) if share >= LEAK_ALONE
    ]
    if not suspects:
        return []
    copies = _near_copies(features)
    without = [
        features.columns(
            tuple(other for other in names if not copies[name][names.index(other)])
        )
        for name in suspects
    ]
    everything, *rest = _gain_shares(rows, folds, [features, *without], seed)
    by_name = dict(zip(names, alone, strict=True))
    found = [
        FeatureLeak(name, by_name[name], 1 - max(share, 0.0) / everything)
        for name, share in zip(suspects, rest, strict=True)
    ]
    named = [
        leak for leak in found if leak.lost >= LEAK_LOST or leak.alone >= LEAK_CERTAIN
    ]
    return sorted(named, key=lambda leak: -leak.alone)


def _thinned(fold: PropensityFold) -> PropensityFold:
    """Return a fold with every so many of its rows, at most _LEAK_ROWS of each part."""

    def part(rows: IntArray) -> IntArray:
        return rows[:: max(1, -(-len(rows) // _LEAK_ROWS))]

    return PropensityFold(part(fold.taught), part(fold.calibrated), part(fold.judged))


def _gain_shares(
    rows: PropensityRows,
    folds: Sequence[PropensityFold],
    blocks: Sequence[FeatureBlock],
    seed: int,
) -> list[float]:
    """Return the share of the base rate's log loss that each block removes."""
    tasks = [(block, fold) for block in blocks for fold in folds]

    def loss(task: tuple[FeatureBlock, PropensityFold]) -> float:
        block, fold = task
        if not block.names:
            return _loss(rows, fold, rival_forecasts(rows, fold)[BASE_RATE])
        model = fit_boosting(
            block.rows(fold.taught),
            rows.outcomes[fold.taught],
            rows.n_classes,
            seed,
            _LEAK_TREES,
        )
        return _loss(rows, fold, model.chances(block.rows(fold.judged)))

    losses = np.reshape(each_with_one_thread(loss, tasks), (len(blocks), len(folds)))
    return _shares(rows, folds, losses.sum(axis=1).tolist())


def _shares(
    rows: PropensityRows, folds: Sequence[PropensityFold], losses: Sequence[float]
) -> list[float]:
    base = sum(
        _loss(rows, fold, rival_forecasts(rows, fold)[BASE_RATE]) for fold in folds
    )
    return [1 - loss / base for loss in losses]


def _loss(rows: PropensityRows, fold: PropensityFold, chances: FloatArray) -> float:
    scores = customer_scores(
        chances,
        rows.outcomes[fold.judged],
        rows.customers[fold.judged],
        len(rows.places),
    )
    return -float(scores.log_scores.sum())


def _near_copies(features: FeatureBlock) -> dict[str, BoolArray]:
    """Return which features are near copies of each, itself among them."""
    ranks = rankdata(features.values, axis=0, nan_policy="omit")
    ranks = np.where(np.isnan(features.values), 0.0, ranks)
    ranks -= ranks.mean(axis=0)
    lengths = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(lengths > 0, lengths, 1.0)
    is_copy = np.abs(ranks.T @ ranks) >= _COPY_CORRELATION
    np.fill_diagonal(is_copy, True)
    return dict(zip(features.names, is_copy, strict=True))
