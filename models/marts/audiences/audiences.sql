{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['audience', 'user_id', 'entered_week_start'],
    on_schema_change='fail',
    full_refresh=false,
    pre_hook="{{ added_columns(this, {
        'expected_rides_4_weeks': type_double(),
        'expected_spend_4_weeks': type_double(),
    }) }}",
    indexes=[{'columns': ['user_id', 'audience']}]
) }}
{#
    Spells in an audience. A build opens a spell for each member without an open one, and
    closes the spells of users who are no longer members. Closed spells and the held-out
    side never change: a new spell takes the side of the customer's open ones, or that of
    the hash. Weeks without a build leave no trace: a spell ends in the week in which a
    build first finds that the user has left.

    members   recorded               after the build of week 3
    a         a: from week 1 on   →  a: from week 1 on
    b                                b: from week 3 on
              c: from week 2 on      c: from week 2 to week 3
#}
with

members as (

    select * from {{ ref('int_audience_members') }}

),

facts as (

    select * from {{ ref('int_audience_facts') }}

),

contacts as (

    select * from {{ ref('int_user_contacts') }}

),

recorded as (

    select
        audience,
        user_id,
        entered_week_start,
        left_week_start,
        entered_at,
        holdout_share,
        is_holdout,
        expected_rides_4_weeks,
        expected_spend_4_weeks,
        run_id
    from {{ rows_so_far(this, {
        'audience': dbt.type_string(),
        'user_id': dbt.type_string(),
        'entered_week_start': 'date',
        'left_week_start': 'date',
        'entered_at': type_instant(),
        'holdout_share': type_double(),
        'is_holdout': dbt.type_boolean(),
        'expected_rides_4_weeks': type_double(),
        'expected_spend_4_weeks': type_double(),
        'run_id': dbt.type_string(),
    }) }} as spells

),

last_recorded as (

    select max(coalesce(left_week_start, entered_week_start)) as week_start
    from recorded

),

-- Empty without an outlook, which is no reason to close every spell, and empty if the
-- newest week is before those already recorded.
this_week as (

    select distinct facts.as_of_week_start
    from facts
    cross join last_recorded
    where
        last_recorded.week_start is null
        or last_recorded.week_start <= facts.as_of_week_start

),

sides as (

    {{ sides_of_contacts('recorded', 'contacts', 'this_week') }}

),

opened as (

    select
        members.audience,
        members.user_id,
        members.as_of_week_start as entered_week_start,
        cast(null as date) as left_week_start,
        {{ dbt.current_timestamp() }} as entered_at,
        cast(null as {{ type_instant() }}) as left_at,
        members.holdout_share,
        coalesce(sides.is_holdout, members.is_holdout) as is_holdout,
        members.expected_rides_4_weeks,
        members.expected_spend_4_weeks,
        members.run_id
    from members
    inner join this_week
        on members.as_of_week_start = this_week.as_of_week_start
    left join sides
        on members.contact_id = sides.contact_id
    where
        not exists (
            select 1
            from recorded
            where
                recorded.audience = members.audience
                and recorded.user_id = members.user_id
                and (
                    recorded.left_week_start is null
                    -- At most one spell begins per week, however often the week is
                    -- built.
                    or recorded.entered_week_start = members.as_of_week_start
                )
        )

),

closed as (

    select
        recorded.audience,
        recorded.user_id,
        recorded.entered_week_start,
        this_week.as_of_week_start as left_week_start,
        recorded.entered_at,
        {{ dbt.current_timestamp() }} as left_at,
        recorded.holdout_share,
        recorded.is_holdout,
        recorded.expected_rides_4_weeks,
        recorded.expected_spend_4_weeks,
        recorded.run_id
    from recorded
    cross join this_week
    left join members
        on
            recorded.audience = members.audience
            and recorded.user_id = members.user_id
    where
        recorded.left_week_start is null
        and members.user_id is null

),

changed as (

    select * from opened
    union all
    select * from closed

)

select * from changed
