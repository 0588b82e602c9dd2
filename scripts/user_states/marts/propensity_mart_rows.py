"""Rows of the marts about propensities: what customers will probably do, and why.

No row has the id of a customer but `LikelyCustomerIdRow`, which needs a setting.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource

# Likeliest customers of each target and class that are read, enough to find some with
# other reasons than the first; and weeks.
LIKELY_READ = 200
JUDGED_WEEKS_READ = 8
# Features whose points are read.
SWARMS_READ = 8
# Many customers may be equally likely and share a place, so the likeliest are numbered.
_LIKELIEST = """
    with numbered as (
        select
            target,
            outcome_class,
            customer_id,
            probability,
            past_rate,
            n_past,
            sentence,
            explained_as_of,
            row_number() over (
                partition by target, outcome_class order by place, customer_id
            ) as number
        from {mart}
    )
"""
_LIKELY = f"number <= {LIKELY_READ} and {{n_journeys}} > 0"


@dataclass(frozen=True)
class PropensityModelRow(MartRow):
    """A target, and its newest run.

    `words` say what a customer is likely to do: `buy within 4 weeks`. Gains are those
    of the chosen model over a simple rule, in nats a customer-week, with 95 %
    intervals. Figures of the run are None before the first one, and `champion_run_id`
    is None if nothing is published. `refusal` says why the newest try made no run.
    """

    source = MartSource("propensity_models", "target")

    target: str
    title: str
    words: str
    horizon_weeks: int
    population: str
    is_tried: bool
    refusal: str | None
    is_published: bool | None
    sentence: str | None
    n_customers: int | None
    n_rows: int | None
    n_positives: int | None
    base_rate: float | None
    chosen: str | None
    log_loss: float | None
    auc: float | None
    calibration_error: float | None
    gain_over_base: float | None
    gain_over_base_low: float | None
    gain_over_base_high: float | None
    gain_over_recency: float | None
    gain_over_recency_low: float | None
    gain_over_recency_high: float | None
    gain_over_rfm: float | None
    gain_over_rfm_low: float | None
    gain_over_rfm_high: float | None
    champion_run_id: str | None
    as_of_week_start: datetime.date | None


@dataclass(frozen=True)
class PropensityCandidateRow(MartRow):
    """A model or simple rule of the newest run of a target.

    `chosen_gain` is how much better the chosen model forecasts than this rule.
    """

    source = MartSource("propensity_candidates", "target, is_rival desc, candidate")

    target: str
    candidate: str
    label: str
    is_rival: bool
    has_belief: bool
    is_chosen: bool
    n_customers: int
    n_rows: int
    log_loss: float
    auc: float | None
    brier: float
    calibration_error: float
    chosen_gain: float | None
    chosen_gain_low: float | None
    chosen_gain_high: float | None


@dataclass(frozen=True)
class PropensityImportanceRow(MartRow):
    """How much a feature moves the published scores: its mean absolute SHAP value."""

    source = MartSource("propensity_importance", "target, outcome_class, place")

    target: str
    outcome_class: str
    feature: str
    importance: float
    place: int


@dataclass(frozen=True)
class PropensityPointRow(MartRow):
    """One customer of a sample, without any id: a feature and what it adds.

    `value_place` is the rank of the value within the feature, from 0 to 1; None for a
    value that is not known. Only the strongest features are read, and every second
    point: pictures show no more.
    """

    source = MartSource(
        "propensity_points",
        sql=f"""
        with strengths as (
            select
                target,
                outcome_class,
                feature,
                row_number() over (
                    partition by target, outcome_class
                    order by avg(abs(contribution)) desc, feature
                ) as strength
            from {{mart}}
            group by target, outcome_class, feature
        )
        select
            points.target,
            points.outcome_class,
            points.feature,
            points.value_place,
            points.contribution
        from {{mart}} as points
        inner join strengths
            on points.target = strengths.target
            and points.outcome_class = strengths.outcome_class
            and points.feature = strengths.feature
        where
            strengths.strength <= {SWARMS_READ}
            and mod(points.point_number, 2) = 1
        order by
            points.target, points.outcome_class, strengths.strength, points.point_number
        """,
    )

    target: str
    outcome_class: str
    feature: str
    value_place: float | None
    contribution: float


@dataclass(frozen=True)
class PropensityTenthRow(MartRow):
    """A tenth of the held-out customers by their probability, and what came."""

    source = MartSource("propensity_tenths", "target, outcome_class, tenth")

    target: str
    outcome_class: str
    tenth: int
    lowest: float
    highest: float
    n_rows: int
    mean_forecast: float
    observed_rate: float


@dataclass(frozen=True)
class PropensityWeekRow(MartRow):
    """What was said and what came in a week.

    `evidence` is `live` for forecasts that were published then, and `at_the_fit` for
    customers who were held out of the fit.
    """

    source = MartSource(
        "propensity_calibration",
        sql=f"""
        with placed as (
            select
                target,
                outcome_class,
                as_of_week_start,
                evidence,
                n_customers,
                mean_forecast,
                observed_rate,
                calibration_error,
                row_number() over (
                    partition by target, outcome_class, evidence
                    order by as_of_week_start desc
                ) as place
            from {{mart}}
        )
        select
            target,
            outcome_class,
            as_of_week_start,
            evidence,
            n_customers,
            mean_forecast,
            observed_rate,
            calibration_error
        from placed
        where place <= {JUDGED_WEEKS_READ}
        order by target, outcome_class, as_of_week_start, evidence
        """,
    )

    target: str
    outcome_class: str
    as_of_week_start: datetime.date
    evidence: str
    n_customers: int
    mean_forecast: float
    observed_rate: float
    calibration_error: float | None


@dataclass(frozen=True)
class PropensitySumRow(MartRow):
    """Customers with a probability, and how many are expected of them.

    `n_expected` is the sum of the probabilities. The likeliest tenth are the first
    `n_likeliest` by place, and by id among equally likely ones.
    """

    source = MartSource(
        "customer_propensities",
        sql="""
        with counted as (
            select
                target,
                outcome_class,
                as_of_week_start,
                probability,
                row_number() over (
                    partition by target, outcome_class order by place, customer_id
                ) as number,
                count(*) over (partition by target, outcome_class) as n_customers
            from {mart}
        )
        select
            target,
            outcome_class,
            max(as_of_week_start),
            count(*),
            sum(probability),
            count(case when number * 10 <= n_customers then 1 end),
            coalesce(sum(case when number * 10 <= n_customers then probability end), 0)
        from counted
        group by target, outcome_class
        order by target, outcome_class
        """,
    )

    target: str
    outcome_class: str
    as_of_week_start: datetime.date
    n_customers: int
    n_expected: float
    n_likeliest: int
    n_expected_of_likeliest: float


@dataclass(frozen=True)
class LikelyCustomerRow(MartRow):
    """One of the likeliest customers, with the reasons in words, without any id.

    `explained_as_of` is the week of the reasons, None if there are none yet.
    """

    source = MartSource(
        "customer_propensities",
        sql=f"""{_LIKELIEST}
        select
            target,
            outcome_class,
            number,
            probability,
            past_rate,
            n_past,
            sentence,
            explained_as_of
        from numbered
        where {_LIKELY}
        order by target, outcome_class, number
        """,
    )

    target: str
    outcome_class: str
    number: int
    probability: float
    past_rate: float | None
    n_past: int | None
    sentence: str
    explained_as_of: datetime.date | None


@dataclass(frozen=True)
class LikelyCustomerIdRow(MartRow):
    """The id of such a customer; no row unless explorer_shows_user_ids is true."""

    source = MartSource(
        "customer_propensities",
        sql=f"""{_LIKELIEST}
        select target, outcome_class, number, customer_id
        from numbered
        where {_LIKELY} and {{shows_user_ids}}
        order by target, outcome_class, number
        """,
    )

    target: str
    outcome_class: str
    number: int
    customer_id: str


@dataclass(frozen=True)
class CommonReasonRow(MartRow):
    """Customers of whom a feature is the strongest reason for or against.

    `level` is where their value lies: `unknown`, `none`, `typical`, or `high` or `low`
    beside what is typical. `reason` is the reason of one of them.
    """

    source = MartSource(
        "prediction_reasons",
        sql="""
        with levels as (
            select
                target, outcome_class, direction, feature, reason,
                case
                    when value is null then 'unknown'
                    when feature like 'state\\_%' and value >= 0.5 then 'high'
                    when feature like 'state\\_%' then 'low'
                    when value = 0 then 'none'
                    when typical_value is null or value > typical_value then 'high'
                    when value < typical_value then 'low'
                    else 'typical'
                end as level
            from {mart}
            where place = 1
        )
        select
            target, outcome_class, direction, feature, level, min(reason), count(*)
        from levels
        group by target, outcome_class, direction, feature, level
        order by target, outcome_class, direction, count(*) desc, feature, level
        """,
    )

    target: str
    outcome_class: str
    direction: str
    feature: str
    level: str
    reason: str
    n_customers: int


@dataclass(frozen=True)
class SecondOpinionRow(MartRow):
    """How far another method gives the same reasons as SHAP."""

    source = MartSource("explanation_checks", "target, method")

    target: str
    method: str
    n_customers: int | None
    top_three_agreement: float | None
    rank_correlation: float | None
    note: str | None
    compared_at: datetime.datetime


@dataclass(frozen=True)
class PropensityLeakRow(MartRow):
    """A feature that seems to know the outcome."""

    source = MartSource("propensity_leaks", "target, alone desc, feature")

    target: str
    feature: str
    alone: float
    lost: float
    sentence: str
