{#
    The variants of each experiment, with the part of all hashes that is theirs.

    share 0.5, 0.3   ->   a from 0 to below 0.5, b from 0.5 to below 0.8, nobody above
#}
with

seeded as (

    select * from {{ ref('experiment_variants') }}

),

added as (

    select
        *,
        sum(share) over (
            partition by experiment
            order by variant
            rows between unbounded preceding and current row
        ) as share_to,
        sum(share) over (partition by experiment) as total_share
    from seeded

),

placed as (

    select
        experiment,
        variant,
        share,
        is_control,
        share_to - share as share_from,
        share_to,
        share / total_share as expected_share,
        coalesce(cost_per_customer, 0) as cost_per_customer
    from added

)

select * from placed
