{#
    Mistakes in the seed propensity_targets: a name that a run cannot have, an outcome
    without the time that it needs, a population that has no meaning for the outcome.
#}
with

targets as (

    select * from {{ ref('propensity_targets') }}

),

unusable_names as (

    select
        target,
        'the name is not of lower-case letters, digits and underscores' as problem
    from targets
    where
        target <> lower(target)
        or length(target) <> length(trim(target))
        or {{ dbt.position("' '", 'target') }} > 0
        or {{ dbt.position("':'", 'target') }} > 0

),

without_time as (

    select
        target,
        'its outcome comes in time, so horizon_weeks must be 1 or more' as problem
    from targets
    where
        outcome <> 'crm_label'
        and horizon_weeks < 1

),

labels_in_time as (

    select
        target,
        'a label has no time: horizon_weeks must be 0, and the population everybody'
            as problem
    from targets
    where
        outcome = 'crm_label'
        and (
            horizon_weeks <> 0
            or population <> 'everybody'
        )

),

too_few as (

    select
        target,
        'min_positives must be 1 or more' as problem
    from targets
    where min_positives < 1

),

combined as (

    select * from unusable_names
    union all
    select * from without_time
    union all
    select * from labels_in_time
    union all
    select * from too_few

)

select * from combined
