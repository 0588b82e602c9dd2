{#
    CTEs that say whose each event is: `decided` has event_key, occurred_at, anonymous_id and
    other columns of the event, and identifier_key, customer_id, is_by_last_login and
    is_on_shared_device.

    events: the CTE with the events: event_key, occurred_at, person_identifiers() and
    columns. It is read twice. columns: the columns of events that `decided` hands on.
#}
{% macro customer_of_event_ctes(events, columns=[]) -%}
{%- set own = ['event_key', 'occurred_at', 'anonymous_id'] -%}
{%- set handed_on = own + columns | reject('in', own) | list -%}
customer_identifiers as {{ read_each_time() }} (

    select * from {{ ref('int_customer_identifiers') }}

),

shared as (

    select distinct
        identifier_key,
        coalesce(was_one_persons, false) as was_one_persons
    from {{ ref('int_shared_identifiers') }}

),

-- One row: the priority of each type.
priorities as (

    select
        {%- for type in person_identifiers() %}
        min(case when identifier_type = '{{ type }}' then priority end)
            as {{ type }},
        {%- endfor %}
        count(*) as n_types
    from {{ ref('identifier_rules') }}

),

events_on_shared_devices as (

    select
        {{ events }}.*,
        shared.identifier_key as device_key,
        shared.was_one_persons
    from {{ events }}
    inner join shared
        on 'anonymous_id:' || {{ events }}.anonymous_id = shared.identifier_key

),

{{ identified_ctes('identified', events, handed_on) }},

{{ identified_ctes(
    'identified_on_shared_devices', 'events_on_shared_devices',
    own + ['device_key', 'was_one_persons']
) }},

followed as (

    select
        *,
        count(customer_id) over (
            partition by anonymous_id
            order by occurred_at, event_key
        ) as n_logins_so_far
    from identified_on_shared_devices

),

-- The login's own row is the first of its number.
after_logins as (

    select
        event_key,
        device_key,
        was_one_persons,
        max(identifier_key) over same_login as identifier_key,
        max(customer_id) over same_login as customer_id
    from followed
    window
        same_login as (
            partition by anonymous_id, n_logins_so_far
        )

),

-- Until the device was shared, its anonymous events were its own: int_shared_spells
-- says whose that was.
decided as (

    select
        identified.{{ handed_on | join(',\n        identified.') }},
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


{#
    Two CTEs; <name> has columns of events, and the strongest identifier of each that is a
    customer's, by the priority in the seed identifier_rules.
#}
{% macro identified_ctes(name, events, columns) -%}
{%- set types = person_identifiers() -%}
{%- set none_known = 2147483647 -%}
known_{{ name }} as (

    select
        {{ events }}.{{ columns | join(',\n        ' ~ events ~ '.') }},
        {%- for type in types %}
        {{ type }}_of.identifier_key as {{ type }}_key,
        {{ type }}_of.customer_id as {{ type }}_customer_id,
        case
            when {{ type }}_of.customer_id is not null then priorities.{{ type }}
            else {{ none_known }}
        end as {{ type }}_priority{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ events }}
    cross join priorities
    {%- for type in types %}
    left join customer_identifiers as {{ type }}_of
        on
            {{ type }}_of.identifier_type = '{{ type }}'
            and {{ events }}.{{ type }} = {{ type }}_of.identifier
    {%- endfor %}
    {{ kept_apart() }}

),

{{ name }} as (

    select
        {{ columns | join(',\n        ') }},
        {%- for column in ['key', 'customer_id'] %}
        case least({{ types | join('_priority, ') }}_priority)
            when {{ none_known }} then null
            {%- for type in types %}
            when {{ type }}_priority then {{ type }}_{{ column }}
            {%- endfor %}
        end as {{ 'identifier_key' if column == 'key' else column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from known_{{ name }}

)
{%- endmacro %}
