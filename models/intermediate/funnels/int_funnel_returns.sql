{#
    What comes after each event of a customer in a funnel. A view, because drop-offs alone
    read it. An event of the first place begins a chain of its own, so these events are read
    from the steps: int_funnel_events leaves some of them out.
#}
{{ config(materialized='view') }}
{%- set places = range(1, lengths_of_funnels().values() | max + 1) -%}
{%- set next = [] -%}
{%- for place in places -%}
    {%- do next.append(
        'min(case when funnel_events.position = ' ~ place
        ~ ' then funnel_events.occurred_at end) over later_events as next_' ~ place
    ) -%}
{%- endfor -%}
with

customer_steps as (

    select * from {{ ref('int_customer_steps') }}
    where customer_id is not null

),

first_steps as (

    select * from {{ ref('int_funnel_steps') }}
    where position = 1

),

later_places as (

    select * from {{ ref('int_funnel_events') }}
    where unit = 'person' and position > 1

),

funnel_events as (

    select
        first_steps.funnel,
        first_steps.position,
        customer_steps.customer_id as path_id,
        customer_steps.customer_number as number,
        customer_steps.platform,
        customer_steps.step,
        customer_steps.occurred_at,
        customer_steps.occurred_at as chain_began_at
    from customer_steps
    inner join first_steps
        on customer_steps.step = first_steps.step
    union all
    select
        funnel,
        position,
        path_id,
        number,
        platform,
        step,
        occurred_at,
        chain_began_at
    from later_places

),

-- The first event of each place after this one.
followed as (

    select
        funnel_events.*,
        {{ next | join(',\n        ') }}
    from funnel_events
    window
        later_events as (
            partition by path_id, funnel
            order by number desc
            rows between unbounded preceding and 1 preceding
        )

),

measured as (

    select
        funnel,
        path_id as customer_id,
        number,
        platform,
        position,
        step,
        occurred_at,
        chain_began_at,
        {{ next_of_place(places) }} as next_same_at,
        {{ next_after_place(places) }} as next_further_at
    from followed

)

select * from measured
