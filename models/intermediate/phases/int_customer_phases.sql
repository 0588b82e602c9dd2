{#
    The phases of each customer: runs of the as-of weeks that the build fills, in which the
    same identifiers belonged to the customer by what was known then. Most customers have
    one phase, so what is counted by phase is not counted again for each week.

    week          1        2        3        4
    identifiers   a        a        a, b     a, b
    phase         1        1        2        2

    Join with first_week_start <= as-of week, and next_week_start > as-of week or null.
#}
with

ids_as_of as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

bounds as (

    select
        min(as_of_week_start) as first_week_start,
        max(as_of_week_start) as last_week_start
    from weeks

),

spells as (

    select
        ids_as_of.identifier_key,
        ids_as_of.customer_id,
        greatest(ids_as_of.from_week_start, bounds.first_week_start)
            as first_week_start,
        case
            when ids_as_of.to_week_start <= bounds.last_week_start
                then ids_as_of.to_week_start
        end as next_week_start
    from ids_as_of
    cross join bounds
    where
        ids_as_of.customer_id is not null
        and ids_as_of.from_week_start <= bounds.last_week_start
        and (
            ids_as_of.to_week_start is null
            or ids_as_of.to_week_start > bounds.first_week_start
        )

),

-- Weeks in which an identifier comes or goes.
changes as (

    select
        customer_id,
        first_week_start as week_start
    from spells
    union
    select
        customer_id,
        next_week_start as week_start
    from spells
    where next_week_start is not null

),

phases as (

    select
        customer_id,
        week_start as first_week_start,
        lead(week_start) over (
            partition by customer_id order by week_start
        ) as next_week_start,
        row_number() over (order by customer_id, week_start) as phase_number
    from changes

),

joined as (

    select
        phases.phase_number,
        phases.customer_id,
        spells.identifier_key,
        phases.first_week_start,
        phases.next_week_start
    from phases
    inner join spells
        on
            phases.customer_id = spells.customer_id
            and phases.first_week_start >= spells.first_week_start
            and (
                spells.next_week_start is null
                or phases.first_week_start < spells.next_week_start
            )

)

select * from joined
