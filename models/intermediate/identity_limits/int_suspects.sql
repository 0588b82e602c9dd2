{#
    Identifiers that met more stronger identifiers of one type than the seed
    identifier_rules allows, with each that they met, in the order of time.
#}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

weakest as (

    select max(priority) as priority from identifier_rules

),

meetings as (

    select
        pairs.to_key as identifier_key,
        pairs.from_type as other_type,
        pairs.from_key as other_key,
        pairs.first_seen_at as met_at,
        pairs.first_week_start as met_week_start,
        identifier_rules.max_others,
        identifier_rules.priority < weakest.priority as is_strong,
        count(*) over (
            partition by pairs.to_key, pairs.from_type
        ) as n_others
    from pairs
    inner join identifier_rules
        on pairs.to_type = identifier_rules.identifier_type
    cross join weakest
    where pairs.from_type <> pairs.to_type

),

suspects as (

    select
        meetings.*,
        row_number() over (
            partition by meetings.identifier_key, meetings.other_type
            order by meetings.met_at, meetings.other_key
        ) as place
    from meetings
    where meetings.n_others > meetings.max_others

)

select * from suspects
