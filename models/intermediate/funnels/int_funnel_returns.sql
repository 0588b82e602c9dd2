{#
    What comes after each event of a customer in a funnel. A view, because drop-offs alone
    read it.
#}
{{ config(materialized='view') }}
{%- set places = range(1, longest_funnel() + 1) -%}
{%- set next = [] -%}
{%- for place in places -%}
    {%- do next.append(
        'min(case when funnel_events.position = ' ~ place
        ~ ' then funnel_events.occurred_at end) over later_events as next_' ~ place
    ) -%}
{%- endfor -%}
with

funnel_events as (

    select * from {{ ref('int_funnel_events') }}
    where unit = 'person'

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
