{#
    The newest weeks of a few users of each state: users who are in it now and whose
    weeks in it are closest to everyone's in the state. The model reads nothing of
    users in state 0; they are drawn by hash.
#}
with

typicality as (

    select * from {{ ref('user_typicality') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- A user who joined two weeks ago may be typical, but has little to show.
ranked as (

    select
        user_id,
        state_id,
        row_number() over (
            partition by state_id
            order by
                case
                    when 2 * n_weeks >= {{ var('explorer_journey_weeks') }} then 0
                    else 1
                end,
                distance,
                {{ dbt.hash('user_id') }},
                user_id
        ) as place_in_state
    from typicality

),

chosen as {{ computed_once() }} (

    select
        user_id,
        state_id,
        cast(place_in_state as {{ dbt.type_int() }}) as journey_number
    from ranked
    where place_in_state <= {{ var('explorer_journeys') }}

),

-- Few users: PostgreSQL would join all weeks of all users first.
user_weekly_states as {{ computed_once() }} (

    select * from {{ ref('user_weekly_states') }}
    where user_id in (select chosen.user_id from chosen)

),

user_week_panel as {{ computed_once() }} (

    select * from {{ ref('user_week_panel') }}
    where user_id in (select chosen.user_id from chosen)

),

journey_weeks as (

    select
        chosen.state_id,
        chosen.journey_number,
        user_weekly_states.week_start,
        chosen.user_id,
        user_weekly_states.state_id as week_state_id,
        user_weekly_states.state_name as week_state_name,
        user_weekly_states.state_source,
        user_week_panel.n_requests,
        user_week_panel.n_rides,
        user_weekly_states.run_id
    from chosen
    cross join as_of_week
    inner join user_weekly_states
        on
            chosen.user_id = user_weekly_states.user_id
            and user_weekly_states.week_start
            > {{ add_days(
                'as_of_week.as_of_week_start', -7 * var('explorer_journey_weeks')
            ) }}
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start

)

select * from journey_weeks
