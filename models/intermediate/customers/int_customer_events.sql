{#
    Whose each event is: the customer of its strongest identifier. An anonymous event of a
    shared device belongs to the login that was last before it there, and to nobody if
    there was none.
#}
{%- set types = person_identifiers() -%}
{#- As ranked by the seed identifier_rules. -#}
{%- set by_strength = [
    'user_id', 'crm_id', 'email', 'email_sha256', 'phone', 'anonymous_id',
] -%}

with

events as (

    select * from {{ ref('int_events') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

identified as (

    select
        events.event_key,
        events.occurred_at,
        events.anonymous_id,
        coalesce(
            {% for type in by_strength %}
            {{ type }}_of.identifier_key{{ ',' if not loop.last }}
            {% endfor %}
        ) as identifier_key,
        coalesce(
            {% for type in by_strength %}
            {{ type }}_of.customer_id{{ ',' if not loop.last }}
            {% endfor %}
        ) as customer_id
    from events
    {% for type in types %}
    left join customer_identifiers as {{ type }}_of
        on
            {{ type }}_of.identifier_type = '{{ type }}'
            and events.{{ type }} = {{ type }}_of.identifier
    {% endfor %}
),

on_shared_devices as (

    select
        identified.*,
        count(identified.customer_id) over (
            partition by identified.anonymous_id
            order by identified.occurred_at, identified.event_key
        ) as n_logins_so_far
    from identified
    inner join shared
        on 'anonymous_id:' || identified.anonymous_id = shared.identifier_key

),

-- The login's own row is the first of its number.
after_logins as (

    select
        on_shared_devices.event_key,
        max(on_shared_devices.identifier_key) over same_login as identifier_key,
        max(on_shared_devices.customer_id) over same_login as customer_id
    from on_shared_devices
    window
        same_login as (
            partition by
                on_shared_devices.anonymous_id,
                on_shared_devices.n_logins_so_far
        )

),

decided as (

    select
        identified.event_key,
        coalesce(identified.identifier_key, after_logins.identifier_key)
            as identifier_key,
        coalesce(identified.customer_id, after_logins.customer_id)
            as customer_id,
        after_logins.customer_id is not null
        and identified.customer_id is null as is_by_last_login
    from identified
    left join after_logins
        on identified.event_key = after_logins.event_key

)

select * from decided
