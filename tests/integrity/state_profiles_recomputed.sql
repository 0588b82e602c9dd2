{#
    Recomputes means from the panel: of a count, whose first week is no evidence, a share so
    far, a boolean, a share of the week, and a part. Without a champion there are no profiles.
#}
{%- set features = [
    'n_rides', 'weekend_share', 'is_active', 'n_coupon_rides', 'n_rides_workday_morning',
] -%}

with

state_profiles as (

    select * from {{ ref('state_profiles') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

-- One scan computes all; they become rows afterwards.
averaged as (

    select
        weeks.state_id,
        avg(case when not panel.is_first_ride_week then panel.n_rides end)
            as n_rides,
        avg(panel.weekend_share) as weekend_share,
        avg(case when panel.is_active then 1.0 else 0.0 end) as is_active,
        avg(
            panel.n_coupon_rides * 1.0
            / nullif(panel.n_rides_with_coupon_count, 0)
        ) as n_coupon_rides,
        avg(panel.n_rides_workday_morning * 1.0 / nullif(panel.n_rides, 0))
            as n_rides_workday_morning
    from user_weekly_states as weeks
    inner join user_week_panel as panel
        on
            weeks.user_id = panel.user_id
            and weeks.week_start = panel.week_start
    where weeks.state_id > 0
    group by weeks.state_id

),

recomputed as (

    {%- for feature in features %}
    select
        state_id,
        '{{ feature }}' as feature,
        {{ feature }} as mean_value
    from averaged
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

compared as (

    select
        recomputed.state_id,
        recomputed.feature,
        recomputed.mean_value as recomputed_mean_value,
        state_profiles.mean_value
    from recomputed
    left join state_profiles
        on
            recomputed.state_id = state_profiles.state_id
            and recomputed.feature = state_profiles.feature
    where
        (recomputed.mean_value is null) <> (state_profiles.mean_value is null)
        or abs(recomputed.mean_value - state_profiles.mean_value) > 1e-9

)

select * from compared
