"""Marks of the tried numbers of states, the same in the figure and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.marts.rows import Candidate


def marks_in_words(tried: Sequence[Candidate]) -> str:
    """Return what the marks mean, of those that are in the chart.

    The page's marks are the same ones.
    """
    words = {
        (True, True): "The filled diamond is the chosen number.",
        (True, False): "The crossed red diamond is the chosen number; it failed a "
        "check.",
        (False, True): "Circles passed the checks.",
        (False, False): "Red crosses failed a check.",
    }
    there = {(row.is_chosen, row.has_passed_guards) for row in tried}
    return " ".join(text for key, text in words.items() if key in there)


# Half the width of a 95 % interval of a normal distribution, in standard errors.
Z_95 = 1.96
