"""The backtest's forecast models: their names, meanings and order in every picture."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.marts.trust_rows import BacktestSummaryRow

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
    "published": "the forecast in user_outlook: a mix of the states’ forecast and the "
    "user’s own past rides, with the weights that worked best in past weeks",
    "hmm": "the states’ forecast only, without the user’s own past rides",
    "base_rate": "the same for everyone: the share of all past weeks with a ride (base "
    "rate)",
    "recency_bucket": "the share of past weeks with a ride, among weeks equally long "
    "after the user’s last ride (recency buckets)",
    "recency_frequency_value": "a logistic regression on how recently, how often and "
    "at what prices the user has ridden (RFV)",
    "bg_nbd": "a standard customer-base model: each user rides at a personal rate "
    "until leaving for good (Fader, Hardie and Lee 2005)",
    "bg_bb": "a standard customer-base model: each week a user rides or not, until "
    "leaving for good (Fader, Hardie and Shang 2010)",
}


def model_words(model: str) -> str:
    """Return a model's name in words; an unknown model keeps its own name."""
    return _WORDS.get(model, model.replace("_", " "))


def model_meaning(model: str) -> str:
    """Return in one line how a model forecasts; empty for an unknown model."""
    return _MEANINGS.get(model, "")


def ordered(rows: Sequence[BacktestSummaryRow]) -> list[BacktestSummaryRow]:
    """Return the published model, then the others from the best on, by log loss."""
    return sorted(rows, key=lambda row: (not row.is_published, row.log_loss))
