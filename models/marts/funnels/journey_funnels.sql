{#
    How many reach each step of each funnel. Whoever reached a later step is counted at
    the earlier ones too.

    Over 170 lines, because a place is one step, or a number of them in any order.
#}
{%- set reached = [
    'ordered_in_window', 'ordered_ever', 'strict_in_window', 'strict_ever',
    'any_in_window', 'any_ever',
] -%}
with

reach as (

    select * from {{ ref('int_funnel_reach') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

places as (

    select
        funnel,
        position,
        title,
        {{ dbt.listagg('step', "' or '", 'order by step') }} as steps
    from funnel_steps
    group by funnel, position, title

),

-- Where the order does not matter, a place is a number of steps and not one of them.
any_steps as (

    select
        funnel,
        max(position) as n_places,
        {{ dbt.listagg('step', "' or '", 'order by position, step') }} as steps
    from funnel_steps
    group by funnel

),

-- There are few ways to come so far: everything below reads these.
ways as (

    select
        funnel,
        unit,
        {%- for column in reached %}
        {{ column }},
        {%- endfor %}
        count(*) as n_paths
    from reach
    group by
        funnel,
        unit,
        {{ reached | join(',\n        ') }}

),

counted as (

    {%- for column in reached %}
    {%- set counting, within = column.split('_')[0], column.split('_')[-1] %}
    select
        funnel,
        unit,
        '{{ counting }}' as counting,
        '{{ within }}' as within,
        {{ column }} as reached,
        sum(n_paths) as n_paths
    from ways
    {%- if counting == 'strict' %}
    where strict_ever > 0
    {%- endif %}
    group by funnel, unit, {{ column }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- Every place of every funnel: nobody is a zero, not a gap.
kinds as (

    select distinct
        funnel,
        unit,
        counting,
        within
    from counted

),

summed as (

    select
        places.funnel,
        kinds.unit,
        kinds.counting,
        kinds.within,
        places.position,
        places.steps,
        places.title,
        cast(
            coalesce(sum(counted.n_paths), 0) as {{ dbt.type_bigint() }}
        ) as n_reached
    from places
    inner join kinds
        on places.funnel = kinds.funnel
    left join counted
        on
            places.funnel = counted.funnel
            and places.position <= counted.reached
            and kinds.unit = counted.unit
            and kinds.counting = counted.counting
            and kinds.within = counted.within
    group by
        places.funnel,
        kinds.unit,
        kinds.counting,
        kinds.within,
        places.position,
        places.steps,
        places.title

),

compared as (

    select
        *,
        lag(n_reached) over funnel_order as n_before,
        first_value(n_reached) over funnel_order as n_first
    from summed
    window
        funnel_order as (
            partition by funnel, unit, counting, within
            order by position
        )

),

measured as (

    select
        compared.funnel,
        compared.unit,
        compared.counting,
        compared.within,
        compared.position,
        case
            when compared.counting = 'any' then any_steps.steps
            else compared.steps
        end as steps,
        case
            when compared.counting = 'any'
                then
                    'At least '
                    || cast(compared.position as {{ dbt.type_string() }})
                    || ' of the '
                    || cast(any_steps.n_places as {{ dbt.type_string() }})
                    || ' steps'
            else compared.title
        end as title,
        compared.n_reached,
        compared.n_before - compared.n_reached as n_dropped,
        cast(compared.n_reached as {{ type_double() }})
        / nullif(compared.n_first, 0) as share_of_first,
        cast(compared.n_reached as {{ type_double() }})
        / nullif(compared.n_before, 0) as share_of_step_before,
        {{ wilson_low('compared.n_reached', 'compared.n_before') }} as share_low,
        {{ wilson_high('compared.n_reached', 'compared.n_before') }} as share_high
    from compared
    inner join any_steps
        on compared.funnel = any_steps.funnel

)

select * from measured
