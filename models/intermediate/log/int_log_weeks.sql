{#
    How many rides each week of the log has, those without any included, and how many
    would be usual there: the mean of the last eight weeks with rides before it.

    week        n_requests  usual_requests  n_empty_weeks
    2024-01-01  20                          0
    2024-01-08  24          20              0
    2024-01-15  0           22              1
    2024-01-22  0           22              2
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

counted as (

    select
        week_start,
        count(*) as n_requests
    from rides
    group by week_start

),

numbered as (

    select
        week_start,
        n_requests,
        lead(week_start) over weeks_so_far as following_week_start,
        avg(n_requests) over weeks_so_far as mean_requests
    from counted
    window
        weeks_so_far as (
            order by week_start
            rows between 7 preceding and current row
        )

),

with_usual as (

    select
        numbered.week_start,
        numbered.n_requests,
        cast(
            lag(numbered.mean_requests) over (order by numbered.week_start)
            as {{ type_double() }}
        ) as usual_requests,
        cast(numbered.mean_requests as {{ type_double() }}) as mean_requests,
        -- The last week with rides may be followed by empty ones up to the as-of week.
        coalesce(
            numbered.following_week_start,
            {{ add_days(
                'greatest(as_of_week.as_of_week_start, numbered.week_start)', 7
            ) }}
        ) as following_week_start,
        as_of_week.as_of_week_start
    from numbered
    cross join as_of_week

),

filled as (

    select
        {{ add_days('with_usual.week_start', '7 * weeks.week_number') }}
            as week_start,
        case when weeks.week_number = 0 then with_usual.n_requests else 0 end
            as n_requests,
        case
            when weeks.week_number = 0 then with_usual.usual_requests
            else with_usual.mean_requests
        end as usual_requests,
        weeks.week_number as n_empty_weeks,
        with_usual.as_of_week_start
    from with_usual
    {{ expanded(
        weeks_between(
            'with_usual.week_start', 'with_usual.following_week_start'
        ),
        'weeks', 'week_number'
    ) }}

),

judged as (

    select
        week_start,
        n_requests,
        usual_requests,
        n_empty_weeks,
        week_start <= as_of_week_start as is_complete
    from filled

)

select * from judged
