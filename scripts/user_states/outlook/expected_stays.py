"""How long users of a model stay in each state, seen as the marts see them.

In the model the chance to leave a state is the same in every week. Stays that are seen
are those of decoded paths, which smooth out short visits and moves. So they are
compared with stays that were seen in the same way: of users drawn from the model, and
decoded. What still differs is what the model gets wrong (a posterior predictive check:
Gelman, Meng and Stern 1996, Statistica Sinica 6:733-760).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray, first_weeks
from user_states.hmm.decoded_stays import stay_begins
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.counted_rides import counts_rides
from user_states.panel.features import by_column, observed_values
from user_states.panel.training_data import ModelInput
from user_states.panel.user_weeks import UserWeeks

# Most user-weeks that are drawn.
_MOST_USER_WEEKS = 300_000

# The flag of a week with a completed ride.
_ACTIVITY = "is_active"


@dataclass(frozen=True, eq=False)
class ExpectedStays:
    """Stays by state and by number of weeks: column i is i + 1 weeks.

    Attributes
    ----------
    n_at_risk, n_left : array of int, shape (K, L)
        Stays that lasted at least so long and whose next week is known; and those that
        ended after exactly so many weeks.
    """

    n_at_risk: IntArray
    n_left: IntArray

    @classmethod
    def of(cls, states: IntArray, lengths: IntArray, n_states: int) -> ExpectedStays:
        """Return the stays of decoded paths.

        Parameters
        ----------
        states : array of int, shape (n_rows,)
        lengths : array of int, shape (n_users,)
        n_states : int
        """
        rows = np.arange(len(states))
        is_first = first_weeks(lengths)
        first = np.flatnonzero(stay_begins(states, lengths))
        weeks = np.diff(np.append(first, len(states)))
        # The last stay of a user goes on: the row after it is another user's.
        after = np.minimum(first + weeks, rows[-1])
        has_ended = (first + weeks < len(states)) & ~is_first[after]
        longest = int(weeks.max(initial=1))
        shape = (n_states, longest)
        left = np.zeros(shape, dtype=np.int64)
        still = np.zeros(shape, dtype=np.int64)
        np.add.at(left, (states[first][has_ended], weeks[has_ended] - 1), 1)
        np.add.at(still, (states[first][~has_ended], weeks[~has_ended] - 1), 1)
        lasted = np.cumsum((left + still)[:, ::-1], axis=1)[:, ::-1]
        return cls(lasted - still, left)


def expected_stays(
    parameters: HMMParameters, weeks: UserWeeks, model_input: ModelInput, seed: int
) -> ExpectedStays:
    """Draw users from the model, decode them, and return their stays.

    Parameters
    ----------
    parameters : HMMParameters
    weeks : UserWeeks
        Users in random order: as many weeks are drawn as some of them have.
    model_input : ModelInput
        Says in which weeks a feature is observed.
    seed : int
        Of the draws.
    """
    share = min(1.0, _MOST_USER_WEEKS / max(weeks.n_rows, 1))
    lengths = weeks.lengths[: int(np.ceil(share * weeks.n_users))]
    model = HiddenMarkovModel.from_parameters(parameters)
    X, _ = model.sample(lengths, seed)
    if model_input.emissions == "mixed":
        is_first = first_weeks(lengths)
        is_active = _is_active(parameters, X, model_input) | is_first
        is_observed = observed_values(
            model_input.features, is_active, is_active, is_first
        )
        X[~by_column(model_input.features, is_observed)] = np.nan
    states = model.predict(X, lengths)
    return ExpectedStays.of(states, lengths, parameters.n_states)


def _is_active(
    parameters: HMMParameters, X: FloatArray, model_input: ModelInput
) -> BoolArray:
    """Return the weeks that were drawn with a ride; all, if the model does not say."""
    names = [feature.name for feature in model_input.features]
    column = None
    if parameters.count_feature is not None and counts_rides(parameters, names):
        column = parameters.count_feature
    elif _ACTIVITY in names:
        column = names.index(_ACTIVITY)
    if column is None:
        return np.ones(len(X), dtype=np.bool_)
    features = model_input.features[:column]
    is_active: BoolArray = X[:, sum(len(feature.columns) for feature in features)] > 0
    return is_active
