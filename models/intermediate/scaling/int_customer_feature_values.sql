{#
    The features that models read, one a row, in the newest as-of week: after the transform
    of the seed customer_features, and before scaling. A null takes the default of the
    seed: a number, or the median of the customers who have a value. Without a default it
    stays null.

    transform log1p, default median    value   transformed
                                       3       ln(1 + 3)
                                       null    ln(1 + 3)
#}
with

customer_features as (

    select * from {{ ref('int_customer_features') }}

),

dictionary as (

    select * from {{ ref('customer_features') }}

),

newest as (

    select *
    from customer_features
    where
        as_of_week_start = (
            select max(latest.as_of_week_start) from customer_features as latest
        )

),

listed as (

    {% for feature in model_features() -%}
    select
        customer_id,
        as_of_week_start,
        '{{ feature }}' as feature,
        {{ model_feature_number(feature) }} as feature_value
    from newest
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

medians as (

    select
        feature,
        percentile_cont(0.5) within group (order by feature_value) as median_value
    from listed
    where feature_value is not null
    group by feature

),

filled as (

    select
        listed.customer_id,
        listed.as_of_week_start,
        listed.feature,
        dictionary.transform,
        listed.feature_value is null as is_missing,
        coalesce(
            listed.feature_value,
            case
                when dictionary.default_value = 'median' then medians.median_value
                else cast(dictionary.default_value as {{ type_double() }})
            end
        ) as feature_value
    from listed
    inner join dictionary
        on listed.feature = dictionary.feature
    left join medians
        on listed.feature = medians.feature

),

transformed as (

    select
        customer_id,
        as_of_week_start,
        feature,
        is_missing,
        case when transform = 'log1p' then ln(1 + feature_value) else feature_value end
            as feature_value
    from filled

)

select * from transformed
