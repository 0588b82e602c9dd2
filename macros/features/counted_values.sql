{#
    How often the requests of each user had each value of an attribute, and when last: a row
    for each user, attribute and value, nulls included. A city counts together with its
    country.

    rides: a relation with the columns of int_rides.
#}
{% macro counted_values(rides) -%}

    {%- for attribute in ['city', 'platform', 'payment_mode', 'used_time_zone'] %}
    select
        user_id,
        '{{ attribute }}' as attribute_name,
        {{ attribute }} as attribute_value,
        {{ 'country' if attribute == 'city' else 'null' }} as country,
        count(*) as n_requests,
        max(requested_at) as last_requested_at
    from {{ rides }}
    group by user_id, {{ attribute }}{{ ', country' if attribute == 'city' }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

{%- endmacro %}
