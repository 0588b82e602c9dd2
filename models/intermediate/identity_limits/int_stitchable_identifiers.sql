{{ config(materialized='view') }}
{#
    The identifiers that customers are made of: neither blocked nor shared. A shared one
    that had met nobody for a week or longer stays: it is a customer without any others.
#}
with

identifiers as (

    select * from {{ ref('int_identifiers') }}
    where not is_blocked

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}
    where not was_alone

),

stitchable as (

    select
        identifiers.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier,
        identifiers.priority,
        identifiers.first_seen_at,
        identifiers.first_week_start,
        identifiers.last_seen_at,
        identifiers.n_seen,
        identifiers.is_blocked
    from identifiers
    left join shared
        on identifiers.identifier_key = shared.identifier_key
    where shared.identifier_key is null

)

select * from stitchable
