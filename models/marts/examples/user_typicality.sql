{#
    How far each user's weeks in their current state are from the mean of all weeks in
    it, over the features that the model reads and the number of rides. Only the weeks
    that example_journeys shows count.

    distance² = Σ over features of ((mean of the user − mean of the state) / σ)²

    with σ the standard deviation of the transformed feature over all user-weeks.
#}
{%- set numbers = transformed_numbers(setting('hmm.features') | list + ['n_rides']) -%}

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

shown_weeks as (

    select
        as_of_week_start as last_week_start,
        {{ add_days('as_of_week_start', -7 * (var('explorer_journey_weeks') - 1)) }}
            as first_week_start
    from as_of_week

),

-- The panel is read once, with all features side by side.
user_means as (

    select
        user_weekly_states.user_id,
        user_weekly_states.state_id,
        user_weekly_states.run_id,
        {%- for name, number in numbers.items() %}
        count({{ number }}) as n_{{ name }},
        avg({{ number }}) as mean_{{ name }},
        var_pop({{ number }}) as variance_{{ name }},
        {%- endfor %}
        max(user_weekly_states.week_start) = shown_weeks.last_week_start
            as is_current,
        count(*) as n_weeks
    from shown_weeks
    inner join user_weekly_states
        on shown_weeks.first_week_start <= user_weekly_states.week_start
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start
            and shown_weeks.first_week_start <= user_week_panel.week_start
    group by
        user_weekly_states.user_id,
        user_weekly_states.state_id,
        user_weekly_states.run_id,
        shown_weeks.last_week_start

),

unpivoted as (

    {%- for name in numbers %}
    select
        user_id,
        state_id,
        '{{ name }}' as feature,
        is_current,
        n_{{ name }} as n_values,
        mean_{{ name }} as mean_value,
        variance_{{ name }} as variance
    from user_means
    where state_id > 0 and n_{{ name }} > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

state_means as (

    select
        state_id,
        feature,
        sum(n_values) as n_values,
        sum(n_values * mean_value) / sum(n_values) as mean_value,
        sum(n_values * (variance + mean_value * mean_value)) / sum(n_values)
            as mean_square
    from unpivoted
    group by state_id, feature

),

variances as (

    select
        feature,
        sum(n_values * mean_square) / sum(n_values)
        - power(sum(n_values * mean_value) / sum(n_values), 2) as variance
    from state_means
    group by feature

),

-- A feature that hardly varies does not set users apart.
distances as (

    select
        unpivoted.user_id,
        sum(
            power(unpivoted.mean_value - state_means.mean_value, 2)
            / case when variances.variance > 1e-9 then variances.variance end
        ) as squared_distance
    from unpivoted
    inner join state_means
        on
            unpivoted.state_id = state_means.state_id
            and unpivoted.feature = state_means.feature
    inner join variances
        on unpivoted.feature = variances.feature
    where unpivoted.is_current
    group by unpivoted.user_id

),

current_states as (

    select
        user_id,
        run_id,
        cast(sum(n_weeks) as {{ dbt.type_bigint() }}) as n_weeks,
        max(case when is_current then state_id end) as state_id
    from user_means
    group by user_id, run_id

),

-- Rounded, so that the order of two users does not depend on the order of a sum.
rounded as (

    select
        current_states.user_id,
        current_states.state_id,
        current_states.n_weeks,
        current_states.run_id,
        cast(
            round(cast(sqrt(distances.squared_distance) as {{ type_exact() }}), 6)
            as {{ type_double() }}
        ) as distance
    from current_states
    left join distances
        on current_states.user_id = distances.user_id
    where current_states.state_id is not null

)

select * from rounded
