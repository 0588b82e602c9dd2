"""Kinds of users who never change: a hidden Markov model without moves.

It explains differences between users, but no dynamics, so it shows what states add.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from user_states.hmm.climbing import Climber
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.initialisation import comparable, rough_from_labels
from user_states.hmm.levels import with_levels
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences

# Starts of EM, each from other clusters of users.
_N_STARTS = 3


def fit_static_mixture(
    users: Sequences, n_kinds: int, settings: FitSettings, seed: int
) -> HMMParameters:
    """Return the best of a few fits in which nobody changes.

    A user's kind is a state that is never left: the transition matrix is the identity,
    and EM keeps a probability of 0. With levels, each kind has all of them.

    Parameters
    ----------
    users : Sequences
    n_kinds : int
        Number of kinds, K.
    settings : FitSettings
    seed : int
    """
    climber = Climber(settings)
    first_rows = np.cumsum(users.lengths) - users.lengths
    rows = comparable(users.X, users.lengths, users.densities)
    of_users = np.add.reduceat(rows, first_rows) / users.lengths[:, np.newaxis]
    best: tuple[float, HMMParameters] | None = None
    with threadpool_limits(limits=1):
        for start in range(_N_STARTS if n_kinds > 1 else 1):
            kmeans = KMeans(n_kinds, n_init=1, random_state=(seed + start) % 2**32)
            kinds = kmeans.fit_predict(of_users).astype(np.int64)
            rough = rough_from_labels(
                users.X,
                users.lengths,
                np.repeat(kinds, users.lengths),
                n_kinds,
                users.densities,
            )
            rough = replace(rough, transition_matrix=np.eye(n_kinds))
            n_levels = settings.levels_of(n_kinds)
            if n_levels > 1 and rough.count_feature is not None:
                rough = with_levels(rough, n_levels)
            model = climber.climb(rough, users.packed)
            if best is None or model.log_likelihood_ > best[0]:
                best = model.log_likelihood_, model.parameters_
    assert best is not None
    return best[1]
