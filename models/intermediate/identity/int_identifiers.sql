{# Every identifier: since when and how often it was seen, and whether it is blocked. #}
with

sightings as (

    select * from {{ ref('int_identity_sightings') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

single as (

    {% for type in person_identifiers() %}
    select
        '{{ type }}' as identifier_type,
        {{ type }} as identifier,
        first_seen_at,
        first_week_start,
        last_seen_at,
        n_seen
    from sightings
    where {{ type }} is not null
    union all
    select
        '{{ type }}' as identifier_type,
        twin as identifier,
        first_seen_at,
        first_week_start,
        last_seen_at,
        n_seen
    from sightings
    where twin is not null and {{ type }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

grouped as (

    select
        identifier_type,
        identifier,
        min(first_seen_at) as first_seen_at,
        min(first_week_start) as first_week_start,
        max(last_seen_at) as last_seen_at,
        sum(n_seen) as n_seen
    from single
    group by identifier_type, identifier

),

judged as (

    select
        grouped.identifier_type || ':' || grouped.identifier as identifier_key,
        grouped.identifier_type,
        grouped.identifier,
        identifier_rules.priority,
        grouped.first_seen_at,
        grouped.first_week_start,
        grouped.last_seen_at,
        grouped.n_seen,
        {{ matches(
            'lower(grouped.identifier)', 'identifier_rules.blocked_pattern'
        ) }} as is_blocked
    from grouped
    inner join identifier_rules
        on grouped.identifier_type = identifier_rules.identifier_type

)

select * from judged
