{#
    The times that each customer spent in each cohort. Facts of events cross a boundary at
    an exact moment; a fact of customer_snapshots at the end of a week. A percentile is
    that of the same week, by what the first build after it knew, and stays with the row.

    and_cohort = not inactive    own spell      |-------------------------
                                 inactive             |-----|
                                 in the cohort  |-----|     |-------------

    Over 170 lines, because both kinds of facts meet in the conditions between cohorts.
#}
with

exact_spells as (

    select * from {{ ref('int_cohort_spells') }}

),

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

ids_as_of as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

thresholds as (

    select * from {{ ref('cohort_thresholds') }}

),

-- Whoever an id of then belongs to now: customers may have turned out to be one.
current_ids as (

    select
        minted.customer_id,
        ids_as_of.customer_id as current_customer_id
    from minted
    inner join ids_as_of
        on minted.identifier_key = ids_as_of.identifier_key
    where ids_as_of.is_newest

),

-- What the first build after the week knew.
weekly as (

    select
        rules.cohort,
        snapshots.as_of_week_start,
        thresholds.threshold,
        coalesce(current_ids.current_customer_id, snapshots.customer_id)
            as customer_id,
        max(
            case
                when {{ meets_rule(
                    weekly_fact('rules.fact', 'snapshots'),
                    'rules.operator', 'thresholds.threshold'
                ) }} then 1
                else 0
            end
        ) = 1 as is_met
    from snapshots
    inner join thresholds
        on snapshots.as_of_week_start = thresholds.as_of_week_start
    inner join rules
        on thresholds.cohort = rules.cohort
    left join current_ids
        on snapshots.customer_id = current_ids.customer_id
    where snapshots.revision = 0
    group by
        coalesce(current_ids.current_customer_id, snapshots.customer_id),
        rules.cohort,
        snapshots.as_of_week_start,
        thresholds.threshold

),

followed as (

    select
        weekly.*,
        lag(weekly.is_met) over (
            partition by weekly.customer_id, weekly.cohort
            order by weekly.as_of_week_start
        ) as was_met
    from weekly

),

weekly_spells as (

    select
        customer_id,
        cohort,
        as_of_week_start,
        threshold,
        is_met,
        lead(as_of_week_start) over (
            partition by customer_id, cohort order by as_of_week_start
        ) as left_week_start
    from followed
    where is_met is distinct from coalesce(was_met, false)

),

base_spells as (

    select
        exact_spells.customer_id,
        exact_spells.cohort,
        exact_spells.entered_at,
        exact_spells.left_at,
        rules.value as threshold
    from exact_spells
    inner join rules
        on exact_spells.cohort = rules.cohort
    union all
    select
        customer_id,
        cohort,
        {{ end_of_week('as_of_week_start') }} as entered_at,
        {{ end_of_week('left_week_start') }} as left_at,
        threshold
    from weekly_spells
    where is_met

),

conditions as (

    select
        cohort,
        replace(and_cohort, 'not ', '') as other_cohort,
        and_cohort like 'not %' as is_negated
    from rules
    where and_cohort is not null

),

-- Where a spell of either begins or ends: 1 and -1.
sides as (

    select
        conditions.cohort,
        conditions.is_negated,
        base_spells.customer_id,
        base_spells.entered_at,
        base_spells.left_at,
        base_spells.threshold,
        base_spells.cohort = conditions.cohort as is_own
    from conditions
    inner join base_spells
        on base_spells.cohort in (conditions.cohort, conditions.other_cohort)

),

edges as (

    select
        cohort,
        customer_id,
        is_negated,
        entered_at as changed_at,
        case when is_own then 1 else 0 end as own_step,
        case when is_own then 0 else 1 end as other_step,
        case when is_own then threshold end as threshold
    from sides
    union all
    select
        cohort,
        customer_id,
        is_negated,
        left_at as changed_at,
        case when is_own then -1 else 0 end as own_step,
        case when is_own then 0 else -1 end as other_step,
        cast(null as {{ type_double() }}) as threshold
    from sides
    where left_at is not null

),

levels as (

    select
        cohort,
        customer_id,
        changed_at,
        sum(sum(own_step)) over edge_order > 0
        and (sum(sum(other_step)) over edge_order > 0) <> is_negated as is_in,
        max(max(threshold)) over edge_order as threshold
    from edges
    group by cohort, customer_id, is_negated, changed_at
    window
        edge_order as (
            partition by cohort, customer_id
            order by changed_at
            rows between unbounded preceding and current row
        )

),

changed as (

    select
        levels.*,
        lag(levels.is_in) over (
            partition by levels.cohort, levels.customer_id order by levels.changed_at
        ) as was_in
    from levels

),

conditioned as (

    select
        customer_id,
        cohort,
        changed_at as entered_at,
        threshold,
        is_in,
        lead(changed_at) over (
            partition by cohort, customer_id order by changed_at
        ) as left_at
    from changed
    where is_in is distinct from coalesce(was_in, false)

),

combined as (

    select
        customer_id,
        cohort,
        entered_at,
        left_at,
        threshold
    from base_spells
    where cohort not in (select conditions.cohort from conditions)
    union all
    select
        customer_id,
        cohort,
        entered_at,
        left_at,
        threshold
    from conditioned
    where is_in

),

dated as (

    select
        customer_id,
        cohort,
        entered_at,
        left_at,
        {{ week_of_change('entered_at') }} as entered_week_start,
        {{ week_of_change('left_at') }} as left_week_start,
        threshold,
        left_at is null as is_current
    from combined

)

select * from dated
