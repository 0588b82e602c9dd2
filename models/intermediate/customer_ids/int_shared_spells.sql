{#
    Whose identifiers were that became shared later, week by week until then: at first a
    customer of their own, then that of the strongest identifier met by then. And whose
    the anonymous events after each login there are: until then the identifier's, from then
    on the login's.

    device d: 1st week alone, 2nd week login of u1, 4th week login of u2: shared
    d                 week 1 d, weeks 2 and 3 u1, then nobody
    d after u1        week 1 d, weeks 2 and 3 u1, then u1
    d after u2        week 1 d, weeks 2 and 3 u1, then u2
#}
with

spells as (

    select * from {{ ref('int_identifier_spells') }}

),

shared as (

    select distinct
        identifier_key,
        shared_week_start
    from {{ ref('int_shared_identifiers') }}

),

meetings as (

    select * from {{ ref('int_shared_meetings') }}

),

-- Each that is stronger than all before it.
strongest as (

    select
        *,
        min(strength) over (
            partition by identifier_key
            order by first_week_start, strength
            rows between unbounded preceding and 1 preceding
        ) as previous_strength
    from meetings
    where first_week_start < shared_week_start

),

owners as (

    select
        identifier_key,
        other_key,
        first_seen_at,
        first_week_start as from_week_start,
        shared_week_start,
        coalesce(
            lead(first_week_start) over (
                partition by identifier_key
                order by first_week_start
            ),
            shared_week_start
        ) as to_week_start
    from strongest
    where previous_strength is null or strength < previous_strength

),

first_owners as (

    select
        identifier_key,
        min(from_week_start) as from_week_start
    from owners
    group by identifier_key

),

owned as (

    -- Before it met anybody.
    select
        spells.identifier_key,
        spells.from_week_start,
        coalesce(first_owners.from_week_start, shared.shared_week_start)
            as to_week_start,
        spells.anchor_key,
        spells.from_key,
        spells.to_key,
        spells.joined_at
    from spells
    inner join shared
        on spells.identifier_key = shared.identifier_key
    left join first_owners
        on spells.identifier_key = first_owners.identifier_key
    where
        spells.from_week_start
        < coalesce(first_owners.from_week_start, shared.shared_week_start)
    union all
    select
        owners.identifier_key,
        greatest(owners.from_week_start, spells.from_week_start)
            as from_week_start,
        least(
            owners.to_week_start,
            coalesce(spells.to_week_start, owners.to_week_start)
        ) as to_week_start,
        spells.anchor_key,
        owners.other_key as from_key,
        owners.identifier_key as to_key,
        case
            when spells.from_week_start > owners.from_week_start
                then spells.joined_at
            else owners.first_seen_at
        end as joined_at
    from owners
    inner join spells
        on
            owners.other_key = spells.identifier_key
            and owners.to_week_start > spells.from_week_start
            and coalesce(owners.from_week_start < spells.to_week_start, true)

),

after_logins as (

    select
        {{ login_key('owned.identifier_key', 'meetings.other_key') }}
            as identifier_key,
        owned.from_week_start,
        owned.to_week_start,
        owned.anchor_key,
        owned.from_key,
        owned.to_key,
        owned.joined_at
    from owned
    inner join meetings
        on owned.identifier_key = meetings.identifier_key
    union all
    select
        {{ login_key('meetings.identifier_key', 'meetings.other_key') }}
            as identifier_key,
        greatest(meetings.shared_week_start, spells.from_week_start)
            as from_week_start,
        spells.to_week_start,
        spells.anchor_key,
        spells.from_key,
        spells.to_key,
        spells.joined_at
    from meetings
    inner join spells
        on
            meetings.other_key = spells.identifier_key
            and coalesce(meetings.shared_week_start < spells.to_week_start, true)

)

select * from owned
union all
select * from after_logins
