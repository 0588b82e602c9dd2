{#
    In which states customers of each persona are when they write so. Each customer counts
    as one: whoever writes in two states counts in both, in parts that add up to 1. A cell of
    fewer than five people has no row.

    The lift is p / q: p is the mean of these parts f over the G customers of the persona, q
    that of the parts g of all H customers who have a persona and a state. Its 95 % interval
    is by customer (customers are independent, conversations of one are not), on the
    logarithm: a customer adds (f - p) / (G p), if of the persona, minus (g - q) / (H q), and
    the variance is G / (G - 1) times the sum of squares (delta method; Katz et al. 1978,
    Biometrics 34:469-474, with customers who are in both samples), with Student's t of
    G - 1 degrees of freedom.
#}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

customer_states as (

    select * from {{ ref('int_persona_customer_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

everyone as (

    select distinct
        customer_id,
        state_key,
        part_of_all
    from customer_states

),

everyone_totals as (

    select cast(count(distinct customer_id) as {{ type_double() }}) as n_customers
    from everyone

),

everyone_sums as (

    select
        state_key,
        {{ exact_sum('part_of_all', 12) }} as parts,
        {{ exact_sum('part_of_all * part_of_all', 12) }} as squares
    from everyone
    group by state_key

),

author_totals as (

    select
        persona_id,
        cast(count(distinct customer_id) as {{ type_double() }}) as n_customers
    from customer_states
    group by persona_id

),

sums as (

    select
        persona_id,
        state_key,
        count(case when n_conversations > 0 then 1 end) as n_customers,
        cast(sum(n_conversations) as {{ dbt.type_bigint() }}) as n_conversations,
        {{ exact_sum('part', 12) }} as parts,
        {{ exact_sum('part * part', 12) }} as squares,
        {{ exact_sum('part * part_of_all', 12) }} as products,
        {{ exact_sum('part_of_all', 12) }} as parts_of_all
    from customer_states
    group by persona_id, state_key

),

compared as (

    select
        sums.persona_id,
        sums.state_key,
        sums.n_customers,
        sums.n_conversations,
        sums.parts / author_totals.n_customers as customer_share,
        everyone_sums.parts / everyone_totals.n_customers as share_of_all,
        sums.squares / power(sums.parts, 2) - 1 / author_totals.n_customers
        - 2 * (
            sums.products
            - sums.parts * sums.parts_of_all / author_totals.n_customers
        ) / (sums.parts * everyone_sums.parts)
        + everyone_sums.squares / power(everyone_sums.parts, 2)
        - 1 / everyone_totals.n_customers as sum_of_squares,
        author_totals.n_customers / (author_totals.n_customers - 1)
            as small_sample_factor,
        {{ student_quantile_start(
            as_double('1.959963984540054'), '(author_totals.n_customers - 1)'
        ) }} as deviations
    from sums
    inner join author_totals
        on sums.persona_id = author_totals.persona_id
    inner join everyone_sums
        on sums.state_key = everyone_sums.state_key
    cross join everyone_totals
    where sums.n_customers >= 5

),

bounded as (

    select
        *,
        customer_share / share_of_all as lift,
        deviations * sqrt(greatest(small_sample_factor * sum_of_squares, 0)) as reach
    from compared

),

described as (

    select
        personas.persona_key,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        bounded.n_customers,
        bounded.n_conversations,
        bounded.customer_share,
        bounded.share_of_all,
        bounded.lift,
        bounded.lift * exp(-bounded.reach) as lift_lower,
        bounded.lift * exp(bounded.reach) as lift_upper
    from bounded
    inner join personas
        on bounded.persona_id = personas.persona_id
    inner join states
        on bounded.state_key = states.state_key

)

select * from described
