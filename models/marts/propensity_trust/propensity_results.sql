{#
    What came of forecasts that were published and whose horizon has passed by now, week by
    week, in ten groups by probability: 0 to 0.1 and so on. It goes back 26 weeks. Of a week
    that several runs scored, the last one counts. A label has no time, so it is not here.
#}
{%- set live_weeks = 26 -%}

with

history as (

    select * from {{ ref('propensity_history') }}

),

outcomes as (

    select * from {{ ref('propensity_outcomes') }}

),

newest_week as (

    select max(as_of_week_start) as as_of_week_start from history

),

recent as (

    select history.*
    from history
    inner join newest_week
        on
            history.as_of_week_start
            >= {{ add_days('newest_week.as_of_week_start', -7 * live_weeks) }}

),

ranked as (

    select
        target,
        as_of_week_start,
        run_id,
        row_number() over (
            partition by target, as_of_week_start
            order by max(known_at) desc, run_id desc
        ) as recency
    from recent
    group by target, as_of_week_start, run_id

),

compared as (

    select
        recent.target,
        recent.outcome_class,
        recent.as_of_week_start,
        recent.run_id,
        recent.probability,
        least(floor(10 * recent.probability), 9) + 1 as probability_group,
        case when outcomes.outcome_class = recent.outcome_class then 1.0 else 0.0 end
            as has_come
    from recent
    inner join ranked
        on
            recent.target = ranked.target
            and recent.as_of_week_start = ranked.as_of_week_start
            and recent.run_id = ranked.run_id
            and ranked.recency = 1
    inner join outcomes
        on
            recent.target = outcomes.target
            and recent.customer_id = outcomes.customer_id
            and recent.as_of_week_start = outcomes.as_of_week_start
    where
        outcomes.is_known
        and outcomes.horizon_weeks > 0

),

grouped as (

    select
        target,
        outcome_class,
        as_of_week_start,
        cast(probability_group as {{ dbt.type_int() }}) as probability_group,
        count(*) as n_customers,
        avg(probability) as mean_forecast,
        cast(avg(has_come) as {{ type_double() }}) as observed_rate,
        run_id
    from compared
    group by target, outcome_class, as_of_week_start, run_id, probability_group

)

select * from grouped
