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
        (feature_values.feature_value - scaling.centre) / scaling.spread
            as scaled_value
    from feature_values
    inner join scaling
        on feature_values.feature = scaling.feature

),

listed as (

    select
        {%- for feature in model_features() %}
        max(case when feature = '{{ feature }}' then scaled_value end)
            as {{ feature }},
        {%- endfor %}
        customer_id,
        as_of_week_start
    from scaled
    group by customer_id, as_of_week_start

)

select * from listed
