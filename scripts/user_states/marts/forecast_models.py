"""Models of the backtest in words and in an order, the same in every picture."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.marts.rows import BacktestSummary

_WORDS = {
    "published": "published outlook",
    "hmm": "states alone",
    "base_rate": "overall rate",
    "recency_bucket": "weeks since the last ride",
    "recency_frequency_value": "recency, frequency, value",
    "bg_nbd": "BG/NBD",
    "bg_bb": "BG/BB",
}


_MEANINGS = {
    "published": "what user_outlook says: the states’ forecast and the user’s own past "
    "rides, weighted by what told best of past weeks",
    "hmm": "the states’ forecast, and nothing else of the user",
    "base_rate": "for everyone the share of all past weeks that had a ride (base rate)",
    "recency_bucket": "the share of past weeks with a ride among those as long after "
    "the user’s last ride (recency buckets)",
    "recency_frequency_value": "a logistic regression on how lately, how often and how "
    "expensively the user has ridden (RFV)",
    "bg_nbd": "a known customer-base model: users ride at rates of their own until "
    "they leave for good (Fader, Hardie and Lee 2005)",
    "bg_bb": "a known customer-base model: users ride or not, week by week, until they "
    "leave for good (Fader, Hardie and Shang 2010)",
}


def model_words(model: str) -> str:
    """Return how a model is named; another than those that are known by itself."""
    return _WORDS.get(model, model.replace("_", " "))


def model_meaning(model: str) -> str:
    """Return in a line what a model forecasts by; nothing of one that is not known."""
    return _MEANINGS.get(model, "")


def ordered(rows: Sequence[BacktestSummary]) -> list[BacktestSummary]:
    """Return the published forecasts, then the others from the best on, by log loss."""
    return sorted(rows, key=lambda row: (not row.is_published, row.log_loss))
