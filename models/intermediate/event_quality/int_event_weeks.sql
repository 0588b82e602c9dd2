{#
    How many events of each source were kept, in each week from its first event to the
    as-of week, and how many are usual: the mean of the eight weeks before.
#}
with

events as (

    select * from {{ ref('int_events') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

counted as (

    select
        source,
        week_start,
        count(*) as n_events
    from events
    group by source, week_start

),

first_weeks as (

    select
        counted.source,
        min(counted.week_start) as first_week_start,
        max(as_of_week.as_of_week_start) as last_week_start
    from counted
    cross join as_of_week
    group by counted.source

),

weeks as (

    select
        first_weeks.source,
        {{ add_days('first_weeks.first_week_start', '7 * numbers.week_number') }}
            as week_start
    from first_weeks
    {{ expanded(
        weeks_between('first_weeks.first_week_start', 'first_weeks.last_week_start')
        ~ ' + 1',
        'numbers', 'week_number'
    ) }}

),

filled as (

    select
        weeks.source,
        weeks.week_start,
        coalesce(counted.n_events, 0) as n_events
    from weeks
    left join counted
        on
            weeks.source = counted.source
            and weeks.week_start = counted.week_start

),

compared as (

    select
        *,
        avg(cast(n_events as {{ type_double() }})) over previous_weeks
            as usual_events
    from filled
    window
        previous_weeks as (
            partition by source
            order by week_start
            rows between 8 preceding and 1 preceding
        )

)

select * from compared
