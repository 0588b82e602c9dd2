{#
    Measures whether the log goes on up to the as-of week: one row per check, with what
    was found in words. One ride with a wrong clock can move the as-of week far beyond
    the others, and all users would look silent.
#}
{%- set text = dbt.type_string() -%}

with

log_weeks as (

    select * from {{ ref('int_log_weeks') }}

),

judged as (

    select
        *,
        is_complete and n_requests = 0 as is_empty,
        is_complete and n_requests >= coalesce(usual_requests, 0) / 10
            as is_as_usual,
        week_start = max(case when is_complete then week_start end) over ()
            as is_as_of_week,
        n_empty_weeks > 0
        and n_empty_weeks
        = max(case when is_complete then n_empty_weeks end) over ()
            as ends_longest_gap
    from log_weeks

),

-- One row even without rides: an aggregate of no rows is null.
summarised as (

    select
        max(case when is_as_of_week then week_start end) as as_of_week_start,
        max(case when is_as_of_week then n_requests end) as n_requests,
        max(case when is_as_of_week then usual_requests end) as usual_requests,
        max(case when is_as_usual and n_requests > 0 then week_start end)
            as last_usual_week_start,
        coalesce(sum(case when not is_complete then n_requests end), 0)
            as n_later_requests,
        case when count(*) > 0 then count(case when is_empty then 1 end) end
            as n_empty_weeks,
        max(case when ends_longest_gap then n_empty_weeks end) as n_longest_gap,
        max(case when ends_longest_gap then week_start end)
            as last_week_of_longest_gap
    from judged

),

measured as (

    select
        'as_of_week_is_empty' as check_name,
        'as-of week' as subject,
        case
            when usual_requests >= 10
                then greatest(1 - {{ share('n_requests', 'usual_requests') }}, 0)
        end as measured_value,
        'The as-of week begins on '
        || cast(as_of_week_start as {{ text }}) || '. Rides in it: '
        || cast(n_requests as {{ text }}) || ', usual: '
        || cast(round(usual_requests) as {{ text }}) || ', after it: '
        || cast(n_later_requests as {{ text }})
        || '. The last week with at least a tenth of the usual rides ends on '
        || cast({{ add_days('last_usual_week_start', 6) }} as {{ text }})
        || ', the as_of_date to set if later rides have wrong clocks.' as found
    from summarised
    union all
    select
        'weeks_without_rides' as check_name,
        'all weeks' as subject,
        cast(n_empty_weeks as {{ type_double() }}) as measured_value,
        'Weeks without a ride: ' || cast(n_empty_weeks as {{ text }})
        || '. Longest run: ' || cast(n_longest_gap as {{ text }})
        || ', from '
        || cast(
            {{ add_days('last_week_of_longest_gap', '7 * (1 - n_longest_gap)') }}
            as {{ text }}
        )
        || ' to the end of the week of '
        || cast(last_week_of_longest_gap as {{ text }}) || '.' as found
    from summarised

)

select * from measured
