{#
    Features that propensities read by the seed customer_features, and not by the macro
    predictor_features, or the other way round.
#}
with

features as (

    select * from {{ ref('customer_features') }}

)

select
    feature,
    is_predictor
from features
where
    is_predictor <> (
        feature in (
            {% for feature in predictor_features() %}
            '{{ feature }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
    )
union all
select
    'of {{ predictor_features() | length }} predictors others are missing' as feature,
    false as is_predictor
from features
where is_predictor
having count(*) <> {{ predictor_features() | length }}
