{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['as_of_week_start']}],
    pre_hook=["{{ without_compilation() }}", "{{ without_nested_loops() }}"],
) }}
{#
    Every score that a champion gave, as it was given. The parameters are read when dbt
    compiles the model (macros/propensity), and the SQL has them as numbers: a logistic
    regression as a sum, trees as nested CASE, calibration as a formula or as steps. It has
    the names of targets and classes as well, because a join of constants takes longer than
    the scores. Each build scores the customers of the newest as-of week whom the champion
    has not scored yet.
#}
{%- set champions = propensity_champions() %}
{%- set recorded_rows = rows_so_far(this, {
    'customer_id': dbt.type_string(), 'as_of_week_start': 'date', 'run_id': dbt.type_string(),
}) %}

with

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

newest_week as (

    select max(as_of_week_start) as as_of_week_start
    from {{ ref('customer_snapshots') }}

),

-- Few customers have more than one revision. Ranking all would sort whole rows.
revised as (

    select
        later.customer_id,
        max(later.revision) as revision
    from {{ ref('customer_snapshots') }} as later
    inner join newest_week
        on later.as_of_week_start = newest_week.as_of_week_start
    where later.revision > 0
    group by later.customer_id

),

-- Read once, it costs less where it is read.
numbers as {{ computed_once() if champions | length > 1 else '' }} (

    select
        snapshots.customer_id,
        snapshots.as_of_week_start,
        {{ snapshot_numbers(champions, 'snapshots') }}
        snapshots.revision
    from snapshots
    left join revised
        on snapshots.customer_id = revised.customer_id
    where
        snapshots.as_of_week_start
        = (select newest_week.as_of_week_start from newest_week)
        and snapshots.revision = coalesce(revised.revision, 0)

),

{% for champion in champions -%}
{{ propensity_score_ctes(champion, 'model_' ~ loop.index, 'numbers') }},

{% endfor -%}
scored as (

    {%- set is_first = namespace(value=true) %}
    {%- for champion in champions %}
    {%- set probabilities = 'model_' ~ loop.index ~ '_probabilities' %}
    {%- for class in champion['classes'] if class['is_forecast'] %}
    {% if not is_first.value %}union all{% endif %}
    {%- set is_first.value = false %}
    select
        customer_id,
        as_of_week_start,
        revision,
        '{{ dbt.escape_single_quotes(champion['target']) }}' as target,
        '{{ dbt.escape_single_quotes(class['name']) }}' as outcome_class,
        '{{ dbt.escape_single_quotes(champion['run_id']) }}' as run_id,
        score_{{ class['number'] }} as score,
        probability_{{ class['number'] }} as probability
    from {{ probabilities }}
    {%- endfor %}
    {%- endfor %}
    {%- if is_first.value %}
    select
        customer_id,
        as_of_week_start,
        revision,
        cast(null as {{ dbt.type_string() }}) as target,
        cast(null as {{ dbt.type_string() }}) as outcome_class,
        cast(null as {{ dbt.type_string() }}) as run_id,
        cast(null as {{ type_double() }}) as score,
        cast(null as {{ type_double() }}) as probability
    from numbers
    where false
    {%- endif %}

),

recorded as (

    select
        earlier.run_id,
        earlier.customer_id
    from {{ recorded_rows }} as earlier
    inner join newest_week
        on earlier.as_of_week_start = newest_week.as_of_week_start

),

added as (

    select
        scored.target,
        scored.customer_id,
        scored.as_of_week_start,
        scored.outcome_class,
        scored.run_id,
        scored.revision,
        scored.score,
        scored.probability,
        {{ dbt.current_timestamp() }} as known_at
    from scored
    left join recorded
        on
            scored.run_id = recorded.run_id
            and scored.customer_id = recorded.customer_id
    where recorded.customer_id is null

)

select * from added
