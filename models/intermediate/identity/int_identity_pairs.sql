{#
    Each two identifiers that were seen together, the stronger one first. Blocked ones are
    left out: "none" was seen with everybody. An e-mail and its hash belong together once
    both were seen, in whatever events.
#}
{%- set types = person_identifiers() -%}

with

sightings as (

    select * from {{ ref('int_identity_sightings') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

emails as (

    select
        *,
        {{ one_way_hash('identifier') }} as email_sha256
    from identifiers
    where identifier_type = 'email'

),

couples as (

    select
        emails.identifier_key as one_key,
        hashed.identifier_key as other_key,
        'hash of the e-mail' as source,
        greatest(emails.first_seen_at, hashed.first_seen_at) as first_seen_at,
        greatest(emails.first_week_start, hashed.first_week_start)
            as first_week_start,
        greatest(emails.first_seen_at, hashed.first_seen_at) as last_seen_at,
        0 as n_seen,
        1 as probability
    from emails
    inner join identifiers as hashed
        on
            hashed.identifier_type = 'email_sha256'
            and emails.email_sha256 = hashed.identifier
    union all
    {% for type in types %}
    select
        '{{ type }}:' || least({{ type }}, twin) as one_key,
        '{{ type }}:' || greatest({{ type }}, twin) as other_key,
        source,
        first_seen_at,
        first_week_start,
        last_seen_at,
        n_seen,
        probability
    from sightings
    where {{ type }} is not null and twin is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- for other in types[loop.index:] %}
    select
        '{{ type }}:' || {{ type }} as one_key,
        '{{ other }}:' || {{ other }} as other_key,
        source,
        first_seen_at,
        first_week_start,
        last_seen_at,
        n_seen,
        probability
    from sightings
    where {{ type }} is not null and {{ other }} is not null
    union all
    {%- endfor %}
    {%- endfor %}
),

grouped as (

    select
        one_key,
        other_key,
        min(first_seen_at) as first_seen_at,
        min(first_week_start) as first_week_start,
        max(last_seen_at) as last_seen_at,
        sum(n_seen) as n_seen,
        min(source) as source,
        max(probability) as probability
    from couples
    group by one_key, other_key

),

ordered as (

    select
        grouped.first_seen_at,
        grouped.first_week_start,
        grouped.last_seen_at,
        grouped.n_seen,
        grouped.source,
        grouped.probability,
        case
            when one.priority < other.priority then one.identifier_key
            else other.identifier_key
        end as from_key,
        case
            when one.priority < other.priority then other.identifier_key
            else one.identifier_key
        end as to_key,
        case
            when one.priority < other.priority then one.identifier_type
            else other.identifier_type
        end as from_type,
        case
            when one.priority < other.priority then other.identifier_type
            else one.identifier_type
        end as to_type
    from grouped
    inner join identifiers as one
        on grouped.one_key = one.identifier_key
    inner join identifiers as other
        on grouped.other_key = other.identifier_key
    where
        not one.is_blocked
        and not other.is_blocked

)

select * from ordered
