{# Every number of types of sessions that the fit tried. #}
with

champion as (

    select * from {{ ref('stg_journeys__champion') }}

),

type_candidates as (

    select * from {{ ref('stg_journeys__type_candidates') }}

),

listed as (

    select
        type_candidates.n_types,
        type_candidates.silhouette,
        type_candidates.stability,
        type_candidates.smallest_share,
        type_candidates.is_chosen,
        type_candidates.why_not
    from champion
    inner join type_candidates
        on champion.run_id = type_candidates.run_id

)

select * from listed
