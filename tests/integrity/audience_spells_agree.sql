{#
    Spells of a user in an audience do not overlap. A spell ends no earlier than it begins,
    and has both end columns or neither. While the newest week has an outlook, the open
    spells are exactly the current members.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

members as (

    select * from {{ ref('int_audience_members') }}

),

facts as (

    select * from {{ ref('int_audience_facts') }}

),

followed as (

    select
        audience,
        user_id,
        entered_week_start,
        left_week_start,
        entered_at,
        left_at,
        lead(entered_week_start) over (
            partition by audience, user_id order by entered_week_start
        ) as next_entered_week_start
    from audiences

),

wrong_spells as (

    select
        audience,
        user_id,
        'spells overlap, or end before they begin' as problem
    from followed
    where
        left_week_start < entered_week_start
        or left_at < entered_at
        or (left_week_start is null) <> (left_at is null)
        or next_entered_week_start < left_week_start
        or (next_entered_week_start is not null and left_week_start is null)

),

this_week as (

    select facts.as_of_week_start
    from facts
    where
        facts.as_of_week_start >= coalesce(
            (
                select max(coalesce(latest.left_week_start, latest.entered_week_start))
                from audiences as latest
            ),
            facts.as_of_week_start
        )
    group by facts.as_of_week_start

),

-- A user who entered and left within this week cannot re-enter before the next one.
expected as (

    select
        members.audience,
        members.user_id
    from members
    inner join this_week
        on members.as_of_week_start = this_week.as_of_week_start
    left join audiences as ended
        on
            members.audience = ended.audience
            and members.user_id = ended.user_id
            and members.as_of_week_start = ended.entered_week_start
            and ended.left_week_start is not null
    where ended.user_id is null

),

open_spells as (

    select
        audiences.audience,
        audiences.user_id
    from audiences
    cross join this_week
    where audiences.left_week_start is null

),

different_members as (

    select
        coalesce(expected.audience, open_spells.audience) as audience,
        coalesce(expected.user_id, open_spells.user_id) as user_id,
        'the open spells are not the members' as problem
    from expected
    full outer join open_spells
        on
            expected.audience = open_spells.audience
            and expected.user_id = open_spells.user_id
    where expected.user_id is null or open_spells.user_id is null

),

combined as (

    select * from wrong_spells
    union all
    select * from different_members

)

select * from combined
