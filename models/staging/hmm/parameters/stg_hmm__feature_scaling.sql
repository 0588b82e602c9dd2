with

source as (

    select * from {{ source('register', 'feature_scaling') }}
    where model = 'user_states'

),

selected as (

    select
        run_id,
        feature,
        position as feature_position,
        columns as panel_columns,
        family,
        transform,
        evidence,
        mean,
        scale,
        dropped_because
    from source

)

select * from selected
