{# What came of customers whom the champion had not seen, by tenths of the forecast. #}
with

classes as (

    select * from {{ ref('int_propensity_classes') }}

),

tenths as (

    select * from {{ ref('stg_propensity__judged_tenths') }}

),

listed as (

    select
        classes.target,
        classes.outcome_class,
        tenths.tenth,
        tenths.lowest,
        tenths.highest,
        tenths.n_rows,
        tenths.mean_forecast,
        tenths.observed_rate,
        classes.run_id
    from classes
    inner join tenths
        on
            classes.run_id = tenths.run_id
            and classes.class_number = tenths.class_number

)

select * from listed
