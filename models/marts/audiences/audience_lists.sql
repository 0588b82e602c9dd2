{#
    Whom to write to this week. Nobody is in two lists, and a user who is held out of any
    audience is in none.

    user  audiences            effects                 list
    a     lapse                                        lapse
    b     lapse, ready         ready: most money       ready
    c     lapse, ready (out)                           none: held out in both
#}
{% set n_weeks = 4 %}

with

spells as (

    select * from {{ ref('audiences') }}

),

effects as (

    select * from {{ ref('audience_effects') }}

),

definitions as (

    select * from {{ ref('int_audience_definitions') }}

),

facts as (

    select * from {{ ref('int_audience_facts') }}

),

usual_moments as (

    select * from {{ ref('int_usual_moments') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- Also users who left the audience again while they are followed: a message from
-- another list would change what they are compared for.
held_out_users as (

    select distinct spells.user_id
    from spells
    cross join as_of_week
    where
        spells.is_holdout
        and (
            spells.left_at is null
            or {{ add_days('spells.entered_week_start', 7 * n_weeks) }}
            > as_of_week.as_of_week_start
        )

),

-- Money where it is known, else rides: a log has prices or it has none.
worths as (

    select
        audience,
        effect_status,
        coalesce(mean_spend_difference, mean_rides_difference) as worth
    from effects

),

members as (

    select
        spells.audience,
        spells.user_id,
        spells.entered_week_start,
        definitions.title,
        definitions.moment,
        definitions.priority,
        case
            when worths.effect_status = 'measured' and worths.worth > 0
                then worths.worth
        end as measured_worth,
        case
            when worths.effect_status = 'measured' and worths.worth > 0 then 1
            when worths.effect_status in ('measured', 'no effect found') then 3
            else 2
        end as hope,
        held_out_users.user_id is not null as is_left_alone
    from spells
    inner join definitions
        on spells.audience = definitions.audience
    left join worths
        on spells.audience = worths.audience
    left join held_out_users
        on spells.user_id = held_out_users.user_id
    where spells.left_at is null

),

-- First those with a measured effect, then those that were not measured yet.
ranked as (

    select
        members.*,
        row_number() over (
            partition by members.user_id
            order by
                members.hope asc,
                coalesce(members.measured_worth, 0) desc,
                members.priority asc
        ) as list_rank
    from members

),

listed as (

    select
        ranked.audience,
        ranked.title,
        ranked.user_id,
        as_of_week.as_of_week_start,
        ranked.entered_week_start,
        facts.state_key,
        facts.state_name,
        facts.home_city,
        facts.platform,
        facts.expected_rides_4_weeks,
        facts.expected_spend_4_weeks,
        case
            when ranked.is_left_alone then 'held_out'
            when ranked.list_rank > 1 then 'in_another_list'
            else 'write'
        end as list_status,
        coalesce(usual_moments.usual_moment, ranked.moment) as suggested_moment
    from ranked
    cross join as_of_week
    left join facts
        on ranked.user_id = facts.user_id
    left join usual_moments
        on ranked.user_id = usual_moments.user_id

)

select * from listed
