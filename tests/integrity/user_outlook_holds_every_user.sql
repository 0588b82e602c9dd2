{#
    The newest outlook holds exactly the users with a completed ride by the as-of week, each
    with the champion's belief. A champion fitted before outlooks existed has none.
#}
with

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

outlook_coefficients as (

    select * from {{ ref('stg_hmm__outlook_coefficients') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- Empty for a build with an earlier as_of_date: the outlook published then stays,
-- whichever run is champion now.
newest_week as (

    select as_of_week.as_of_week_start
    from as_of_week
    where not exists (
        select 1 from user_outlook
        where user_outlook.as_of_week_start > as_of_week.as_of_week_start
    )

),

expected as (

    select
        user_week_panel.user_id,
        champion.run_id,
        user_beliefs.state_probability
    from user_week_panel
    inner join newest_week
        on user_week_panel.week_start = newest_week.as_of_week_start
    cross join champion
    left join user_beliefs
        on
            champion.run_id = user_beliefs.run_id
            and user_week_panel.user_id = user_beliefs.user_id
            and user_week_panel.week_start = user_beliefs.week_start
    where
        user_week_panel.has_completed_ride
        and champion.run_id in (
            select outlook_coefficients.run_id from outlook_coefficients
        )

),

published as (

    select
        user_outlook.user_id,
        user_outlook.run_id,
        user_outlook.state_probability
    from user_outlook
    inner join newest_week
        on user_outlook.as_of_week_start = newest_week.as_of_week_start

),

compared as (

    select
        expected.user_id,
        expected.state_probability,
        published.user_id as published_user_id,
        published.state_probability as published_state_probability
    from expected
    full outer join published
        on
            expected.user_id = published.user_id
            and expected.run_id = published.run_id

)

select * from compared
where
    user_id is null
    or published_user_id is null
    or state_probability is null
    or state_probability <> published_state_probability
