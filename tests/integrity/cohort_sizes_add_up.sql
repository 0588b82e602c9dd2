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

recounted as (

    select
        cohort_sizes.cohort,
        cohort_sizes.week_start,
        cohort_sizes.n_customers,
        count(customer_cohorts.customer_id) as n_recounted,
        count(distinct customer_cohorts.customer_id) as n_different
    from cohort_sizes
    left join customer_cohorts
        on
            cohort_sizes.cohort = customer_cohorts.cohort
            and customer_cohorts.entered_at
            <= {{ end_of_week('cohort_sizes.week_start') }}
            and (
                customer_cohorts.left_at is null
                or customer_cohorts.left_at
                > {{ end_of_week('cohort_sizes.week_start') }}
            )
    group by
        cohort_sizes.cohort, cohort_sizes.week_start, cohort_sizes.n_customers

),

miscounted as (

    select
        cohort,
        week_start,
        'the size is not the number of members' as problem
    from recounted
    where
        n_customers <> n_recounted
        or n_recounted <> n_different

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
