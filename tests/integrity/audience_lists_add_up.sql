{#
    Nobody is in two lists, and nobody who is held out of an audience, or is still followed
    after being held out, is in any. No paused audience has a list, and its users are in
    another list if they can be. The lists hold every current member of a defined audience
    once, and the summary counts and adds up what the lists hold.
#}
with

lists as (

    select * from {{ ref('audience_lists') }}

),

summary as (

    select * from {{ ref('audience_summary') }}

),

spells as (

    select * from {{ ref('audiences') }}

),

in_two_lists as (

    select
        min(audience) as audience,
        user_id,
        'the user is in two lists' as problem
    from lists
    where list_status = 'write'
    group by user_id
    having count(*) > 1

),

held_out as (

    select
        lists.audience,
        lists.user_id,
        'the user is held out and in a list' as problem
    from lists
    where
        lists.list_status <> 'held_out'
        and exists (
            select 1
            from spells
            where
                spells.user_id = lists.user_id
                and spells.is_holdout
                -- A list is for the week after the as-of week. The outcome of a user
                -- is measured in the weeks 1 to 4 after the week of entering.
                and (
                    spells.left_at is null
                    or {{ weeks_between(
                        'spells.entered_week_start',
                        add_days('lists.as_of_week_start', 7)
                    ) }} <= 4
                )
        )

),

-- A user whom another list has must be in that other list, and a user of an audience
-- that is not paused must be in a list.
in_no_list as (

    select
        min(lists.audience) as audience,
        lists.user_id,
        'the user is in no list, though nobody holds them out' as problem
    from lists
    inner join summary
        on lists.audience = summary.audience
    group by lists.user_id
    having
        count(
            case when lists.list_status in ('write', 'held_out') then 1 end
        ) = 0
        and (
            count(case when lists.list_status = 'in_another_list' then 1 end) > 0
            or count(case when not summary.is_paused then 1 end) > 0
        )

),

paused_and_written_to as (

    select
        lists.audience,
        lists.user_id,
        'the audience is paused and has a list' as problem
    from lists
    inner join summary
        on lists.audience = summary.audience
    where lists.list_status = 'write' and summary.is_paused

),

not_paused_but_left_out as (

    select
        lists.audience,
        lists.user_id,
        'the user is paused, though the audience is not' as problem
    from lists
    inner join summary
        on lists.audience = summary.audience
    where lists.list_status = 'paused' and not summary.is_paused

),

missing as (

    select
        spells.audience,
        spells.user_id,
        'the member is not in the table' as problem
    from spells
    inner join summary
        on spells.audience = summary.audience
    left join lists
        on
            spells.audience = lists.audience
            and spells.user_id = lists.user_id
    where
        spells.left_at is null
        and lists.user_id is null

),

counted as (

    select
        audience,
        count(case when list_status = 'write' then 1 end) as n_users_to_write,
        count(case when list_status = 'write' and n_exposures > 0 then 1 end)
            as n_written_to_before,
        count(*) as n_members,
        coalesce(
            sum(case when list_status = 'write' then expected_rides_4_weeks end), 0
        ) as expected_rides
    from lists
    group by audience

),

wrong_sums as (

    select
        summary.audience,
        cast(null as {{ dbt.type_string() }}) as user_id,
        'the summary has other numbers than the list' as problem
    from summary
    left join counted
        on summary.audience = counted.audience
    where
        summary.n_users_to_write <> coalesce(counted.n_users_to_write, 0)
        or summary.n_users_to_write + summary.n_held_out
        + summary.n_in_another_list + summary.n_paused
        <> coalesce(counted.n_members, 0)
        or summary.n_written_to_before <> coalesce(counted.n_written_to_before, 0)
        or abs(
            coalesce(summary.expected_rides_4_weeks, 0)
            - coalesce(counted.expected_rides, 0)
        ) > 1e-6

),

combined as (

    select * from in_two_lists
    union all
    select * from held_out
    union all
    select * from in_no_list
    union all
    select * from paused_and_written_to
    union all
    select * from not_paused_but_left_out
    union all
    select * from missing
    union all
    select * from wrong_sums

)

select * from combined
