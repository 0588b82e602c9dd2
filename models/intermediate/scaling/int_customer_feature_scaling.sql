{#
    How the features of the newest as-of week are scaled, by the var
    customer_feature_scaling: scaled value = (value - centre) / spread.

    z_score   centre: mean       spread: standard deviation of these customers
    min_max   centre: minimum    spread: maximum less minimum
    none      centre: 0          spread: 1

    A feature with one value has spread 1.
#}
{%- set method = var('customer_feature_scaling') -%}

with

feature_values as (

    select * from {{ ref('int_customer_feature_values') }}

),

measured as (

    select
        as_of_week_start,
        feature,
        count(*) as n_customers,
        count(case when is_missing then 1 end) as n_missing,
        avg(feature_value) as mean_value,
        stddev_pop(feature_value) as standard_deviation,
        min(feature_value) as lowest_value,
        max(feature_value) as highest_value
    from feature_values
    group by as_of_week_start, feature

),

scaled as (

    select
        as_of_week_start,
        feature,
        '{{ method }}' as scaling_method,
        {% if method == 'z_score' -%}
        coalesce(mean_value, 0) as centre,
        case when highest_value > lowest_value then standard_deviation else 1 end
            as spread,
        {%- elif method == 'min_max' -%}
        coalesce(lowest_value, 0) as centre,
        case
            when highest_value > lowest_value then highest_value - lowest_value
            else 1
        end as spread,
        {%- else -%}
        cast(0 as {{ type_double() }}) as centre,
        cast(1 as {{ type_double() }}) as spread,
        {%- endif %}
        n_customers,
        n_missing,
        coalesce(highest_value = lowest_value, true) as is_constant
    from measured

)

select * from scaled
