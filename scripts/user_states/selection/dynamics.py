"""Whether states tell next week better than differences between users alone do.

Users who differ but never change also look like states to a hidden Markov model: each
kind of user becomes a state that hardly anyone leaves. What only change can explain is
measured on held-out users, against models without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import norm

from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    paired_difference,
)


@dataclass(frozen=True)
class Dynamics:
    """What states tell about next week, beyond a model whose users never change.

    Attributes
    ----------
    gain : Difference
        Log score of the states minus that of the rival.
    rival : str
        The better of the rivals, in words.
    """

    gain: Difference
    rival: str

    @property
    def p_value(self) -> float:
        """Of the hypothesis that states gain nothing or less.

        One-sided, from the normal distribution of a mean over many users; 1 for a
        single user.
        """
        error = self.gain.standard_error
        if math.isinf(error):
            return 1.0
        if error == 0.0:
            return 0.0 if self.gain.mean > 0 else 1.0
        return float(norm.sf(self.gain.mean / error))

    @property
    def sentence(self) -> str:
        """The comparison in a sentence."""
        return (
            f"States tell next week better than {self.rival}: by {self.gain.mean:.5f} "
            f"nats, with a standard error of {self.gain.standard_error:.5f}."
        )


def dynamics(scores: UserScores, rivals: Mapping[str, UserScores]) -> Dynamics:
    """Compare states with the best of the models whose users never change.

    Parameters
    ----------
    scores : UserScores
        Of the states' forecasts.
    rivals : mapping of str to UserScores
        Of each rival, by its description in words; at least one, of the same users.
    """
    rival = max(rivals, key=lambda name: rivals[name].mean)
    return Dynamics(paired_difference(scores, rivals[rival]), rival)
