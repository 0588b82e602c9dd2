with

source as (

    select * from {{ source('propensity', 'leaf_values') }}

),

selected as (

    select
        run_id,
        tree_number,
        node_number,
        class_number,
        value
    from source

)

select * from selected
