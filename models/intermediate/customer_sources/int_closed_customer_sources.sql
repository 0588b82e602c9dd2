{#
    What each customer did in each source before the first open week, added up: what the
    build before added up, and the weeks that were closed since. Empty where every week is
    open, as in a log with other events than rides.
#}
{%- set first_week = first_open_week(of_states=true, of_events=true) -%}
{%- set so_far = closed_so_far(first_week) %}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}
    where
        customer_id is not null
        and {{ is_closed_week('week_start', of_states=true, of_events=true) }}
        and week_start >= '{{ so_far or start_of_time() }}'

),

{{ customer_source_totals('customer_events') }},

pieces as (

    select
        {{ customer_source_columns() | join(',\n        ') }}
    from totals
    {%- if so_far %}
    union all
    select
        {{ customer_source_columns() | join(',\n        ') }}
    from {{ this }}
    {%- endif %}

),

added_up as (

    select
        {{ added_up_customer_sources() }},
        cast('{{ first_week }}' as date) as closed_before
    from pieces
    group by customer_id, source

)

select * from added_up
