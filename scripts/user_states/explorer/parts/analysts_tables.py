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
    (
        "retention_cohorts",
        "week or month of first rides, and later week or month",
        "How many rode again?",
    ),
    ("customers", "customer", "Who is each customer by all that is known now?"),
    (
        "customer_retention_cohorts",
        "week or month of sign-ups, and later week or month",
        "How many customers did anything again?",
    ),
    (
        "customer_cohorts",
        "time in a group",
        "Who is in which group by rule?",
    ),
    ("journey_funnels", "funnel and step", "How many reach each step of a funnel?"),
    ("journey_drop_offs", "drop-off of a customer", "Who dropped off where, and when?"),
    ("journey_incidents", "incident", "When and where did a step break?"),
    ("segments", "segment", "Which segments are there, and what sets them apart?"),
    ("customer_segments", "customer", "In which segment is each customer?"),
    ("personas", "persona", "What do customers write about, and how many write so?"),
    (
        "customer_propensities",
        "target, customer and class",
        "How likely is each customer to do it?",
    ),
    (
        "experiment_results",
        "experiment, variant and measure",
        "What does each variant change?",
    ),
)
