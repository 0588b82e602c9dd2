{#
    The state that each user was in most, over three spans. Ties go to the state that
    the user was in more recently. Two states never share a last week, so the result
    does not depend on chance.
#}
{%- set spans = {
    'dominant': 'n_weeks', 'recent': 'n_recent_weeks', 'active': 'n_active_weeks',
} -%}

with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

recent_weeks as (

    select
        {{ add_days('max(week_start)', -7 * (var('recent_weeks') - 1)) }}
            as first_week_start
    from user_weekly_states

),

-- One row per user and state: far fewer than user-weeks.
state_weeks as (

    select
        weekly.user_id,
        weekly.state_id,
        count(*) as n_weeks,
        count(
            case
                when weekly.week_start >= recent_weeks.first_week_start then 1
            end
        ) as n_recent_weeks,
        count(case when weekly.is_active then 1 end) as n_active_weeks,
        min(weekly.week_start) as first_week_start,
        max(weekly.week_start) as last_week_start
    from user_weekly_states as weekly
    cross join recent_weeks
    group by weekly.user_id, weekly.state_id

),

ranked as (

    select
        state_weeks.user_id,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        states.run_id,
        state_weeks.n_weeks,
        state_weeks.n_recent_weeks,
        state_weeks.n_active_weeks,
        state_weeks.first_week_start,
        state_weeks.last_week_start,
        {%- for span, n_weeks in spans.items() %}
        row_number() over (
            partition by state_weeks.user_id
            order by
                state_weeks.{{ n_weeks }} desc,
                state_weeks.last_week_start desc
        ) as {{ span }}_rank,
        {%- endfor %}
        row_number() over (
            partition by state_weeks.user_id
            order by state_weeks.last_week_start desc
        ) as recency_rank
    from state_weeks
    inner join states
        on state_weeks.state_id = states.state_id

),

pivoted as (

    select
        user_id,
        run_id,
        sum(n_weeks) as n_weeks_observed,
        sum(n_recent_weeks) as n_recent_weeks_observed,
        sum(n_active_weeks) as n_active_weeks_observed,
        max(case when dominant_rank = 2 then state_id end)
            as runner_up_state_id,
        max(case when dominant_rank = 2 then state_name end)
            as runner_up_state_name,
        max(case when dominant_rank = 2 then n_weeks end) as n_runner_up_weeks,
        {%- for span, n_weeks in spans.items() %}
        {%- set is_first = span ~ '_rank = 1 and ' ~ n_weeks ~ ' > 0' %}
        max(case when {{ is_first }} then state_id end)
            as {{ span }}_state_id,
        max(case when {{ is_first }} then state_key end)
            as {{ span }}_state_key,
        max(case when {{ is_first }} then state_name end)
            as {{ span }}_state_name,
        max(case when {{ is_first }} then state_sort_name end)
            as {{ span }}_state_sort_name,
        max(case when {{ is_first }} then {{ n_weeks }} end)
            as n_{{ span }}_state_weeks,
        {%- endfor %}
        max(case when recency_rank = 1 then state_id end) as current_state_id,
        max(case when recency_rank = 1 then state_key end)
            as current_state_key,
        max(case when recency_rank = 1 then state_name end)
            as current_state_name,
        max(case when recency_rank = 1 then state_sort_name end)
            as current_state_sort_name,
        max(last_week_start) as last_week_start,
        coalesce(
            max(case when recency_rank = 2 then last_week_start end),
            {{ add_days('min(first_week_start)', -7) }}
        ) as last_week_elsewhere
    from ranked
    group by user_id, run_id

),

measured as (

    select
        user_id,
        dominant_state_id,
        dominant_state_key,
        dominant_state_name,
        dominant_state_sort_name,
        {{ share('n_dominant_state_weeks', 'n_weeks_observed') }}
            as dominant_share,
        runner_up_state_id,
        runner_up_state_name,
        {{ share('n_runner_up_weeks', 'n_weeks_observed') }}
            as runner_up_share,
        cast(n_weeks_observed as {{ dbt.type_bigint() }}) as n_weeks_observed,
        recent_state_id,
        recent_state_key,
        recent_state_name,
        recent_state_sort_name,
        {{ share('n_recent_state_weeks', 'n_recent_weeks_observed') }}
            as recent_share,
        active_state_id,
        active_state_key,
        active_state_name,
        active_state_sort_name,
        {{ share('n_active_state_weeks', 'n_active_weeks_observed') }}
            as active_share,
        cast(n_active_weeks_observed as {{ dbt.type_bigint() }}) as n_active_weeks,
        current_state_id,
        current_state_key,
        current_state_name,
        current_state_sort_name,
        {{ weeks_between('last_week_elsewhere', 'last_week_start') }}
            as n_weeks_in_current_state,
        run_id
    from pivoted

)

select * from measured
