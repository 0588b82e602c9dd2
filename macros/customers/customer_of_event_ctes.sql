{#
    CTEs that say whose each event is: `decided` has event_key, identifier_key, customer_id,
    is_by_last_login and is_on_shared_device. The query has the CTEs customer_identifiers,
    shared and identifier_rules, which int_customer_events shows.

    events: the CTE with the events: event_key, occurred_at and person_identifiers().
#}
{% macro customer_of_event_ctes(events) -%}
{%- set types = person_identifiers() -%}
{%- set none_known = 2147483647 -%}
-- One row: the priority of each type.
priorities as (

    select
        {% for type in types %}
        min(case when identifier_type = '{{ type }}' then priority end)
            as {{ type }},
        {% endfor %}
        count(*) as n_types
    from identifier_rules

),

known as (

    select
        {% for type in types %}
        {{ type }}_of.identifier_key as {{ type }}_key,
        {{ type }}_of.customer_id as {{ type }}_customer_id,
        case
            when {{ type }}_of.customer_id is not null then priorities.{{ type }}
            else {{ none_known }}
        end as {{ type }}_priority,
        {% endfor %}
        {{ events }}.event_key,
        {{ events }}.occurred_at,
        {{ events }}.anonymous_id
    from {{ events }}
    cross join priorities
    {% for type in types %}
    left join customer_identifiers as {{ type }}_of
        on
            {{ type }}_of.identifier_type = '{{ type }}'
            and {{ events }}.{{ type }} = {{ type }}_of.identifier
    {% endfor %}
),

ranked as (

    select
        *,
        least(
            {{ types | join('_priority, ') }}_priority
        ) as best_priority
    from known

),

identified as (

    select
        event_key,
        occurred_at,
        anonymous_id,
        case
            when best_priority = {{ none_known }} then null
            {% for type in types %}
            when best_priority = {{ type }}_priority then {{ type }}_key
            {% endfor %}
        end as identifier_key,
        case
            when best_priority = {{ none_known }} then null
            {% for type in types %}
            when best_priority = {{ type }}_priority then {{ type }}_customer_id
            {% endfor %}
        end as customer_id
    from ranked

),

on_shared_devices as (

    select
        identified.*,
        shared.identifier_key as device_key,
        shared.was_one_persons,
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
        on_shared_devices.device_key,
        on_shared_devices.was_one_persons,
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

-- Until the device was shared, its anonymous events were its own: int_shared_spells
-- says whose that was.
decided as (

    select
        identified.event_key,
        case
            when identified.identifier_key is not null
                then identified.identifier_key
            when not after_logins.was_one_persons then after_logins.identifier_key
            when after_logins.identifier_key is null then after_logins.device_key
            else
                {{ login_key(
                    'after_logins.device_key', 'after_logins.identifier_key'
                ) }}
        end as identifier_key,
        coalesce(identified.customer_id, after_logins.customer_id)
            as customer_id,
        after_logins.customer_id is not null
        and identified.customer_id is null as is_by_last_login,
        after_logins.event_key is not null as is_on_shared_device
    from identified
    left join after_logins
        on identified.event_key = after_logins.event_key

)
{%- endmacro %}
