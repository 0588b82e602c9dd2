{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail'
) }}
{#
    Every name that people saw for a state. A build adds a row when the name of a key
    differs from the last one recorded; rows are never changed.
#}
with

current_names as (

    select * from {{ ref('int_state_names') }}

),

{% if is_incremental() -%}
recorded as (

    select
        state_key,
        state_name,
        revision,
        row_number() over (partition by state_key order by revision desc)
            as recency
    from {{ this }}

),

newest as (

    select
        state_key,
        state_name,
        revision
    from recorded
    where recency = 1

),

{% endif -%}
changed as (

    select
        current_names.state_key,
        {% if is_incremental() -%}
        coalesce(newest.revision, 0) + 1 as revision,
        {%- else -%}
        1 as revision,
        {%- endif %}
        {{ dbt.current_timestamp() }} as named_at,
        current_names.state_name,
        current_names.name_source
    from current_names
    {% if is_incremental() -%}
    left join newest
        on current_names.state_key = newest.state_key
    where
        current_names.name_source <> 'fixed'
        and current_names.state_name
        is distinct from newest.state_name
    {%- else -%}
    where current_names.name_source <> 'fixed'
    {%- endif %}

)

select * from changed
