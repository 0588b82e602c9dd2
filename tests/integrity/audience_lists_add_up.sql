{#
    Nobody is in two lists, and nobody who is held out of an audience is in any. The lists
    hold every current member of a defined audience once, and the summary counts and adds
    up what the lists hold.
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
                and spells.left_at is null
                and spells.is_holdout
        )

),

-- A user whom another list has must be in that other list.
in_no_list as (

    select
        min(audience) as audience,
        user_id,
        'the user is in no list, though nobody holds them out' as problem
    from lists
    group by user_id
    having
        count(case when list_status in ('write', 'held_out') then 1 end) = 0

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
        or summary.n_users_to_write + summary.n_held_out + summary.n_in_another_list
        <> coalesce(counted.n_members, 0)
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
    select * from missing
    union all
    select * from wrong_sums

)

select * from combined
