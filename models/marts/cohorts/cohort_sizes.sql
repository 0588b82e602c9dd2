{#
    How many customers were in each cohort at the end of each week, and how many entered
    and left in it. Whoever enters and leaves in one week is in both numbers.
#}
with

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

-- A week more: an event on a Monday in local time may be on Sunday in the default zone.
bounded as (

    select
        as_of_week.as_of_week_start,
        {{ add_days('min(customer_days.week_start)', -7) }} as first_week_start
    from as_of_week
    cross join customer_days
    where as_of_week.as_of_week_start is not null
    group by as_of_week.as_of_week_start

),

weeks as (

    select
        bounded.as_of_week_start,
        {{ add_days('bounded.first_week_start', 'weeks.number * 7') }} as week_start
    from bounded
    {{ expanded(
        weeks_between('bounded.first_week_start', 'bounded.as_of_week_start') ~ ' + 1',
        'weeks', 'number'
    ) }}

),

changes as (

    select
        cohort,
        entered_week_start as week_start,
        1 as n_entered,
        0 as n_left
    from customer_cohorts
    union all
    select
        cohort,
        left_week_start as week_start,
        0 as n_entered,
        1 as n_left
    from customer_cohorts
    where left_week_start is not null

),

counted as (

    select
        cohort,
        week_start,
        sum(n_entered) as n_entered,
        sum(n_left) as n_left
    from changes
    group by cohort, week_start

),

-- Every cohort in every week: nobody is a zero, not a gap.
filled as (

    select
        rules.cohort,
        weeks.week_start,
        weeks.as_of_week_start,
        coalesce(counted.n_entered, 0) as n_entered,
        coalesce(counted.n_left, 0) as n_left
    from rules
    cross join weeks
    left join counted
        on
            rules.cohort = counted.cohort
            and weeks.week_start = counted.week_start

),

summed as (

    select
        cohort,
        week_start,
        cast(
            sum(n_entered - n_left) over (
                partition by cohort
                order by week_start
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) as n_customers,
        cast(n_entered as {{ dbt.type_bigint() }}) as n_entered,
        cast(n_left as {{ dbt.type_bigint() }}) as n_left,
        week_start = as_of_week_start as is_latest_week
    from filled

)

select * from summed
