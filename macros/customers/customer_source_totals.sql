{#
    A CTE `totals` with what each customer did in each source.

    customer_events: a CTE with rows of int_customer_events that belong to somebody.
#}
{% macro customer_source_totals(customer_events) -%}

{%- set buys = is_purchase() ~ " or event_type = 'ride_completed'" -%}
-- One row per day first: counting different days of many rows would sort them.
days as (

    select
        customer_id,
        source,
        local_date,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        count(*) as n_events,
        count(case when {{ buys }} then 1 end) as n_bought,
        sum(
            cast(
                case when {{ buys }} then value_in_reporting_currency end
                as {{ type_exact(38, 4) }}
            )
        ) as spend
    from {{ customer_events }}
    group by customer_id, source, local_date

),

totals as (

    select
        customer_id,
        source,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        sum(n_events) as n_events,
        count(local_date) as n_active_days,
        sum(n_bought) as n_bought,
        sum(spend) as spend
    from days
    group by customer_id, source

)

{%- endmacro %}


{# The columns of these totals. #}
{% macro customer_source_columns() %}
    {{ return([
        'customer_id', 'source', 'first_event_at', 'last_event_at', 'n_events', 'n_active_days', 'n_bought', 'spend',
    ]) }}
{% endmacro %}


{# The columns of totals of several spans of weeks, added up by customer and source. #}
{% macro added_up_customer_sources() -%}

    customer_id,
        source,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        {%- for column in ['n_events', 'n_active_days', 'n_bought'] %}
        cast(sum({{ column }}) as {{ dbt.type_bigint() }}) as {{ column }},
        {%- endfor %}
        sum(spend) as spend

{%- endmacro %}
