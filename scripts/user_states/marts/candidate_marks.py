"""How the numbers of states that were tried are marked, in the figure and the page."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.marts.trust_rows import CandidateRow

# Half the width of the 95% interval around a score, in standard errors.
Z_95 = 1.96

# By whether the number was chosen and whether it passed its checks.
_MEANINGS = {
    (True, True): "The filled diamond is the chosen number.",
    (True, False): "The crossed red diamond is the chosen number; it failed a check.",
    (False, True): "Circles passed the checks.",
    (False, False): "Red crosses failed a check.",
}


def marks_in_words(tried: Sequence[CandidateRow]) -> str:
    """Return the meanings of those marks that are in the chart."""
    drawn = {(row.is_chosen, row.has_passed_guards) for row in tried}
    return " ".join(text for key, text in _MEANINGS.items() if key in drawn)
