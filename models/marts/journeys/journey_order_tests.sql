{#
    Does what came before a step say anything about what comes after it? Pearson's
    chi-square of the table of steps before and steps after, for each step; `any_step` adds
    them up: the test of a chain of order 1 against one of order 2 (Anderson and Goodman
    1957). Steps before or after that are rarer than 20 visits are counted together.

    Over 170 lines, because the table of each step is made here, margins and empty cells
    included.
#}
{%- set least_visits = 20 -%}
with

triples as (

    select * from {{ ref('int_journey_triples') }}

),

summed as (

    select
        unit,
        step,
        step_before,
        step_after,
        sum(n_visits) as n_visits
    from triples
    group by unit, step, step_before, step_after

),

marked as (

    select
        summed.*,
        sum(summed.n_visits) over (
            partition by summed.unit, summed.step, summed.step_before
        ) as n_of_before,
        sum(summed.n_visits) over (
            partition by summed.unit, summed.step, summed.step_after
        ) as n_of_after
    from summed

),

pooled as (

    select
        unit,
        step,
        case when n_of_before >= {{ least_visits }} then step_before else 'rare' end
            as step_before,
        case when n_of_after >= {{ least_visits }} then step_after else 'rare' end
            as step_after,
        sum(n_visits) as n_visits
    from marked
    group by
        unit,
        step,
        case when n_of_before >= {{ least_visits }} then step_before else 'rare' end,
        case when n_of_after >= {{ least_visits }} then step_after else 'rare' end

),

befores as (

    select
        unit,
        step,
        step_before,
        sum(n_visits) as n_before
    from pooled
    group by unit, step, step_before

),

afters as (

    select
        unit,
        step,
        step_after,
        sum(n_visits) as n_after
    from pooled
    group by unit, step, step_after

),

totals as (

    select
        befores.unit,
        befores.step,
        sum(befores.n_before) as n_visits,
        count(*) as n_rows
    from befores
    group by befores.unit, befores.step

),

-- Every cell, also those without a visit.
cells as (

    select
        totals.unit,
        totals.step,
        befores.n_before,
        afters.n_after,
        cast(totals.n_visits as {{ type_double() }}) as n_visits,
        totals.n_rows,
        cast(coalesce(pooled.n_visits, 0) as {{ type_double() }}) as n_found,
        cast(befores.n_before as {{ type_double() }}) * afters.n_after
        / totals.n_visits as n_expected
    from totals
    inner join befores
        on
            totals.unit = befores.unit
            and totals.step = befores.step
    inner join afters
        on
            totals.unit = afters.unit
            and totals.step = afters.step
    left join pooled
        on
            befores.unit = pooled.unit
            and befores.step = pooled.step
            and befores.step_before = pooled.step_before
            and afters.step_after = pooled.step_after

),

by_step as (

    select
        unit,
        step,
        n_visits,
        round(
            cast(
                sum((n_found - n_expected) * (n_found - n_expected) / n_expected)
                as {{ type_exact() }}
            ), 9
        ) as chi_square,
        (n_rows - 1) * (count(*) / n_rows - 1) as degrees_of_freedom,
        least(n_rows - 1, count(*) / n_rows - 1) as least_side
    from cells
    group by unit, step, n_visits, n_rows

),

combined as (

    select
        unit,
        step,
        n_visits,
        chi_square,
        degrees_of_freedom,
        n_visits * nullif(least_side, 0) as most_chi_square
    from by_step
    union all
    select
        unit,
        'any_step' as step,
        sum(n_visits) as n_visits,
        sum(chi_square) as chi_square,
        sum(degrees_of_freedom) as degrees_of_freedom,
        sum(n_visits * nullif(least_side, 0)) as most_chi_square
    from by_step
    group by unit

),

typed as (

    select
        unit,
        step,
        cast(n_visits as {{ dbt.type_bigint() }}) as n_visits,
        cast(chi_square as {{ type_double() }}) as chi_square,
        cast(degrees_of_freedom as {{ dbt.type_int() }}) as degrees_of_freedom,
        sqrt(cast(chi_square as {{ type_double() }}) / most_chi_square) as cramers_v
    from combined

),

tested as (

    select
        unit,
        step,
        n_visits,
        chi_square,
        degrees_of_freedom,
        case
            when degrees_of_freedom > 0
                then {{ chi_square_p_value('chi_square', 'degrees_of_freedom') }}
        end as p_value,
        cramers_v
    from typed

)

select * from tested
