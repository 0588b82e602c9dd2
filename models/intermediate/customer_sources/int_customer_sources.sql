{#
    What each customer did in each source, in hindsight. What was before the first open week
    is added up already.
#}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}
    where
        customer_id is not null
        and {{ is_open_week('week_start', of_states=true, of_events=true) }}

),

-- Those of another first open week are left over from an earlier build.
closed_sources as (

    select * from {{ ref('int_closed_customer_sources') }}
    where
        closed_before = '{{ first_open_week(of_states=true, of_events=true) }}'

),

{{ customer_source_totals('customer_events') }},

pieces as (

    select
        {{ customer_source_columns() | join(',\n        ') }}
    from totals
    union all
    select
        {{ customer_source_columns() | join(',\n        ') }}
    from closed_sources

),

added_up as (

    select
        {{ added_up_customer_sources() }}
    from pieces
    group by customer_id, source

)

select * from added_up
