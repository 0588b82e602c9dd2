{#
    The chain of steps: what came next after each step, with `start` before the first one
    and `exit` after the last one. For everybody, and by the platform of the step.
#}
with

triples as (

    select * from {{ ref('int_journey_triples') }}

),

pairs as (

    select
        unit,
        platform,
        step as from_step,
        step_after as to_step,
        n_visits
    from triples
    union all
    select
        unit,
        platform,
        step_before as from_step,
        step as to_step,
        n_visits
    from triples
    where step_before = 'start'

),

counted as (

    {%- for population in ["'everybody'", "'platform: ' || platform"] %}
    select
        unit,
        {{ population }} as population,
        from_step,
        to_step,
        cast(sum(n_visits) as {{ dbt.type_bigint() }}) as n_transitions
    from pairs
    group by unit{{ ', platform' if not loop.first }}, from_step, to_step
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

totalled as (

    select
        *,
        cast(
            sum(n_transitions) over (partition by unit, population, from_step)
            as {{ dbt.type_bigint() }}
        ) as n_from
    from counted

),

measured as (

    select
        unit,
        population,
        from_step,
        to_step,
        n_transitions,
        n_from,
        cast(n_transitions as {{ type_double() }}) / n_from as share,
        {{ wilson_low('n_transitions', 'n_from') }} as share_low,
        {{ wilson_high('n_transitions', 'n_from') }} as share_high
    from totalled

)

select * from measured
