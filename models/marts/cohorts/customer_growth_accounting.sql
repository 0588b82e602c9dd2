{#
    The growth accounting of customers: who did anything, week by week and four weeks by
    four weeks, by the state and the cohorts in which they were when the period began.

    Customers are counted once in `all` and once by their state. Each cohort divides them
    into members and others, so each way of dividing adds up to `all`.

    Over 170 lines, because three ways of dividing customers share one count.
#}
{%- set kinds = ['new', 'retained', 'resurrected', 'dormant'] -%}

with

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

customer_users as (

    select
        customer_id,
        identifier as user_id
    from {{ ref('int_customer_identifiers') }}
    where identifier_type = 'user_id'

),

known_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

dated as (

    select distinct
        customer_days.customer_id,
        {{ weeks_between(
            'customer_days.week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_back
    from customer_days
    inner join as_of_week
        on customer_days.week_start <= as_of_week.as_of_week_start

),

log_length as (

    select coalesce(max(weeks_back) + 1, 0) as n_weeks
    from dated

),

{{ periods_of_activity('customer_id') }}

periods as (

    select
        lengths.period_weeks,
        periods.periods_back,
        {{ start_of_period() }} as period_start
    from lengths
    cross join as_of_week
    {{ expanded(
        'cast(lengths.n_periods as ' ~ dbt.type_int() ~ ')', 'periods', 'periods_back'
    ) }}

),

dated_kinds as (

    select
        judged.customer_id,
        periods.period_weeks,
        periods.periods_back,
        periods.period_start,
        judged.kind
    from judged
    inner join periods
        on
            judged.period_weeks = periods.period_weeks
            and judged.periods_back = periods.periods_back

),

-- As known at the end of the week before: of several users, the one with the newest
-- request.
states_of_weeks as (

    select
        customer_users.customer_id,
        {{ add_days('known_states.week_start', 7) }} as period_start,
        known_states.state_key,
        row_number() over (
            partition by customer_users.customer_id, known_states.week_start
            order by
                known_states.weeks_since_evidence asc,
                known_states.n_rides desc,
                known_states.user_id asc,
                known_states.revision desc
        ) as user_rank
    from known_states
    inner join customer_users
        on known_states.user_id = customer_users.user_id

),

grouped as (

    select
        period_weeks,
        period_start,
        'all' as split_by,
        'all' as group_key,
        kind,
        count(*) as n_customers
    from dated_kinds
    group by period_weeks, period_start, kind
    union all
    select
        dated_kinds.period_weeks,
        dated_kinds.period_start,
        'state' as split_by,
        coalesce(states_of_weeks.state_key, 'not known') as group_key,
        dated_kinds.kind,
        count(*) as n_customers
    from dated_kinds
    left join states_of_weeks
        on
            dated_kinds.customer_id = states_of_weeks.customer_id
            and dated_kinds.period_start = states_of_weeks.period_start
            and states_of_weeks.user_rank = 1
    group by
        dated_kinds.period_weeks,
        dated_kinds.period_start,
        coalesce(states_of_weeks.state_key, 'not known'),
        dated_kinds.kind
    union all
    select
        dated_kinds.period_weeks,
        dated_kinds.period_start,
        customer_cohorts.cohort as split_by,
        'members' as group_key,
        dated_kinds.kind,
        count(*) as n_customers
    from dated_kinds
    inner join customer_cohorts
        on
            dated_kinds.customer_id = customer_cohorts.customer_id
            and dated_kinds.period_start > customer_cohorts.entered_week_start
            and (
                customer_cohorts.left_week_start is null
                or dated_kinds.period_start <= customer_cohorts.left_week_start
            )
    group by
        dated_kinds.period_weeks,
        dated_kinds.period_start,
        customer_cohorts.cohort,
        dated_kinds.kind

),

counted as (

    select
        {%- for kind in kinds %}
        sum(case when kind = '{{ kind }}' then n_customers else 0 end)
            as n_{{ kind }},
        {%- endfor %}
        period_weeks,
        period_start,
        split_by,
        group_key
    from grouped
    group by period_weeks, period_start, split_by, group_key

),

-- Every group in every period: nobody is a zero, not a gap.
groups as (

    select distinct
        split_by,
        group_key
    from counted
    union
    select
        cohort as split_by,
        'members' as group_key
    from {{ ref('cohort_rules') }}

),

filled as (

    select
        periods.period_weeks,
        periods.period_start,
        groups.split_by,
        groups.group_key,
        {%- for kind in kinds %}
        coalesce(counted.n_{{ kind }}, 0) as n_{{ kind }},
        {%- endfor %}
        periods.periods_back = 0 as is_latest_period
    from periods
    cross join groups
    left join counted
        on
            periods.period_weeks = counted.period_weeks
            and periods.period_start = counted.period_start
            and groups.split_by = counted.split_by
            and groups.group_key = counted.group_key

),

-- Whoever is in no spell of a cohort is one of its others.
others as (

    select
        members.period_weeks,
        members.period_start,
        members.split_by,
        'others' as group_key,
        {%- for kind in kinds %}
        everybody.n_{{ kind }} - members.n_{{ kind }} as n_{{ kind }},
        {%- endfor %}
        members.is_latest_period
    from filled as members
    inner join filled as everybody
        on
            members.period_weeks = everybody.period_weeks
            and members.period_start = everybody.period_start
            and everybody.split_by = 'all'
    where members.group_key = 'members'

),

combined as (

    select * from filled
    union all
    select * from others

),

summed as (

    select
        period_weeks,
        period_start,
        split_by,
        group_key,
        cast(n_new + n_retained + n_resurrected as {{ dbt.type_bigint() }})
            as n_active,
        {%- for kind in kinds %}
        cast(n_{{ kind }} as {{ dbt.type_bigint() }}) as n_{{ kind }},
        {%- endfor %}
        is_latest_period
    from combined

)

select * from summed
