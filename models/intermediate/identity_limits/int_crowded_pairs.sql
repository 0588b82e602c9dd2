{#
    Pairs beyond the limit max_per_customer of the seed identifier_rules: of the identifiers
    of one type that an identifier was seen with, the first so many are used. Which ones
    these are never depends on later events, so what was used once stays in use.

    devices of user u, limit 2     d1 1 May, d2 3 May     d3 4 May
                                   used                   beyond
#}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

directed as (

    {% for own, other in (('from', 'to'), ('to', 'from')) -%}
    select
        from_key,
        to_key,
        {{ own }}_key as identifier_key,
        {{ other }}_type as other_type,
        first_seen_at,
        -- Of its own type an identifier is one itself.
        case when from_type = to_type then 1 else 0 end as n_own
    from pairs
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Few are crowded: only their pairs are put in order.
crowded as (

    select
        directed.identifier_key,
        directed.other_type,
        identifier_rules.max_per_customer
    from directed
    inner join identifier_rules
        on directed.other_type = identifier_rules.identifier_type
    group by
        directed.identifier_key,
        directed.other_type,
        identifier_rules.max_per_customer
    having
        count(*) + max(directed.n_own) > identifier_rules.max_per_customer

),

placed as (

    select
        directed.from_key,
        directed.to_key,
        directed.identifier_key,
        crowded.max_per_customer,
        directed.n_own + row_number() over (
            partition by directed.identifier_key, directed.other_type
            order by directed.first_seen_at, directed.from_key, directed.to_key
        ) as place
    from directed
    inner join crowded
        on
            directed.identifier_key = crowded.identifier_key
            and directed.other_type = crowded.other_type

),

-- A pair may be beyond the limit of both of its ends.
grouped as (

    select
        from_key,
        to_key,
        min(identifier_key) as crowded_key,
        max(max_per_customer) as max_per_customer
    from placed
    where place > max_per_customer
    group by from_key, to_key

)

select * from grouped
