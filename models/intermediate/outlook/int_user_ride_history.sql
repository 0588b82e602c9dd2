{#
    Sums over each user's weeks up to the as-of week, and the terms that
    user_outlook's regressions use. Only weeks from the first completed ride on are
    used, as in the fit.
#}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

measured as (

    select
        user_week_panel.user_id,
        as_of_week.as_of_week_start,
        {{ weeks_between(
            'min(user_week_panel.week_start)', 'as_of_week.as_of_week_start'
        ) }} as weeks_since_first_ride,
        {{ weeks_between(
            'max(case when user_week_panel.is_active'
            ~ ' then user_week_panel.week_start end)',
            'as_of_week.as_of_week_start'
        ) }} as weeks_since_last_ride,
        {{ weeks_between(
            'min(min(user_week_panel.week_start)) over ()',
            'min(user_week_panel.week_start)'
        ) }} as weeks_before_first_ride,
        {{ weeks_between(
            'max(user_week_panel.filled_from_week_start)',
            'as_of_week.as_of_week_start'
        ) }} as n_silent_weeks,
        count(case when user_week_panel.is_active then 1 end) as n_active_weeks,
        {%- for weeks in [4, 12] %}
        {%- set is_recent -%}
            user_week_panel.week_start
            > {{ add_days('as_of_week.as_of_week_start', -7 * weeks) }}
        {%- endset %}
        count(case when user_week_panel.is_active and {{ is_recent }} then 1 end)
            as n_active_weeks_of_last_{{ weeks }},
        sum(case when {{ is_recent }} then user_week_panel.n_rides else 0 end)
            as n_rides_last_{{ weeks }}_weeks,
        {%- endfor %}
        sum(
            case
                when user_week_panel.week_start = as_of_week.as_of_week_start
                    then user_week_panel.n_rides
                else 0
            end
        ) as n_rides_this_week
    from user_week_panel
    cross join as_of_week
    where user_week_panel.has_completed_ride
    group by user_week_panel.user_id, as_of_week.as_of_week_start

),

with_terms as (
    {{ ride_history_terms('measured', ['user_id']) }}
),

combined as (

    select
        measured.user_id,
        measured.as_of_week_start,
        measured.weeks_since_first_ride,
        measured.weeks_since_last_ride,
        measured.weeks_before_first_ride,
        measured.n_silent_weeks,
        measured.n_active_weeks,
        {%- for term in outlook_terms() %}
        with_terms.{{ term }},
        {%- endfor %}
        measured.n_active_weeks_of_last_4,
        measured.n_active_weeks_of_last_12,
        cast(measured.n_rides_this_week as {{ dbt.type_bigint() }})
            as n_rides_this_week,
        cast(measured.n_rides_last_4_weeks as {{ dbt.type_bigint() }})
            as n_rides_last_4_weeks,
        cast(measured.n_rides_last_12_weeks as {{ dbt.type_bigint() }})
            as n_rides_last_12_weeks
    from measured
    inner join with_terms
        on measured.user_id = with_terms.user_id

)

select * from combined
