with

source as (

    select * from {{ source('propensity', 'tree_nodes') }}

),

selected as (

    select
        run_id,
        tree_number,
        node_number,
        feature,
        threshold,
        missing_left,
        left_node,
        right_node,
        weight
    from source

)

select * from selected
