{#
    Whether an event is a purchase: one by name, or a visit to a store with a till receipt.
    Rides are counted on their own.
#}
{% macro is_purchase(events) -%}
    ({{ events }}.event_type = 'purchase'
        or ({{ events }}.event_type = 'store_visit' and {{ events }}.value_in_reporting_currency is not null))
{%- endmacro %}
