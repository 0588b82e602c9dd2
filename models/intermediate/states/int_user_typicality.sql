{#
    How typical each user is of the state that they are in now: how far the mean of the
    user's own weeks in the state lies from the mean of all weeks in it, over the
    features that the model reads, and the rides, which are what examples show. In the
    weeks that are shown of examples only.

    distance² = Σ over features of ((mean of the user − mean of the state) / σ)²

    with σ the standard deviation over all user-weeks, of the transformed feature.
#}
{%- set shown = var('hmm_features') + ['n_rides'] -%}
{%- set features = var('features') | selectattr('name', 'in', shown) | list -%}

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

    {%- for feature in features %}
    select
        user_id,
        state_id,
        '{{ feature['name'] }}' as feature,
        is_current,
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

state_means as (

    select
        state_id,
        feature,
        sum(n_weeks) as n_weeks,
        sum(n_weeks * mean_value) / sum(n_weeks) as mean_value,
        sum(n_weeks * (variance + mean_value * mean_value)) / sum(n_weeks)
            as mean_square
    from unpivoted
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

-- A feature that hardly varies tells nobody apart.
measured as (

    select
        unpivoted.user_id,
        sum(
            power(unpivoted.mean_value - state_means.mean_value, 2)
            / case when everyone.variance > 1e-9 then everyone.variance end
        ) as squared_distance
    from unpivoted
    inner join state_means
        on
            unpivoted.state_id = state_means.state_id
            and unpivoted.feature = state_means.feature
    inner join everyone
        on unpivoted.feature = everyone.feature
    where unpivoted.is_current
    group by unpivoted.user_id

),

counted as (

    select
        user_id,
        run_id,
        cast(sum(n_weeks) as {{ dbt.type_bigint() }}) as n_weeks,
        max(case when is_current then state_id end) as state_id
    from summed
    group by user_id, run_id

),

-- Rounded, so that the order of two users never hangs on the order of a sum.
joined as (

    select
        counted.user_id,
        counted.state_id,
        counted.n_weeks,
        counted.run_id,
        cast(
            round(cast(sqrt(measured.squared_distance) as {{ type_exact() }}), 6)
            as {{ type_double() }}
        ) as distance
    from counted
    left join measured
        on counted.user_id = measured.user_id
    where counted.state_id is not null

),

-- Someone who came two weeks ago may be typical, but there is little to see.
ranked as (

    select
        user_id,
        state_id,
        n_weeks,
        run_id,
        distance,
        row_number() over (
            partition by state_id
            order by
                case
                    when 2 * n_weeks >= {{ var('explorer_journey_weeks') }} then 0
                    else 1
                end,
                distance,
                {{ dbt.hash('user_id') }},
                user_id
        ) as place_in_state
    from joined

)

select * from ranked
