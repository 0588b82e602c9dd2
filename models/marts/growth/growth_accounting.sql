{#
    Who was active, week by week and four weeks by four weeks: new, retained,
    resurrected, and those who were active before and stayed away (dormant). Periods of
    four weeks are counted back from the as-of week.

    rides of a:  1 1 – 1        week 1: new       week 3: dormant
                                week 2: retained  week 4: resurrected
#}
with

user_weekly_states as {{ read_each_time() }} (

    select * from {{ ref('user_weekly_states') }}

),

users as (

    select * from {{ ref('users') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- A million weeks are sorted and counted by numbers: ids and names take twice as long.
numbered as (

    select
        user_id,
        row_number() over (order by user_id) as user_number,
        dense_rank() over (
            order by coalesce(home_city, 'not known'), coalesce(platform, 'not known')
        ) as group_number,
        coalesce(home_city, 'not known') as home_city,
        coalesce(platform, 'not known') as platform
    from users

),

dated as (

    select
        numbered.user_number,
        {{ weeks_between(
            'user_weekly_states.week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_back
    from user_weekly_states
    cross join as_of_week
    inner join numbered
        on user_weekly_states.user_id = numbered.user_id
    where user_weekly_states.is_active

),

log_length as (

    select
        min(week_start) as first_week_start,
        {{ weeks_between('min(week_start)', 'max(week_start)') }} + 1 as n_weeks
    from user_weekly_states

),

{{ periods_of_activity('user_number') }}

counted as (

    select
        judged.period_weeks,
        judged.periods_back,
        numbered.group_number,
        {%- for kind in ['new', 'retained', 'resurrected', 'dormant'] %}
        count(case when judged.kind = '{{ kind }}' then 1 end) as n_{{ kind }},
        {%- endfor %}
        count(case when judged.kind <> 'dormant' then 1 end) as n_active
    from judged
    inner join numbered
        on judged.user_number = numbered.user_number
    group by judged.period_weeks, judged.periods_back, numbered.group_number

),

groups as (

    select distinct
        numbered.group_number,
        numbered.home_city,
        numbered.platform
    from numbered
    inner join counted
        on numbered.group_number = counted.group_number

),

-- Every group in every period: nobody active is a zero, not a gap.
filled as (

    select
        lengths.period_weeks,
        {{ start_of_period() }} as period_start,
        groups.home_city,
        groups.platform,
        {%- for kind in ['active', 'new', 'retained', 'resurrected', 'dormant'] %}
        coalesce(counted.n_{{ kind }}, 0) as n_{{ kind }},
        {%- endfor %}
        periods.periods_back = 0 as is_latest_period
    from lengths
    cross join as_of_week
    cross join groups
    {{ expanded(
        'cast(lengths.n_periods as ' ~ dbt.type_int() ~ ')', 'periods', 'periods_back'
    ) }}
    left join counted
        on
            lengths.period_weeks = counted.period_weeks
            and periods.periods_back = counted.periods_back
            and groups.group_number = counted.group_number

),

flagged as (

    select
        filled.*,
        {{ is_start_of_log('filled.period_start', 'log_length.first_week_start') }}
            as is_start_of_log
    from filled
    cross join log_length

)

select * from flagged
