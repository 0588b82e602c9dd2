{# Each two identifiers that were seen together, and why the pair is not used, if so. #}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

judged as (

    select
        pairs.from_key,
        pairs.to_key,
        pairs.first_seen_at,
        pairs.first_week_start,
        pairs.last_seen_at,
        pairs.n_seen,
        pairs.source,
        pairs.probability,
        case
            when
                shared_ends.identifier_key is not null
                or shared_starts.identifier_key is not null
                then 'shared'
            when pairs.probability < {{ var('identity_min_probability') }}
                then 'improbable'
        end as refused_because
    from pairs
    left join shared as shared_ends
        on pairs.to_key = shared_ends.identifier_key
    left join shared as shared_starts
        on pairs.from_key = shared_starts.identifier_key

)

select * from judged
