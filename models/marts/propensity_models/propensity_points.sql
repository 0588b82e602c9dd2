{#
    What features add to the scores of some customers, to draw: one dot per customer and
    feature. value_place is the colour: where the value lies among those of the feature.
#}
with

classes as (

    select * from {{ ref('int_propensity_classes') }}

),

points as (

    select * from {{ ref('stg_propensity__points') }}

),

-- Equal values share a place; those that are not known have none.
ranked as (

    select
        classes.target,
        classes.run_id,
        classes.outcome_class,
        points.feature,
        points.point_number,
        points.value,
        points.contribution,
        case
            when points.value is not null
                then rank() over (
                    partition by
                        classes.run_id,
                        classes.class_number,
                        points.feature
                    order by points.value asc nulls last
                ) - 1
        end as n_below
    from classes
    inner join points
        on
            classes.run_id = points.run_id
            and classes.class_number = points.class_number

),

placed as (

    select
        target,
        run_id,
        outcome_class,
        feature,
        point_number,
        value,
        contribution,
        cast(n_below as {{ type_double() }}) / nullif(
            max(n_below) over (partition by run_id, outcome_class, feature), 0
        ) as relative_place
    from ranked

),

described as (

    select
        target,
        outcome_class,
        feature,
        cast(point_number as {{ dbt.type_int() }}) as point_number,
        value,
        case when value is not null then coalesce(relative_place, 0.5) end
            as value_place,
        contribution,
        run_id
    from placed

)

select * from described
