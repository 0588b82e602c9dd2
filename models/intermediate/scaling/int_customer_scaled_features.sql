{#
    The features that models read, scaled, in the newest as-of week: a column each.
    int_customer_feature_scaling says how.
#}
with

feature_values as (

    select * from {{ ref('int_customer_feature_values') }}

),

scaling as (

    select * from {{ ref('int_customer_feature_scaling') }}

),

scaled as (

    select
        feature_values.customer_id,
        feature_values.as_of_week_start,
        feature_values.feature,
        (feature_values.value - scaling.centre) / scaling.scale as value
    from feature_values
    inner join scaling
        on feature_values.feature = scaling.feature

),

listed as (

    select
        customer_id,
        as_of_week_start,
        {%- for feature in model_features() %}
        max(case when feature = '{{ feature }}' then value end) as {{ feature }}{{ ',' if not loop.last }}
        {%- endfor %}
    from scaled
    group by customer_id, as_of_week_start

)

select * from listed
