{#
    The audiences of the seed, with values for what a file of an earlier version does not
    have. Priorities are ranks, so that no two audiences have the same one.
#}
{%- set seed = ref('audience_definitions') -%}
{%- set numbers = [
    'priority', 'moment_iso_weekday', 'moment_hour', 'cost_per_contact', 'cost_per_coupon',
] -%}
{%- set columns = {} -%}
{%- for column in (adapter.get_columns_in_relation(seed) if execute else []) -%}
    {%- do columns.update({column.name: column.dtype}) -%}
{%- endfor -%}

with

seeded as (

    select * from {{ seed }}

),

completed as (

    select
        audience,
        description,
        {%- for column in ['title', 'message', 'moment', 'state_keys'] %}
        {{ optional_column(columns or none, column, 'text') }} as {{ column }},
        {%- endfor %}
        {%- for column in numbers %}
        {{ optional_column(columns or none, column, 'number') }} as {{ column }},
        {%- endfor %}
        {{ optional_column(columns or none, 'write_without_effect', 'boolean') }}
            as write_without_effect,
        {{ trimmed_id(optional_column(columns or none, 'home_city', 'text')) }}
            as home_city
    from seeded

),

ranked as (

    select
        audience,
        description,
        message,
        moment,
        cast(moment_iso_weekday as {{ dbt.type_int() }}) as moment_iso_weekday,
        cast(moment_hour as {{ dbt.type_int() }}) as moment_hour,
        state_keys,
        home_city,
        coalesce(cast(cost_per_contact as {{ type_double() }}), 0) as cost_per_contact,
        coalesce(cast(cost_per_coupon as {{ type_double() }}), 0) as cost_per_coupon,
        cost_per_coupon is not null as has_coupon_cost,
        coalesce(write_without_effect, false) as write_without_effect,
        coalesce(title, replace(audience, '_', ' ')) as title,
        cast(
            row_number() over (
                order by
                    case when priority is null then 1 else 0 end,
                    priority,
                    audience
            ) as {{ dbt.type_int() }}
        ) as priority
    from completed

)

select * from ranked
