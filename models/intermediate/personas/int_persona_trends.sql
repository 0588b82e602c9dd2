{#
    Whether more is written like each persona now: its share of the conversations of the
    last 4 complete weeks, compared with that of the 12 before. Customers are independent,
    conversations of one are not, so the error is by customer: with N conversations in the
    4 weeks and the persona's share P, n of them one customer's and x of these the
    persona's (M, Q, m and y before), a customer adds (x - P n) / N - (y - Q m) / M, and the
    variance is G / (G - 1) times the sum of squares over G customers (ratio estimator,
    Cochran 1977, Sampling Techniques, 6.4).

    Emerging: at least five people write so now, and the change is above 0 at 5 %, divided
    by the number of personas (Bonferroni).
#}
{%- set n_recent, n_earlier = 4, 12 -%}

with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

weeks as (

    select * from {{ ref('int_persona_weeks') }}
    where weeks_back < {{ n_recent + n_earlier }}

),

counted as (

    select
        persona_conversations.customer_id,
        persona_conversations.persona_id,
        count(case when weeks.weeks_back < {{ n_recent }} then 1 end) as n_recent,
        count(case when weeks.weeks_back >= {{ n_recent }} then 1 end) as n_earlier
    from persona_conversations
    inner join weeks
        on persona_conversations.week_start = weeks.week_start
    group by persona_conversations.customer_id, persona_conversations.persona_id

),

customers as (

    select
        customer_id,
        cast(sum(n_recent) as {{ type_double() }}) as n_recent,
        cast(sum(n_earlier) as {{ type_double() }}) as n_earlier
    from counted
    group by customer_id

),

filled as (

    select
        personas.persona_id,
        customers.n_recent,
        customers.n_earlier,
        coalesce(counted.n_recent, 0) as n_recent_of_persona,
        coalesce(counted.n_earlier, 0) as n_earlier_of_persona
    from personas
    cross join customers
    left join counted
        on
            personas.persona_id = counted.persona_id
            and customers.customer_id = counted.customer_id

),

shares as (

    select
        *,
        sum(n_recent) over each_persona as n_all_recent,
        sum(n_earlier) over each_persona as n_all_earlier,
        {{ share(
            'sum(n_recent_of_persona) over each_persona', 'sum(n_recent) over each_persona'
        ) }} as recent_share,
        {{ share(
            'sum(n_earlier_of_persona) over each_persona', 'sum(n_earlier) over each_persona'
        ) }} as earlier_share
    from filled
    window each_persona as (partition by persona_id)

),

effects as (

    select
        *,
        (n_recent_of_persona - recent_share * n_recent) / nullif(n_all_recent, 0)
        - (n_earlier_of_persona - earlier_share * n_earlier)
        / nullif(n_all_earlier, 0) as effect
    from shares

),

summed as (

    select
        persona_id,
        recent_share,
        earlier_share,
        count(case when n_recent_of_persona > 0 then 1 end) as n_recent_customers,
        count(*) as n_customers,
        {{ exact_sum('effect * effect', 20) }} as sum_of_squares,
        0.025 / cast(count(*) over () as {{ type_double() }}) as tail
    from effects
    group by persona_id, recent_share, earlier_share

),

compared as (

    select
        persona_id,
        recent_share,
        earlier_share,
        n_recent_customers,
        (recent_share - earlier_share) / nullif(
            sqrt(sum_of_squares * n_customers / nullif(n_customers - 1, 0)), 0
        ) as growth_z,
        {{ normal_upper_quantile('tail') }} as least_z
    from summed

),

judged as (

    select
        persona_id,
        recent_share,
        earlier_share,
        n_recent_customers,
        growth_z,
        n_recent_customers >= 5 and coalesce(growth_z > least_z, false)
            as is_emerging
    from compared

)

select * from judged
