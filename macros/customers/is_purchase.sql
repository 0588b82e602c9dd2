{#
    Whether an event is a purchase: one by name, or a visit to a store with a till receipt.
    Rides are counted on their own.

    events: the CTE with the events; not needed if a query reads no other.
#}
{% macro is_purchase(events=none) -%}
    {%- set of = events ~ '.' if events else '' -%}
    ({{ of }}event_type = 'purchase'
        or ({{ of }}event_type = 'store_visit' and {{ of }}value_in_reporting_currency is not null))
{%- endmacro %}
