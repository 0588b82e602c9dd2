"""How often starts found the best fit, in words: for the log, figures and the page."""

from __future__ import annotations


def starts_in_words(n_at_best: int, n_polished: int) -> str:
    """Return how many polished starts found the best fit: `2 of 3`; `–` if none was.

    A number of states that is only compared has no polished start, so how far its
    starts agree is not measured.
    """
    return f"{n_at_best} of {n_polished}" if n_polished else "–"
