{#
    How each state compares with everyone: one row per state and feature. Only the
    weeks that the model reads count; state 0 has no profile.

    The means come from the panel, not from the model. They are in the features' own
    units and do not depend on the emissions. A feature of several parts has a row for each:
    its share of the week's rides.
#}
{%- set numbers = profile_numbers() %}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- One scan reads all features; they become rows afterwards. Each number is computed
-- once in a row, although two sums read it.
numbered as (

    select
        {%- for name, number in numbers.items() %}
        {{ number }} as {{ name }},
        {%- endfor %}
        user_weekly_states.state_id
    from user_weekly_states
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start
    where user_weekly_states.state_id > 0
    {{ kept_apart() }}

),

state_sums as (

    select
        {%- for name in numbers %}
        count({{ name }}) as n_{{ name }},
        avg({{ name }}) as mean_{{ name }},
        var_pop({{ name }}) as variance_{{ name }},
        {%- endfor %}
        state_id
    from numbered
    group by state_id

),

unpivoted as (

    {%- for name in numbers %}
    select
        state_id,
        '{{ name }}' as feature,
        {{ loop.index }} as feature_position,
        n_{{ name }} as n_user_weeks,
        mean_{{ name }} as mean_value,
        variance_{{ name }} as variance
    from state_sums
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

everyone as (

    select
        feature,
        sum(n_user_weeks * mean_value) / nullif(sum(n_user_weeks), 0)
            as mean_value,
        sum(n_user_weeks * (variance + mean_value * mean_value))
        / nullif(sum(n_user_weeks), 0) as mean_square
    from unpivoted
    group by feature

),

compared as (

    select
        unpivoted.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        unpivoted.feature,
        unpivoted.feature_position,
        unpivoted.n_user_weeks,
        unpivoted.mean_value,
        everyone.mean_value as mean_of_everyone,
        states.run_id,
        (unpivoted.mean_value - everyone.mean_value)
        / nullif(
            sqrt(
                greatest(
                    everyone.mean_square
                    - everyone.mean_value * everyone.mean_value,
                    0
                )
            ),
            0
        ) as standard_deviations_from_everyone
    from unpivoted
    inner join states
        on unpivoted.state_id = states.state_id
    inner join everyone
        on unpivoted.feature = everyone.feature

)

select * from compared
