{#
    The identifiers that became shared later, each with those that it met, by strength. Those
    that are shared themselves say nothing.
#}
with

shared as (

    select distinct
        identifier_key,
        shared_week_start,
        was_one_persons
    from {{ ref('int_shared_identifiers') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

meetings as (

    select
        shared.identifier_key,
        shared.shared_week_start,
        pairs.from_key as other_key,
        pairs.first_seen_at,
        pairs.first_week_start,
        row_number() over (
            partition by shared.identifier_key
            order by identifiers.priority, pairs.first_seen_at, pairs.from_key
        ) as strength
    from pairs
    inner join shared
        on
            pairs.to_key = shared.identifier_key
            and shared.was_one_persons
    inner join identifiers
        on pairs.from_key = identifiers.identifier_key
    left join shared as shared_others
        on pairs.from_key = shared_others.identifier_key
    where shared_others.identifier_key is null

)

select * from meetings
