{#
    Customers who bought in the window, in a grid of three by three by three: how recently,
    how often, and how much. Each score goes from 1 to 3 by terciles of these customers;
    equal customers have equal scores, so the thirds are not always of one size.
#}
{%- set measures = {
    'recency': '-days_since_last_purchase',
    'frequency': 'n_purchases + n_rides',
    'value': 'spend',
} -%}

with

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

ranked as (

    select
        snapshots.*,
        row_number() over (
            partition by snapshots.customer_id order by snapshots.revision desc
        ) as recency_rank
    from snapshots
    where
        snapshots.as_of_week_start = (
            select max(latest.as_of_week_start) from snapshots as latest
        )

),

buyers as (

    select
        customer_id,
        as_of_week_start,
        {%- for measure, expression in measures.items() %}
        {{ expression }} as {{ measure }},
        {%- endfor %}
        days_since_last_purchase,
        n_purchases + n_rides as n_purchases,
        spend
    from ranked
    where
        recency_rank = 1
        and days_since_last_purchase is not null

),

terciles as (

    select
        {%- for measure in measures %}
        percentile_cont(1 / 3.0) within group (order by {{ measure }})
            as lower_{{ measure }},
        percentile_cont(2 / 3.0) within group (order by {{ measure }})
            as upper_{{ measure }},
        {%- endfor %}
        as_of_week_start
    from buyers
    group by as_of_week_start

),

scored as (

    select
        {%- for measure in measures %}
        case
            when buyers.{{ measure }} > terciles.upper_{{ measure }} then 3
            when buyers.{{ measure }} > terciles.lower_{{ measure }} then 2
            else 1
        end as {{ measure }}_score,
        {%- endfor %}
        buyers.days_since_last_purchase,
        buyers.n_purchases,
        buyers.spend
    from buyers
    inner join terciles
        on buyers.as_of_week_start = terciles.as_of_week_start

),

counted as (

    select
        {%- for measure in measures %}
        {{ measure }}_score,
        {%- endfor %}
        count(*) as n_customers,
        {{ exact_sum('spend') }} as spend,
        min(days_since_last_purchase) as least_days,
        max(days_since_last_purchase) as most_days,
        min(n_purchases) as least_purchases,
        max(n_purchases) as most_purchases,
        min(spend) as least_spend,
        max(spend) as most_spend
    from scored
    group by {{ measures | join('_score, ') }}_score

),

-- All 27 cells, if there are buyers at all: nobody is a zero, not a gap.
cells as (

    select
        {%- for measure in measures %}
        {{ measure }}_scores.number + 1 as {{ measure }}_score,
        {%- endfor %}
        terciles.as_of_week_start
    from terciles
    {{ expanded('3', 'recency_scores', 'number') }}
    {{ expanded('3', 'frequency_scores', 'number') }}
    {{ expanded('3', 'value_scores', 'number') }}

),

filled as (

    select
        cells.recency_score,
        cells.frequency_score,
        cells.value_score,
        cells.as_of_week_start,
        coalesce(counted.n_customers, 0) as n_customers,
        coalesce(counted.spend, 0) as spend,
        coalesce({{ share(
            'counted.n_customers', 'sum(counted.n_customers) over ()'
        ) }}, 0) as customer_share,
        coalesce({{ share(
            'counted.spend', 'sum(counted.spend) over ()'
        ) }}, 0) as spend_share,
        cast(counted.least_days as {{ dbt.type_int() }}) as least_days,
        cast(counted.most_days as {{ dbt.type_int() }}) as most_days,
        cast(counted.least_purchases as {{ dbt.type_bigint() }}) as least_purchases,
        cast(counted.most_purchases as {{ dbt.type_bigint() }}) as most_purchases,
        counted.least_spend,
        counted.most_spend
    from cells
    left join counted
        on
            cells.recency_score = counted.recency_score
            and cells.frequency_score = counted.frequency_score
            and cells.value_score = counted.value_score

)

select * from filled
