{#
    CTEs with what the champions of propensities say now, and the name of the last one,
    scored_now: the rows of propensity_history of the newest week that each champion scored.
    They read the table twice, because PostgreSQL would copy all of a CTE that is read
    twice.

    champions: a CTE with stg_propensity__champions.
#}
{% macro scored_now_ctes(champions) -%}

newest_scored as (

    select
        history.run_id,
        max(history.as_of_week_start) as as_of_week_start
    from {{ ref('propensity_history') }} as history
    inner join {{ champions }}
        on history.run_id = {{ champions }}.run_id
    group by history.run_id

),

scored_now as (

    select history.*
    from {{ ref('propensity_history') }} as history
    inner join newest_scored
        on
            history.run_id = newest_scored.run_id
            and history.as_of_week_start = newest_scored.as_of_week_start

)
{%- endmacro %}
