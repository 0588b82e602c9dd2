{#
    How typical each user is of the state that they are in now: how far the mean of the
    user's own weeks in the state lies from the mean of all weeks in it, over the
    features that the champion reads, and the rides, which are what examples show. In the
    weeks that are shown of examples only.

    distance² = Σ over features of ((mean of the user − mean of the state) / σ)²

    with σ the standard deviation over all user-weeks, of the transformed feature.
#}
{%- set features = var('features') -%}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

feature_scaling as (

    select * from {{ ref('stg_hmm__feature_scaling') }}

),

-- The panel is read once, all features at a time; the rows come after.
summed as (

    select
        user_weekly_states.user_id,
        user_weekly_states.state_id,
        user_weekly_states.run_id,
        {%- for feature in features %}
        avg({{ transformed(feature) }}) as mean_{{ feature['name'] }},
        var_pop({{ transformed(feature) }}) as variance_{{ feature['name'] }},
        {%- endfor %}
        count(*) as n_weeks
    from user_weekly_states
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start
    cross join as_of_week
    where
        user_weekly_states.week_start
        > {{ add_days(
            'as_of_week.as_of_week_start', -7 * var('explorer_journey_weeks')
        ) }}
    group by
        user_weekly_states.user_id,
        user_weekly_states.state_id,
        user_weekly_states.run_id

),

unpivoted as (

    {%- for feature in features %}
    select
        user_id,
        state_id,
        run_id,
        '{{ feature['name'] }}' as feature,
        n_weeks,
        mean_{{ feature['name'] }} as mean_value,
        variance_{{ feature['name'] }} as variance
    from summed
    where state_id > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

in_use as (

    select unpivoted.*
    from unpivoted
    inner join champion
        on unpivoted.run_id = champion.run_id
    left join feature_scaling
        on
            champion.run_id = feature_scaling.run_id
            and unpivoted.feature = feature_scaling.feature
    where
        feature_scaling.feature_position is not null
        or unpivoted.feature = 'n_rides'

),

state_means as (

    select
        state_id,
        feature,
        sum(n_weeks) as n_weeks,
        sum(n_weeks * mean_value) / sum(n_weeks) as mean_value,
        sum(n_weeks * (variance + mean_value * mean_value)) / sum(n_weeks)
            as mean_square
    from in_use
    group by state_id, feature

),

everyone as (

    select
        feature,
        sum(n_weeks * mean_square) / sum(n_weeks)
        - power(sum(n_weeks * mean_value) / sum(n_weeks), 2) as variance
    from state_means
    group by feature

),

current_states as (

    select
        user_weekly_states.user_id,
        user_weekly_states.state_id
    from user_weekly_states
    inner join as_of_week
        on user_weekly_states.week_start = as_of_week.as_of_week_start

),

-- A feature that hardly varies tells nobody apart.
measured as (

    select
        in_use.user_id,
        sum(
            power(in_use.mean_value - state_means.mean_value, 2)
            / case when everyone.variance > 1e-9 then everyone.variance end
        ) as squared_distance
    from in_use
    inner join current_states
        on
            in_use.user_id = current_states.user_id
            and in_use.state_id = current_states.state_id
    inner join state_means
        on
            in_use.state_id = state_means.state_id
            and in_use.feature = state_means.feature
    inner join everyone
        on in_use.feature = everyone.feature
    group by in_use.user_id

),

counted as (

    select
        summed.user_id,
        current_states.state_id,
        summed.run_id,
        cast(sum(summed.n_weeks) as bigint) as n_weeks
    from summed
    inner join current_states
        on summed.user_id = current_states.user_id
    group by summed.user_id, current_states.state_id, summed.run_id

),

-- Rounded, so that the order of two users never hangs on the order of a sum.
joined as (

    select
        counted.user_id,
        counted.state_id,
        counted.n_weeks,
        counted.run_id,
        cast(
            round(cast(sqrt(measured.squared_distance) as numeric), 6)
            as double precision
        ) as distance
    from counted
    left join measured
        on counted.user_id = measured.user_id

)

select * from joined
