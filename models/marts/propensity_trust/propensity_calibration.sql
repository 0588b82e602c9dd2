{#
    How far forecasts were from what came, week by week: at the fit, on customers whom the
    champion had not seen, and live, of what was published then and whose horizon has passed
    by now.
#}
{#- What is averaged over the customers of a week. -#}
{%- set means = {
    'mean_forecast': 'mean_forecast',
    'observed_rate': 'observed_rate',
    'calibration_error': 'abs(mean_forecast - observed_rate)',
    'mean_square': 'mean_forecast * mean_forecast',
    'mean_product': 'mean_forecast * observed_rate',
} -%}

with

results as (

    select * from {{ ref('propensity_results') }}

),

classes as (

    select * from {{ ref('int_propensity_classes') }}

),

judged_weeks as (

    select * from {{ ref('stg_propensity__judged_weeks') }}

),

by_week as (

    select
        target,
        outcome_class,
        as_of_week_start,
        cast(sum(n_customers) as {{ dbt.type_bigint() }}) as n_customers,
        {%- for name, value in means.items() %}
        sum(n_customers * {{ value }}) / sum(n_customers) as {{ name }},
        {%- endfor %}
        run_id
    from results
    group by target, outcome_class, as_of_week_start, run_id

),

-- The line of least squares through the groups; none through a single one.
sloped as (

    select
        *,
        case
            when mean_square - mean_forecast * mean_forecast > 1e-9
                then
                    (mean_product - mean_forecast * observed_rate)
                    / (mean_square - mean_forecast * mean_forecast)
        end as slope
    from by_week

),

combined as (

    select
        target,
        outcome_class,
        as_of_week_start,
        'live' as evidence,
        n_customers,
        cast(mean_forecast as {{ type_double() }}) as mean_forecast,
        cast(observed_rate as {{ type_double() }}) as observed_rate,
        cast(calibration_error as {{ type_double() }}) as calibration_error,
        cast(slope as {{ type_double() }}) as slope,
        cast(observed_rate - slope * mean_forecast as {{ type_double() }})
            as intercept,
        run_id
    from sloped
    union all
    select
        classes.target,
        classes.outcome_class,
        judged_weeks.as_of_week_start,
        'at_the_fit' as evidence,
        judged_weeks.n_customers,
        judged_weeks.mean_forecast,
        judged_weeks.observed_rate,
        judged_weeks.calibration_error,
        cast(null as {{ type_double() }}) as slope,
        cast(null as {{ type_double() }}) as intercept,
        classes.run_id
    from classes
    inner join judged_weeks
        on
            classes.run_id = judged_weeks.run_id
            and classes.class_number = judged_weeks.class_number

)

select * from combined
