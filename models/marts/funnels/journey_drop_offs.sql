{#
    Who reached a step of a funnel, in order, and for the length of the window came neither
    to a later step nor back to this one. The moment at which the window was over is that
    of the drop-off, so each attempt drops off once, at its last step.

    window of 1 hour
    product  10:00  10:30           -> dropped off at 11:30, unless cart by then
    cart            10:40           -> dropped off at 11:40 (and not at product)
#}
{%- set window_seconds = var('journey_window_hours') * 3600 -%}
with

funnel_events as (

    select * from {{ ref('int_funnel_returns') }}

),

funnel_steps as (

    select distinct
        funnel,
        position,
        title,
        n_positions
    from {{ ref('int_funnel_steps') }}

),

customer_steps as (

    select * from {{ ref('int_customer_steps') }}

),

-- One row: how far the log goes.
log_end as {{ computed_once() }} (

    select max(occurred_at) as ends_at
    from customer_steps

),

-- How far each customer had come, in order, in this attempt or an earlier one.
followed as (

    select
        *,
        max(case when chain_began_at is not null then position end) over (
            partition by funnel, customer_id
            order by occurred_at asc
        ) as furthest_position
    from funnel_events

),

candidates as (

    select
        followed.*,
        funnel_steps.title,
        {{ seconds_after('followed.occurred_at', window_seconds) }}
            as window_ends_at
    from followed
    inner join funnel_steps
        on
            followed.funnel = funnel_steps.funnel
            and followed.position = funnel_steps.position
    where
        followed.position < funnel_steps.n_positions
        and followed.occurred_at
        <= {{ seconds_after('followed.chain_began_at', window_seconds) }}

),

dropped as (

    select
        candidates.funnel,
        candidates.position,
        candidates.step,
        candidates.title,
        candidates.customer_id,
        candidates.platform,
        candidates.occurred_at as reached_at,
        candidates.window_ends_at as dropped_at,
        candidates.next_further_at as resumed_at,
        candidates.next_further_at is null
        and candidates.next_same_at is null as is_open,
        candidates.furthest_position > candidates.position as went_further_before
    from candidates
    cross join log_end
    where
        candidates.window_ends_at <= log_end.ends_at
        and (
            candidates.next_same_at is null
            or candidates.next_same_at > candidates.window_ends_at
        )
        and (
            candidates.next_further_at is null
            or candidates.next_further_at > candidates.window_ends_at
        )

)

select * from dropped
