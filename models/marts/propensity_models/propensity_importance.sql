{# How much each feature moves the champion's scores, on the drawn customers. #}
with

points as (

    select * from {{ ref('propensity_points') }}

),

averaged as (

    select
        target,
        outcome_class,
        feature,
        run_id,
        avg(abs(contribution)) as importance
    from points
    group by target, outcome_class, feature, run_id

),

ranked as (

    select
        target,
        outcome_class,
        feature,
        importance,
        cast(
            row_number() over (
                partition by target, outcome_class
                order by importance desc, feature asc
            ) as {{ dbt.type_int() }}
        ) as place,
        run_id
    from averaged

)

select * from ranked
