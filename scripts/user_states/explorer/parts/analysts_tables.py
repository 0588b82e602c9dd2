"""Tables of the warehouse, and the question that each answers."""

from __future__ import annotations

# Name of the mart, what a row is, and the question.
NAMED_TABLES: tuple[tuple[str, str, str], ...] = (
    ("states", "state", "Which states are there, and how large and active are they?"),
    ("user_weekly_states", "user and week", "Which state is a user in each week?"),
    ("user_list", "user", "Who is each user now: state, city, outlook, spend?"),
    ("state_sizes", "week and state", "How large is each state, week by week?"),
    (
        "state_sizes_by_city_and_platform",
        "week, state, city and platform",
        "The same by city and platform",
    ),
    (
        "state_flows_by_city_and_platform",
        "pair of states, city and platform",
        "Where were users twelve weeks ago?",
    ),
    ("growth_accounting", "period, city and platform", "Who came, and who stopped?"),
    ("state_moves", "user and week", "Who entered and left which state?"),
    ("user_outlook", "user and week", "What will a user do next?"),
    ("audience_lists", "list and user", "Whom do we write to, and who is held out?"),
    ("audience_effects", "list", "What did writing to a list bring?"),
    (
        "forecast_results",
        "forecast, week and state",
        "Did our forecasts come true?",
    ),
    ("quality_checks", "check and subject", "Are rides complete, does the model fit?"),
    ("runs", "fit of the model", "Which fits exist, and which one is shown?"),
    ("state_lineage", "change of a state", "What became of each state at each refit?"),
)
