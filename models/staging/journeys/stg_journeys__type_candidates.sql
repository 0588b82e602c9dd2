with

source as (

    select * from {{ source('journeys', 'type_candidates') }}

),

selected as (

    select
        run_id,
        n_types,
        silhouette,
        stability,
        smallest_share,
        is_chosen,
        why_not
    from source

)

select * from selected
