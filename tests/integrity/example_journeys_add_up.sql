{#
    Each week of an example has as many requests and rides in example_journey_rides as it
    states. The example is in its state in the as-of week, and its numbers count from 1
    without a gap. With the var set to 0 there are no examples.
#}
with

example_journeys as (

    select * from {{ ref('example_journeys') }}

),

example_journey_rides as (

    select * from {{ ref('example_journey_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

counted as (

    select
        state_id,
        journey_number,
        week_start,
        count(*) as n_requests,
        count(case when status = 'completed' then 1 end) as n_rides
    from example_journey_rides
    group by state_id, journey_number, week_start

),

miscounted as (

    select
        example_journeys.state_id,
        example_journeys.journey_number,
        'requests or rides of the week differ' as problem
    from example_journeys
    left join counted
        on
            example_journeys.state_id = counted.state_id
            and example_journeys.journey_number = counted.journey_number
            and example_journeys.week_start = counted.week_start
    where
        example_journeys.n_requests <> coalesce(counted.n_requests, 0)
        or example_journeys.n_rides <> coalesce(counted.n_rides, 0)

),

-- Each example has the as-of week once, and belongs to one user.
summarised as (

    select
        example_journeys.state_id,
        example_journeys.journey_number,
        count(distinct example_journeys.user_id) as n_users,
        count(
            case
                when
                    example_journeys.week_start = as_of_week.as_of_week_start
                    and example_journeys.week_state_id = example_journeys.state_id
                    then 1
            end
        ) as n_weeks_of_now
    from example_journeys
    cross join as_of_week
    group by example_journeys.state_id, example_journeys.journey_number

),

misplaced as (

    select
        state_id,
        journey_number,
        'the user is not in the state now' as problem
    from summarised
    where n_users <> 1 or n_weeks_of_now <> 1

),

misnumbered as (

    select
        state_id,
        max(journey_number) as journey_number,
        'the numbers have a gap, or are too many' as problem
    from summarised
    group by state_id
    having
        max(journey_number) <> count(*)
        or max(journey_number) > {{ var('explorer_journeys') }}

),

combined as (

    select * from miscounted
    union all
    select * from misplaced
    union all
    select * from misnumbered

)

select * from combined
