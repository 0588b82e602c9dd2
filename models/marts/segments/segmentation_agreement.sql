{#
    How the segments of customers and the states of users overlap in the newest snapshot
    week, of customers who have both; and how much one says of the other: 2 I / (H + H'),
    with I the mutual information and H the entropies (scikit-learn's
    normalized_mutual_info_score). 0 is nothing, 1 is everything.
#}
with

members as (

    select * from {{ ref('customer_segments') }}

),

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

ranked as (

    select
        snapshots.customer_id,
        snapshots.state_key,
        members.segment_id,
        row_number() over (
            partition by snapshots.customer_id order by snapshots.revision desc
        ) as recency
    from snapshots
    inner join members
        on
            snapshots.customer_id = members.customer_id
            and snapshots.as_of_week_start = members.as_of_week_start

),

counted as (

    select
        segment_id,
        state_key,
        count(*) as n_customers
    from ranked
    where recency = 1 and state_key is not null
    group by segment_id, state_key

),

segment_totals as (

    select
        segment_id,
        sum(n_customers) as n_customers
    from counted
    group by segment_id

),

state_totals as (

    select
        state_key,
        sum(n_customers) as n_customers
    from counted
    group by state_key

),

totals as (

    select sum(n_customers) as n_customers
    from segment_totals

),

entropies as (

    select sum(part.entropy) as total_entropy
    from (
        {% for part in ['segment_totals', 'state_totals'] -%}
        select
            -{{ exact_sum(
                part ~ '.n_customers * ln(' ~ share(part ~ '.n_customers', 'totals.n_customers') ~ ')', 12
            ) }} / max(totals.n_customers) as entropy
        from {{ part }}
        cross join totals
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as part

),

information as (

    select
        {{ exact_sum(
            'counted.n_customers * ln('
            ~ share(
                'counted.n_customers * totals.n_customers',
                'segment_totals.n_customers * state_totals.n_customers'
            ) ~ ')', 12
        ) }} / max(totals.n_customers) as mutual_information
    from counted
    inner join segment_totals
        on counted.segment_id = segment_totals.segment_id
    inner join state_totals
        on counted.state_key = state_totals.state_key
    cross join totals

),

-- A pair that nobody is in has a row, too.
paired as (

    select
        segments.segment_id,
        segments.segment_key,
        segments.segment_name,
        state_totals.state_key,
        states.state_name,
        states.state_sort_name,
        coalesce(counted.n_customers, 0) as n_customers,
        {{ share('coalesce(counted.n_customers, 0)', 'segment_totals.n_customers') }}
            as share_of_segment,
        {{ share('coalesce(counted.n_customers, 0)', 'state_totals.n_customers') }}
            as share_of_state,
        {{ share(
            'coalesce(counted.n_customers, 0) * totals.n_customers',
            'segment_totals.n_customers * state_totals.n_customers'
        ) }} as lift,
        -- Neither says anything if both are one group; scikit-learn calls that equal.
        coalesce(
            2 * greatest(information.mutual_information, 0)
            / nullif(entropies.total_entropy, 0), 1
        ) as normalized_mutual_information,
        segments.run_id
    from segments
    inner join segment_totals
        on segments.segment_id = segment_totals.segment_id
    cross join state_totals
    left join counted
        on
            segments.segment_id = counted.segment_id
            and state_totals.state_key = counted.state_key
    left join states
        on state_totals.state_key = states.state_key
    cross join totals
    cross join information
    cross join entropies

)

select * from paired
