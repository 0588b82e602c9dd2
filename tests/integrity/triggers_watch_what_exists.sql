{#
    Cohort, audience, target and drop-off of each trigger that is enabled are there. Segments
    and states have keys of the champion's, which may be none yet.
#}
with

triggers as (

    select * from {{ ref('triggers') }}

),

cohorts as (

    select * from {{ ref('cohort_rules') }}

),

audiences as (

    select * from {{ ref('audience_definitions') }}

),

targets as (

    select * from {{ ref('propensity_targets') }}

),

steps as (

    select * from {{ ref('funnel_steps') }}

),

known as (

    select
        'cohort' as watches,
        cohort as watched_name
    from cohorts
    union all
    select
        'audience' as watches,
        audience as watched_name
    from audiences
    union all
    select
        'propensity' as watches,
        target as watched_name
    from targets
    union all
    select
        'drop_off' as watches,
        funnel || ':' || step as watched_name
    from steps

),

unknown as (

    select
        triggers.trigger,
        triggers.watches,
        triggers.watched_name
    from triggers
    left join known
        on
            triggers.watches = known.watches
            and triggers.watched_name = known.watched_name
    where
        triggers.is_enabled
        and triggers.watches in ('cohort', 'audience', 'propensity', 'drop_off')
        and known.watched_name is null

)

select * from unknown
