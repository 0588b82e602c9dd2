{#
    How the champion's segments fill and scale the features of customers: one row, with
    five columns per feature. Numbers are null for a feature that the fit left out.

    filled = value, else default, else the median of the week's customers if has_median;
    scaled = (transformed(filled) - centre) / spread
#}
{%- set double = type_double() %}

with

champion as (

    select * from {{ ref('stg_segments__champion') }}

),

scaling as (

    select * from {{ ref('stg_segments__feature_scaling') }}

),

dictionary as (

    select * from {{ ref('customer_features') }}

),

used as (

    select
        champion.run_id,
        scaling.feature,
        scaling.centre,
        scaling.spread,
        scaling.transform = 'log1p' as is_logarithm,
        dictionary.default_value = 'median' as has_median,
        case
            when dictionary.default_value <> 'median'
                then cast(dictionary.default_value as {{ double }})
        end as default_value
    from champion
    inner join scaling
        on champion.run_id = scaling.run_id
    inner join dictionary
        on scaling.feature = dictionary.feature
    where scaling.feature_position is not null

),

listed as (

    select
        {%- for feature in model_features() %}
        max(case when feature = '{{ feature }}' then default_value end)
            as default_{{ feature }},
        count(case when feature = '{{ feature }}' and has_median then 1 end) > 0
            as has_median_{{ feature }},
        count(case when feature = '{{ feature }}' and is_logarithm then 1 end) > 0
            as is_logarithm_{{ feature }},
        max(case when feature = '{{ feature }}' then centre end)
            as centre_{{ feature }},
        max(case when feature = '{{ feature }}' then spread end)
            as spread_{{ feature }},
        {%- endfor %}
        run_id
    from used
    group by run_id

)

select * from listed
