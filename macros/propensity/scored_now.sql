{#
    CTEs with what the champions of propensities say now, and the name of the last one,
    scored_now: the rows of propensity_history of the newest week that each champion scored.

    history, champions: CTEs with propensity_history and stg_propensity__champions.
#}
{% macro scored_now_ctes(history, champions) -%}

newest_scored as (

    select
        {{ history }}.run_id,
        max({{ history }}.as_of_week_start) as as_of_week_start
    from {{ history }}
    inner join {{ champions }}
        on {{ history }}.run_id = {{ champions }}.run_id
    group by {{ history }}.run_id

),

scored_now as (

    select {{ history }}.*
    from {{ history }}
    inner join newest_scored
        on
            {{ history }}.run_id = newest_scored.run_id
            and {{ history }}.as_of_week_start = newest_scored.as_of_week_start

)
{%- endmacro %}
