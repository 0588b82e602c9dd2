"""The backtest's targets and forecast models: words and order in every picture."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.marts.trust_rows import BacktestSummaryRow

# What the pictures and the page's table show first: who rides next week.
FIRST_TARGET = "ride_probability_next_week"
_TARGETS = {
    FIRST_TARGET: "a ride next week",
    "ride_probability_4_weeks": "a ride in the next 4 weeks",
    "expected_rides_next_week": "rides next week",
    "expected_rides_4_weeks": "rides in the next 4 weeks",
    "expected_rides_12_weeks": "rides in the next 12 weeks",
    "expected_rides_52_weeks": "rides in the next 52 weeks",
    "expected_spend_next_week": "spend next week",
    "expected_spend_4_weeks": "spend in the next 4 weeks",
    "expected_spend_12_weeks": "spend in the next 12 weeks",
    "expected_spend_52_weeks": "spend in the next 52 weeks",
}

_WORDS = {
    "published": "published outlook",
    "hmm": "states alone",
    "history_without_states": "past rides, without the states",
    "base_rate": "overall rate",
    "recency_bucket": "weeks since the last ride",
    "recency_frequency_value": "recency, frequency, value",
    "recent_recency_frequency_value": "the same and recent weeks",
    "bg_nbd": "BG/NBD",
    "bg_bb": "BG/BB",
    "bg_nbd_gamma_gamma": "BG/NBD and Gamma-Gamma",
}

_MEANINGS = {
    "published": "the forecast in user_outlook: a mix of the states’ forecast and the "
    "user’s own past rides, with the weights that worked best in past weeks",
    "hmm": "the states’ forecast only, without the user’s own past rides",
    "history_without_states": "the published forecast without the states: a regression "
    "on the user’s own past rides only; the gain over it is what the states add",
    "base_rate": "the same for everyone: the share of all past weeks with a ride (base "
    "rate)",
    "recency_bucket": "the share of past weeks with a ride, among weeks equally long "
    "after the user’s last ride (recency buckets)",
    "recency_frequency_value": "a logistic regression on how recently, how often and "
    "at what prices the user has ridden (RFV)",
    "recent_recency_frequency_value": "the same with the rides and active weeks of the "
    "last 4 and 12 weeks, and recency times frequency",
    "bg_nbd": "a standard customer-base model: each user rides at a personal rate "
    "until leaving for good (Fader, Hardie and Lee 2005)",
    "bg_bb": "a standard customer-base model: each week a user rides or not, until "
    "leaving for good (Fader, Hardie and Shang 2010)",
    "bg_nbd_gamma_gamma": "the standard model of a customer’s value: BG/NBD for weeks "
    "with a ride, times what such a week of the user brings (Fader and Hardie 2013)",
}


def model_words(model: str) -> str:
    """Return a model's name in words; an unknown model keeps its own name."""
    return _WORDS.get(model, model.replace("_", " "))


def model_meaning(model: str) -> str:
    """Return in one line how a model forecasts; empty for an unknown model."""
    return _MEANINGS.get(model, "")


def target_words(target: str) -> str:
    """Return a target in words; an unknown target keeps its own name."""
    return _TARGETS.get(target, target.replace("_", " "))


def ordered(
    rows: Sequence[BacktestSummaryRow], target: str = FIRST_TARGET
) -> list[BacktestSummaryRow]:
    """Return a target's published model, then the others from the best on.

    By log loss.
    """
    chosen = [row for row in rows if row.target == target]
    return sorted(chosen, key=lambda row: (not row.is_published, row.log_loss))


def other_targets(rows: Sequence[BacktestSummaryRow]) -> list[str]:
    """Return the targets after next week's ride, in the order of the page."""
    found = {row.target for row in rows} - {FIRST_TARGET}
    known = [target for target in _TARGETS if target in found]
    return [*known, *sorted(found - set(known))]
