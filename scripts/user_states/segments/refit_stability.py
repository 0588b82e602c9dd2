"""Whether other customers, or another week, give the same segments."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import CustomerWeek
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.segment_kinds import SegmentKind
from user_states.segments.segment_models import SegmentModel
from user_states.selection.stability import mean_adjusted_rand, resampled_users

# Customers on whom refits are compared, and starts of a refit.
_COMPARED_CUSTOMERS = 5_000
_REFIT_STARTS = 2


def refit_labels(
    kind: SegmentKind, values: FloatArray, n_refits: int, seed: int
) -> dict[int, list[IntArray]]:
    """Return the labels that refits on resampled customers give to the same customers.

    Parameters
    ----------
    kind : SegmentKind
    values : array, shape (n, n_features)
        Of customers in the order of their hashes.
    n_refits : int
    seed : int

    Returns
    -------
    dict of int to list of arrays of int
        By setting, an array of each refit.
    """
    compared = values[:_COMPARED_CUSTOMERS]
    n_draws = min(len(values), kind.refit_customers)
    labels: dict[int, list[IntArray]] = {}
    for refit in range(n_refits):
        rng = np.random.default_rng(np.random.SeedSequence([seed, refit]))
        drawn = values[resampled_users(len(values), n_draws, rng)]
        models = kind.fit(drawn, kind.settings, _REFIT_STARTS, seed + refit)
        assigned = each_with_one_thread(
            lambda model: model.assign(compared), models.values()
        )
        for setting, own in zip(models, assigned, strict=True):
            labels.setdefault(setting, []).append(own)
    return labels


def stability_under_resampling(
    kind: SegmentKind, values: FloatArray, n_refits: int, seed: int
) -> dict[int, float | None]:
    """Return the mean adjusted Rand index between refits, by setting.

    None for fewer than two refits. Other parameters as of `refit_labels`.
    """
    labels = refit_labels(kind, values, n_refits, seed)
    return {
        setting: mean_adjusted_rand(own) if len(own) > 1 else None
        for setting, own in labels.items()
    }


def stability_over_windows(
    now: IntArray, before: IntArray, newest: CustomerWeek, earlier: CustomerWeek
) -> float | None:
    """Return the adjusted Rand index between the segments of two weeks.

    Of the customers who were active in both windows; it is lower than that of refits
    where customers really moved. None without such a customer.

    Parameters
    ----------
    now, before : array of int
        Labels of the customers of `newest` and `earlier`, by a fit of each week.
    newest, earlier : CustomerWeek
    """
    _, here, there = np.intersect1d(
        newest.customers, earlier.customers, return_indices=True
    )
    both = newest.is_active[here] & earlier.is_active[there]
    if not both.any():
        return None
    return mean_adjusted_rand([now[here[both]], before[there[both]]])


def fit_earlier_week(
    kind: SegmentKind, values: FloatArray, seed: int
) -> dict[int, SegmentModel]:
    """Fit a kind to the customers of an earlier week, as the refits are."""
    sample = values[: kind.refit_customers]
    return dict(kind.fit(sample, kind.settings, _REFIT_STARTS, seed))
