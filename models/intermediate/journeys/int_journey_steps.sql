{#
    Every event as a step of two journeys: that of its customer, and that of its session.
    Each step has those beside it, so that journeys need no second sort. A view: whole
    sessions are read from their customers' journeys, the others from int_split_steps.
#}
{{ config(materialized='view') }}
with

customer_steps as (

    select * from {{ ref('int_customer_steps') }}
    where customer_id is not null

),

split_steps as (

    select * from {{ ref('int_split_steps') }}

),

whole as (

    select customer_steps.*
    from customer_steps
    where
        not exists (
            select 1 from split_steps
            where customer_steps.session_key = split_steps.session_key
        )

),

combined as (

    select
        event_key,
        customer_id,
        session_key,
        platform,
        occurred_at,
        local_date,
        step,
        case when session_key is not null then customer_number end as session_number,
        case when is_in_session_before then customer_step_before end
            as session_step_before,
        case when is_in_session_after then customer_step_after end
            as session_step_after,
        customer_number,
        customer_step_before,
        customer_step_after
    from whole
    union all
    select
        event_key,
        customer_id,
        session_key,
        platform,
        occurred_at,
        local_date,
        step,
        session_number,
        session_step_before,
        session_step_after,
        customer_number,
        customer_step_before,
        customer_step_after
    from split_steps

)

select * from combined
