{#
    Recomputes sums from the panel, week by week: of a count, whose first week is no evidence,
    a share so far, a boolean, a share of the week, and a part. The means are those of all
    weeks' sums. Without a champion there are no profiles.
#}
{%- set features = [
    'n_rides', 'weekend_share', 'is_active', 'n_coupon_rides', 'n_rides_workday_morning',
] -%}

with

state_profiles as (

    select * from {{ ref('state_profiles') }}

),

feature_sums as (

    select * from {{ ref('int_state_feature_sums') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

-- One scan computes all; they become rows afterwards.
summed as (

    select
        weeks.week_start,
        weeks.state_id,
        sum(case when not panel.is_first_ride_week then panel.n_rides end)
            as n_rides,
        sum(panel.weekend_share) as weekend_share,
        sum(case when panel.is_active then 1.0 else 0.0 end) as is_active,
        sum(
            panel.n_coupon_rides * 1.0
            / nullif(panel.n_rides_with_coupon_count, 0)
        ) as n_coupon_rides,
        sum(panel.n_rides_workday_morning * 1.0 / nullif(panel.n_rides, 0))
            as n_rides_workday_morning
    from user_weekly_states as weeks
    inner join user_week_panel as panel
        on
            weeks.user_id = panel.user_id
            and weeks.week_start = panel.week_start
    where
        weeks.state_id > 0
        and {{ is_tested_week('weeks.week_start', of_states=true) }}
        and {{ is_tested_week('panel.week_start', of_states=true) }}
    group by weeks.week_start, weeks.state_id

),

recomputed as (

    {%- for feature in features %}
    select
        week_start,
        state_id,
        '{{ feature }}' as feature,
        {{ feature }} as sum_of_values
    from summed
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

different_sums as (

    select
        recomputed.state_id,
        recomputed.feature
    from recomputed
    left join feature_sums
        on
            recomputed.week_start = feature_sums.week_start
            and recomputed.state_id = feature_sums.state_id
            and recomputed.feature = feature_sums.feature
    where
        feature_sums.sum_of_values is null
        or abs(
            coalesce(recomputed.sum_of_values, 0) - feature_sums.sum_of_values
        ) > 1e-9 * (1 + feature_sums.n_user_weeks)

),

added_up as (

    select
        state_id,
        feature,
        sum(sum_of_values) / nullif(sum(n_user_weeks), 0) as mean_value
    from feature_sums
    group by state_id, feature

),

different_means as (

    select
        added_up.state_id,
        added_up.feature
    from added_up
    left join state_profiles
        on
            added_up.state_id = state_profiles.state_id
            and added_up.feature = state_profiles.feature
    where
        (added_up.mean_value is null) <> (state_profiles.mean_value is null)
        or abs(added_up.mean_value - state_profiles.mean_value) > 1e-9

),

combined as (

    select * from different_sums
    union all
    select * from different_means

)

select * from combined
