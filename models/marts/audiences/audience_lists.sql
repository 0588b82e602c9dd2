{#
    Whom to write to this week. Nobody is in two lists, a user who is held out of any
    audience is in none, and no list is written to whose messages had no effect.

    user  audiences            effects                 list
    a     lapse                                        lapse
    b     lapse, ready         ready: most money       ready
    c     lapse, ready (out)                           none: held out in both
    d     lapse, win_back      win_back: no effect     lapse
    e     win_back             win_back: no effect     none: paused

    Over 170 lines, because it joins ten inputs: one row has all that a message needs.
#}

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

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

left_alone as (

    select * from {{ ref('users_left_alone') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

tool_ids as (

    select * from {{ ref('int_customer_tool_ids') }}

),

-- Money where it is known, else rides: a log has prices or it has none.
worths as (

    select
        audience,
        effect_status,
        is_paused,
        coalesce(mean_spend_difference, mean_rides_difference) as worth
    from effects

),

messages as (

    select
        audience,
        user_id,
        count(*) as n_exposures,
        max(exposed_at) as last_exposed_at
    from exposures
    group by audience, user_id

),

members as (

    select
        spells.audience,
        spells.user_id,
        spells.entered_week_start,
        definitions.title,
        definitions.moment,
        definitions.moment_iso_weekday,
        definitions.moment_hour,
        definitions.priority,
        coalesce(worths.effect_status, 'not measured yet') as effect_status,
        coalesce(worths.is_paused, false) as is_paused,
        case
            when worths.effect_status = 'measured' and worths.worth > 0
                then worths.worth
        end as measured_worth,
        case
            when worths.effect_status = 'measured' and worths.worth > 0 then 1
            when worths.effect_status in ('measured', 'no effect found') then 3
            else 2
        end as hope,
        left_alone.user_id is not null as is_left_alone
    from spells
    inner join definitions
        on spells.audience = definitions.audience
    left join worths
        on spells.audience = worths.audience
    left join left_alone
        on spells.user_id = left_alone.user_id
    where spells.left_at is null

),

-- First those with a measured effect, then those that were not measured yet; paused
-- audiences come last and have no list.
ranked as (

    select
        members.*,
        row_number() over (
            partition by members.user_id
            order by
                members.is_paused asc,
                members.hope asc,
                coalesce(members.measured_worth, 0) desc,
                members.priority asc
        ) as list_rank,
        count(case when not members.is_paused then 1 end) over (
            partition by members.user_id
        ) as n_open_lists
    from members

),

-- The day and hour on which to write, on the clock of the user, in the seven days after
-- the build or else in the week after the as-of week.
timed as (

    select
        ranked.*,
        as_of_week.as_of_week_start,
        coalesce(facts.time_zone, '{{ var("default_time_zone") }}') as time_zone,
        usual_moments.user_id is not null as is_usual_moment,
        coalesce(
            usual_moments.moment_iso_weekday, ranked.moment_iso_weekday
        ) as weekday_of_moment,
        coalesce(usual_moments.moment_hour, ranked.moment_hour) as hour_of_moment
    from ranked
    cross join as_of_week
    left join facts
        on ranked.user_id = facts.user_id
    left join usual_moments
        on
            ranked.user_id = usual_moments.user_id
            and as_of_week.as_of_week_start = usual_moments.as_of_week_start

),

clocked as (

    select
        timed.*,
        {{ now_of_lists('timed.as_of_week_start', 'timed.time_zone') }} as looks_from
    from timed

),

aimed as (

    select
        clocked.*,
        {{ add_days(
            week_start('clocked.looks_from'), '(clocked.weekday_of_moment - 1)'
        ) }} as first_date
    from clocked

),

-- A moment that has passed comes again a week later.
dated as (

    select
        aimed.*,
        case
            when
                {{ at_hour('aimed.first_date', 'aimed.hour_of_moment') }}
                >= aimed.looks_from
                then aimed.first_date
            else {{ add_days('aimed.first_date', 7) }}
        end as date_of_moment
    from aimed

),

moments as (

    select
        dated.*,
        cast(dated.date_of_moment as {{ dbt.type_string() }})
        || case when dated.hour_of_moment < 10 then ' 0' else ' ' end
        || cast(dated.hour_of_moment as {{ dbt.type_string() }})
        || ':00' as moment_in_digits,
        {{ instant_of(
            at_hour('dated.date_of_moment', 'dated.hour_of_moment'),
            'dated.time_zone'
        ) }} as suggested_at
    from dated

),

listed as (

    select
        moments.audience,
        moments.title,
        moments.user_id,
        tool_ids.crm_id,
        moments.as_of_week_start,
        moments.entered_week_start,
        moments.effect_status,
        moments.suggested_at,
        moments.is_usual_moment,
        facts.state_key,
        facts.state_name,
        states.state_sort_name,
        facts.home_city,
        facts.platform,
        facts.expected_rides_4_weeks,
        facts.expected_spend_4_weeks,
        messages.last_exposed_at,
        case
            when moments.is_left_alone then 'held_out'
            when moments.list_rank = 1 and not moments.is_paused then 'write'
            when moments.n_open_lists > 0 then 'in_another_list'
            else 'paused'
        end as list_status,
        coalesce(messages.n_exposures, 0) as n_exposures,
        coalesce(moments.moment_in_digits, moments.moment) as suggested_moment
    from moments
    left join facts
        on moments.user_id = facts.user_id
    left join states
        on facts.state_key = states.state_key
    left join customer_users
        on moments.user_id = customer_users.user_id
    left join tool_ids
        on customer_users.customer_id = tool_ids.customer_id
    left join messages
        on
            moments.audience = messages.audience
            and moments.user_id = messages.user_id

)

select * from listed
