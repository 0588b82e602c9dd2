{#
    Each user has one row for every week from the first request to the as-of week, and no
    user is missing. A panel that stopped at the last ride would hide churn.

    No row is there twice, as the test of the panel's grain checks. Where tests look only at
    open weeks, users of the last closed week go on from there.
#}
{%- set first_week = first_tested_week() %}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_week_panel as {{ read_each_time() }} (

    select * from {{ ref('user_week_panel') }}

),

begun as (

    select
        user_id,
        week_start
    from rides
    where {{ is_tested_week('week_start') }}
    {%- if first_week != start_of_time() %}
    union all
    select
        user_id,
        {{ add_days('week_start', 7) }} as week_start
    from user_week_panel
    where week_start = {{ add_days("cast('" ~ first_week ~ "' as date)", -7) }}
    {%- endif %}

),

expected as (

    select
        begun.user_id,
        min(begun.week_start) as first_week,
        as_of_week.as_of_week_start as last_week,
        {{ weeks_between('min(begun.week_start)', 'as_of_week.as_of_week_start') }}
        + 1 as n_weeks
    from begun
    cross join as_of_week
    where begun.week_start <= as_of_week.as_of_week_start
    group by begun.user_id, as_of_week.as_of_week_start

),

found as (

    select
        user_id,
        min(week_start) as first_week,
        max(week_start) as last_week,
        count(*) as n_weeks
    from user_week_panel
    where {{ is_tested_week('week_start') }}
    group by user_id

),

compared as (

    select
        expected.user_id,
        found.user_id as user_id_found,
        expected.n_weeks as n_weeks_expected,
        found.n_weeks as n_weeks_found
    from expected
    full outer join found
        on expected.user_id = found.user_id
    where
        expected.first_week is distinct from found.first_week
        or expected.last_week is distinct from found.last_week
        or expected.n_weeks is distinct from found.n_weeks

)

select * from compared
