"""Models of the backtest in words and in an order, the same in every picture."""

from __future__ import annotations

from collections.abc import Sequence

from pictures.rows import BacktestSummary

_WORDS = {
    "published": "published outlook",
    "hmm": "states alone",
    "base_rate": "overall rate",
    "recency_bucket": "weeks since the last ride",
    "recency_frequency_value": "recency, frequency, value",
    "bg_nbd": "BG/NBD",
    "bg_bb": "BG/BB",
}


def model_words(model: str) -> str:
    """Return how a model is named; another than those that are known by itself."""
    return _WORDS.get(model, model.replace("_", " "))


def ordered(rows: Sequence[BacktestSummary]) -> list[BacktestSummary]:
    """Return the published forecasts, then the others from the best on, by log loss."""
    return sorted(rows, key=lambda row: (not row.is_published, row.log_loss))
