{#
    CTEs that solve a Markov chain: the matrix of a step is squared until it is that of
    2^n_squarings steps, after which next to nothing is left on its way. The last of them
    is `solved`.

    matrix: a CTE with unit, goal, from_step, to_step and share; goal and exit lead to
    themselves. Sums are rounded: a sum over joined rows has no order, and a product that
    is too small for a double is an error in PostgreSQL.
#}
{% macro solved_chain(matrix, n_squarings=16) -%}

squared_0 as {{ computed_once() }} (

    select
        unit,
        goal,
        from_step,
        to_step,
        share
    from {{ matrix }}

),
{%- for number in range(1, n_squarings + 1) %}

squared_{{ number }} as {{ computed_once() }} (

    select
        first_half.unit,
        first_half.goal,
        first_half.from_step,
        second_half.to_step,
        cast(
            round(
                cast(
                    sum(first_half.share * second_half.share) as {{ type_exact() }}
                ), 15
            ) as {{ type_double() }}
        ) as share
    from squared_{{ number - 1 }} as first_half
    inner join squared_{{ number - 1 }} as second_half
        on
            first_half.unit = second_half.unit
            and first_half.goal = second_half.goal
            and first_half.to_step = second_half.from_step
    group by
        first_half.unit,
        first_half.goal,
        first_half.from_step,
        second_half.to_step
    having sum(first_half.share * second_half.share) > 1e-15

),
{%- endfor %}

solved as (

    select * from squared_{{ n_squarings }}

)
{%- endmacro %}
