{#
    Recomputes the drift of features from the panel: one that is evidence in every week, one
    that mixed emissions read only in weeks with a ride, a share of the week, and a part. Those
    that the champion does not read are in neither.
#}
{%- set weeks_of = {
    'is_active': '',
    'rolling_avg_price': 'and panel.is_active',
    'n_coupon_rides': 'and panel.n_rides_with_coupon_count > 0',
    'n_rides_workday_morning': 'and panel.n_rides_workday_morning is not null and panel.is_active',
} -%}
{%- set numbers = {
    'is_active': 'case when panel.is_active then 1.0 else 0.0 end',
    'rolling_avg_price': 'panel.rolling_avg_price',
    'n_coupon_rides': 'panel.n_coupon_rides * 1.0 / panel.n_rides_with_coupon_count',
    'n_rides_workday_morning': 'panel.n_rides_workday_morning * 1.0 / panel.n_rides',
} -%}

with

feature_drift as (

    select * from {{ ref('feature_drift') }}

),

drift_weeks as (

    select * from {{ ref('int_drift_weeks') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

recomputed as (

    {%- for feature, condition in weeks_of.items() %}
    select
        '{{ feature }}' as feature,
        panel.week_start >= weeks.first_recent_week_start as is_recent,
        count(*) as n_user_weeks,
        avg({{ numbers[feature] }}) as mean_value
    from user_week_panel as panel
    cross join drift_weeks as weeks
    where
        panel.has_completed_ride
        and weeks.emissions = 'mixed'
        {{ condition }}
        and (
            panel.week_start >= weeks.first_recent_week_start
            or panel.week_start >= weeks.first_reference_week_start
            and panel.week_start <= weeks.last_reference_week_start
        )
    group by panel.week_start >= weeks.first_recent_week_start
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

compared as (

    select
        feature_drift.feature,
        recomputed.is_recent,
        recomputed.n_user_weeks,
        recomputed.mean_value,
        case
            when recomputed.is_recent then feature_drift.n_recent_user_weeks
            else feature_drift.n_reference_user_weeks
        end as n_user_weeks_in_drift,
        case
            when recomputed.is_recent then feature_drift.recent_mean
            else feature_drift.reference_mean
        end as mean_value_in_drift
    from feature_drift
    inner join recomputed
        on feature_drift.feature = recomputed.feature

),

different as (

    select * from compared
    where
        n_user_weeks <> n_user_weeks_in_drift
        or mean_value_in_drift is null
        or abs(mean_value - mean_value_in_drift) > 1e-9

)

select * from different
