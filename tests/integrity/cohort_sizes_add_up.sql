{#
    The members of a cohort at the end of a week are those whose spell has begun and not
    ended by then. Entries minus exits are the change of the size, and no two spells of a
    customer in a cohort overlap or touch.
#}
with

cohort_sizes as (

    select * from {{ ref('cohort_sizes') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

followed as (

    select
        cohort_sizes.*,
        coalesce(
            lag(cohort_sizes.n_customers) over (
                partition by cohort_sizes.cohort
                order by cohort_sizes.week_start
            ), 0
        ) as n_before
    from cohort_sizes

),

unbalanced as (

    select
        cohort,
        week_start,
        'entries and exits are not the change of the size' as problem
    from followed
    where n_customers <> n_before + n_entered - n_left

),

-- Running sums read each spell once; to join every week with its members would take
-- longer than building the table. Nobody leaves before entering, and nobody is in a
-- cohort twice at a time, as the spells below are tested for.
changes as (

    select
        cohort,
        entered_at as changed_at,
        1 as n_more,
        cast(null as date) as week_start,
        cast(null as {{ dbt.type_bigint() }}) as n_customers
    from customer_cohorts
    union all
    select
        cohort,
        left_at as changed_at,
        -1 as n_more,
        cast(null as date) as week_start,
        cast(null as {{ dbt.type_bigint() }}) as n_customers
    from customer_cohorts
    where left_at is not null
    union all
    select
        cohort,
        {{ end_of_week('week_start') }} as changed_at,
        0 as n_more,
        week_start,
        n_customers
    from cohort_sizes

),

-- Changes at the very end of a week belong to it.
recounted as (

    select
        cohort,
        week_start,
        n_customers,
        sum(n_more) over (
            partition by cohort
            order by changed_at
            range between unbounded preceding and current row
        ) as n_recounted
    from changes

),

miscounted as (

    select
        cohort,
        week_start,
        'the size is not the number of members' as problem
    from recounted
    where
        week_start is not null
        and n_customers is distinct from n_recounted

),

spells as (

    select
        customer_cohorts.*,
        lag(customer_cohorts.left_at) over cohort_order as previous_left_at,
        row_number() over cohort_order as spell_number
    from customer_cohorts
    window
        cohort_order as (
            partition by
                customer_cohorts.customer_id, customer_cohorts.cohort
            order by customer_cohorts.entered_at
        )

),

overlapping as (

    select
        cohort,
        entered_week_start as week_start,
        'a spell begins before the one before it has ended' as problem
    from spells
    where
        left_at <= entered_at
        or (
            spell_number > 1
            and (previous_left_at is null or entered_at <= previous_left_at)
        )

),

combined as (

    select * from unbalanced
    union all
    select * from miscounted
    union all
    select * from overlapping

)

select * from combined
