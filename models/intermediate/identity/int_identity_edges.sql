{#
    Each two identifiers that were seen together, since when the pair is used, and why it
    is not, if so.

    An edge begins and never ends, so that one stitching answers for all weeks. An
    identifier that became shared has no edges at all, also not before; whose it was until
    then is added in int_customer_ids_as_of, where it joins nobody else.
#}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}

),

crowded_pairs as (

    select * from {{ ref('int_crowded_pairs') }}

),

suspected_pairs as (

    select * from {{ ref('int_suspected_pairs') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

-- Several accounts on one device that turned out to be one person's. What is beyond
-- max_others counts from the moment on in which that was known.
explained as (

    select
        suspected_pairs.identifier_key,
        suspected_pairs.other_key,
        coalesce(
            suspected_pairs.explained_at,
            max(suspected_pairs.explained_at) over identifiers_types
        ) as explained_at,
        coalesce(
            suspected_pairs.explained_week_start,
            max(suspected_pairs.explained_week_start) over identifiers_types
        ) as explained_week_start,
        suspected_pairs.place > suspected_pairs.max_others as is_beyond_limit
    from suspected_pairs
    window
        identifiers_types as (
            partition by
                suspected_pairs.identifier_key, suspected_pairs.other_type
        )

),

judged as (

    select
        pairs.from_key,
        pairs.to_key,
        case
            when explained.is_beyond_limit
                then greatest(pairs.first_seen_at, explained.explained_at)
            else pairs.first_seen_at
        end as first_seen_at,
        case
            when explained.is_beyond_limit
                then greatest(
                    pairs.first_week_start, explained.explained_week_start
                )
            else pairs.first_week_start
        end as first_week_start,
        pairs.last_seen_at,
        pairs.n_seen,
        pairs.source,
        pairs.probability,
        case
            when
                shared_ends.identifier_key is not null
                or shared_starts.identifier_key is not null
                then 'shared'
            when crowded_pairs.to_key is not null then 'too_many'
            when pairs.probability < {{ var('identity_min_probability') }}
                then 'improbable'
        end as refused_because
    from pairs
    left join shared as shared_ends
        on pairs.to_key = shared_ends.identifier_key
    left join shared as shared_starts
        on pairs.from_key = shared_starts.identifier_key
    left join crowded_pairs
        on
            pairs.from_key = crowded_pairs.from_key
            and pairs.to_key = crowded_pairs.to_key
    -- Where the identifier is shared nothing of it is used, so nothing waits.
    left join explained
        on
            shared_ends.identifier_key is null
            and pairs.to_key = explained.identifier_key
            and pairs.from_key = explained.other_key

)

select * from judged
