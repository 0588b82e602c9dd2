{#
    The experiments of the seed, with their days as instants, the kind and name of their
    population, and how many standard deviations their alpha and power are.
#}
with

seeded as (

    select * from {{ ref('experiments') }}

),

split as (

    select
        *,
        {{ dbt.split_part('population', "':'", 1) }} as population_kind,
        alpha / 2 as half_alpha,
        1 - power as missed
    from seeded

),

completed as (

    select
        experiment,
        title,
        description,
        population,
        population_kind,
        assigned_by,
        starts_on,
        ends_on,
        follow_days,
        metrics,
        alpha,
        power,
        minimal_effect,
        substr(population, length(population_kind) + 2) as population_name,
        {{ instant_of(
            at_hour('starts_on', 0), "'" ~ var('default_time_zone') ~ "'"
        ) }} as starts_at,
        {{ instant_of(
            at_hour(add_days('ends_on', 1), 0), "'" ~ var('default_time_zone') ~ "'"
        ) }} as ends_at,
        {{ normal_upper_quantile('half_alpha') }} as alpha_deviations,
        {{ normal_upper_quantile('missed') }} as power_deviations
    from split

)

select * from completed
