{{ config(tags=['pulse']) }}
{#
    Who entered or left a fast cohort in the last outbox_max_age_days: the same moments as
    customer_cohorts has, found without the rest of the log.
#}
{%- set day = 86400 -%}

with

moments as (

    select * from {{ ref('int_recent_moments') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

triggers as (

    select * from {{ ref('triggers') }}

),

followed_rules as (

    select distinct
        rules.cohort,
        rules.fact,
        rules.operator,
        rules.value,
        rules.lookback_days
    from rules
    inner join triggers
        on
            rules.cohort = triggers.watched_name
            and triggers.watches = 'cohort'
            and triggers.is_enabled
    where {{ is_fast_rule('rules') }}

),

known_until as (

    select
        max(known_until_at) as known_until_at,
        {{ seconds_after(
            'max(known_until_at)', -day * var('outbox_max_age_days')
        ) }} as known_from_at
    from moments

),

-- Each moment adds to the count, and is taken out again when it is too old.
changes as (

    select
        moments.customer_id,
        followed_rules.cohort,
        moments.occurred_at as changed_at,
        moments.n_moments as n_more
    from moments
    inner join followed_rules
        on moments.fact = followed_rules.fact
    union all
    select
        moments.customer_id,
        followed_rules.cohort,
        {{ seconds_after(
            'moments.occurred_at', 'followed_rules.lookback_days * ' ~ day
        ) }} as changed_at,
        -moments.n_moments as n_more
    from moments
    inner join followed_rules
        on moments.fact = followed_rules.fact

),

counts as (

    select
        customer_id,
        cohort,
        changed_at,
        sum(sum(n_more)) over (
            partition by customer_id, cohort
            order by changed_at
            rows between unbounded preceding and current row
        ) as n_moments
    from changes
    group by customer_id, cohort, changed_at

),

steps as (

    select
        counts.customer_id,
        counts.cohort,
        counts.changed_at,
        {{ meets_rule(
            'counts.n_moments', 'followed_rules.operator', 'followed_rules.value'
        ) }} as is_in
    from counts
    inner join followed_rules
        on counts.cohort = followed_rules.cohort
    cross join known_until
    where counts.changed_at <= known_until.known_until_at

),

followed as (

    select
        steps.*,
        lag(steps.is_in) over (
            partition by steps.customer_id, steps.cohort order by steps.changed_at
        ) as was_in
    from steps

),

crossings as (

    select
        followed.customer_id,
        followed.cohort,
        followed.changed_at,
        followed.is_in,
        row_number() over (
            partition by followed.customer_id, followed.cohort
            order by followed.changed_at desc
        ) = 1 as is_newest
    from followed
    cross join known_until
    where
        followed.is_in is distinct from coalesce(followed.was_in, false)
        and followed.changed_at > known_until.known_from_at

)

select * from crossings
