{#
    When each persona writes: the share of its messages in each hour of the day, with a
    95 % interval. Customers are independent, messages of one are not. With n messages of
    a customer, x of them in the hour, N of all G customers, and the share p, the variance of
    p is G / (G - 1) times the sum of (x - p n)² / N² (ratio estimator, Cochran 1977,
    Sampling Techniques, 6.4).

    The interval is Wilson's with as many messages as would have that variance if they were
    independent, p (1 - p) / variance (Korn & Graubard 1998, Survey Methodology 24:193-201),
    and no more than there are; with as many as there are customers where p is 0 or 1; and
    with Student's t of G - 1 degrees of freedom instead of the normal deviate.
#}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

messages as (

    select * from {{ ref('int_messages') }}

),

hours as (

    select
        persona_conversations.persona_id,
        persona_conversations.customer_id,
        cast({{ hour_of_day('messages.sent_local') }} as {{ dbt.type_int() }})
            as hour_of_day,
        cast(count(*) as {{ type_double() }}) as n_messages
    from persona_conversations
    inner join messages
        on
            persona_conversations.conversation_key = messages.conversation_key
    group by
        persona_conversations.persona_id,
        persona_conversations.customer_id,
        cast({{ hour_of_day('messages.sent_local') }} as {{ dbt.type_int() }})

),

customers as (

    select
        persona_id,
        customer_id,
        sum(n_messages) as n_messages
    from hours
    group by persona_id, customer_id

),

totals as (

    select
        persona_id,
        cast(count(*) as {{ type_double() }}) as n_customers,
        sum(n_messages) as n_messages,
        sum(n_messages * n_messages) as sum_of_squares
    from customers
    group by persona_id

),

sums as (

    select
        hours.persona_id,
        hours.hour_of_day,
        sum(hours.n_messages) as n_messages,
        sum(hours.n_messages * hours.n_messages) as sum_of_squares,
        sum(hours.n_messages * customers.n_messages) as sum_of_products
    from hours
    inner join customers
        on
            hours.persona_id = customers.persona_id
            and hours.customer_id = customers.customer_id
    group by hours.persona_id, hours.hour_of_day

),

filled as (

    select
        personas.persona_key,
        each_hour.hour_of_day,
        totals.n_customers,
        totals.n_messages as n_all_messages,
        totals.sum_of_squares as sum_of_all_squares,
        coalesce(sums.n_messages, 0) as n_messages,
        coalesce(sums.sum_of_squares, 0) as sum_of_squares,
        coalesce(sums.sum_of_products, 0) as sum_of_products,
        coalesce(sums.n_messages, 0) / totals.n_messages as message_share,
        {{ share(
            'sum(sums.n_messages) over (partition by each_hour.hour_of_day)',
            'sum(sums.n_messages) over ()'
        ) }} as share_of_all
    from personas
    inner join totals
        on personas.persona_id = totals.persona_id
    {{ expanded(24, 'each_hour', 'hour_of_day') }}
    left join sums
        on
            personas.persona_id = sums.persona_id
            and each_hour.hour_of_day = sums.hour_of_day

),

varied as (

    select
        *,
        nullif(n_customers - 1, 0) as degrees_of_freedom,
        n_customers / nullif(n_customers - 1, 0) * (
            sum_of_squares - 2 * message_share * sum_of_products
            + message_share * message_share * sum_of_all_squares
        ) / power(n_all_messages, 2) as variance
    from filled

),

weighed as (

    select
        *,
        {{ student_quantile_start(
            as_double('1.959963984540054'), 'degrees_of_freedom'
        ) }} as deviations,
        case
            when n_customers < 2 then null
            when message_share in (0, 1) then n_customers
            when message_share * (1 - message_share) < n_all_messages * variance
                then message_share * (1 - message_share) / variance
            else n_all_messages
        end as n_independent
    from varied

),

bounded as (

    select
        persona_key,
        hour_of_day,
        cast(n_messages as {{ dbt.type_bigint() }}) as n_messages,
        message_share,
        {{ wilson_low(
            'message_share * n_independent', 'n_independent', 'deviations'
        ) }} as share_lower,
        {{ wilson_high(
            'message_share * n_independent', 'n_independent', 'deviations'
        ) }} as share_upper,
        coalesce(share_of_all, 0) as share_of_all
    from weighed

)

select * from bounded
