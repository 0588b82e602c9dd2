with

source as (

    select * from {{ source('segments', 'divisions') }}

),

selected as (

    select
        run_id,
        division,
        label,
        kind,
        setting,
        n_segments,
        smallest_share,
        coverage,
        inertia,
        silhouette,
        davies_bouldin,
        stability,
        stability_over_windows,
        given_back_share,
        is_elbow,
        is_best_silhouette,
        is_chosen,
        is_published,
        why_not
    from source

)

select * from selected
