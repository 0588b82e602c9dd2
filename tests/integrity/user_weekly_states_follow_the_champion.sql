{#
    Every row belongs to the champion and equals the champion's assignment or, for a week
    that is not decoded, its belief. Every week of the panel with either of them, and every
    week before a first ride, has a row.

    Without a champion both sides are empty.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

champion_assignments as (

    select state_assignments.*
    from state_assignments
    inner join champion
        on state_assignments.run_id = champion.run_id

),

decoded as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        champion_assignments.run_id,
        champion_assignments.state_id,
        'decoded' as state_source,
        champion_assignments.smoothed_probability,
        cast(null as {{ type_double() }}) as filtered_probability
    from user_week_panel
    inner join champion_assignments
        on
            user_week_panel.user_id = champion_assignments.user_id
            and user_week_panel.week_start = champion_assignments.week_start
    where user_week_panel.has_completed_ride

),

champion_beliefs as (

    select user_beliefs.*
    from user_beliefs
    inner join champion
        on user_beliefs.run_id = champion.run_id

),

filtered as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        champion_beliefs.run_id,
        champion_beliefs.state_id,
        'filtered' as state_source,
        cast(null as {{ type_double() }}) as smoothed_probability,
        champion_beliefs.state_probability as filtered_probability
    from user_week_panel
    inner join champion_beliefs
        on
            user_week_panel.user_id = champion_beliefs.user_id
            and user_week_panel.week_start = champion_beliefs.week_start
    left join champion_assignments
        on
            user_week_panel.user_id = champion_assignments.user_id
            and user_week_panel.week_start = champion_assignments.week_start
    where
        user_week_panel.has_completed_ride
        and champion_assignments.user_id is null

),

not_started as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        champion.run_id,
        0 as state_id,
        case
            when user_week_panel.week_start <= runs.last_week_start then 'decoded'
            else 'filtered'
        end as state_source,
        case when user_week_panel.week_start <= runs.last_week_start then 1 end
            as smoothed_probability,
        case when user_week_panel.week_start > runs.last_week_start then 1 end
            as filtered_probability
    from user_week_panel
    cross join champion
    inner join runs
        on champion.run_id = runs.run_id
    where not user_week_panel.has_completed_ride

),

expected as (

    select * from decoded
    union all
    select * from filtered
    union all
    select * from not_started

),

compared as (

    select
        expected.user_id,
        expected.week_start,
        expected.state_id,
        user_weekly_states.user_id as found_user_id,
        user_weekly_states.week_start as found_week_start,
        user_weekly_states.state_id as found_state_id
    from expected
    full outer join user_weekly_states
        on
            expected.user_id = user_weekly_states.user_id
            and expected.week_start = user_weekly_states.week_start
    where
        expected.run_id is distinct from user_weekly_states.run_id
        or expected.state_id is distinct from user_weekly_states.state_id
        or expected.state_source is distinct from user_weekly_states.state_source
        or expected.smoothed_probability
        is distinct from user_weekly_states.smoothed_probability
        or expected.filtered_probability
        is distinct from user_weekly_states.filtered_probability

)

select * from compared
