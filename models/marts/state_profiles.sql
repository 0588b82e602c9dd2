{#
    What each state looks like beside everyone: one row per state and feature.
    Only weeks that the model reads count; state 0 has no profile.
#}
{%- set features = var('features') -%}
{#- A boolean has to become a number before it has a mean. -#}
{%- set as_number = {} -%}
{%- for feature in features -%}
    {%- set column = 'user_week_panel.' ~ feature['name'] -%}
    {%- do as_number.update({
        feature['name']: 'cast(cast(' ~ column ~ ' as integer) as double precision)'
        if feature['family'] == 'binary' else 'cast(' ~ column ~ ' as double precision)'
    }) -%}
{%- endfor -%}

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

-- Both are read once, all features at a time; the rows for people come after.
state_sums as (

    select
        user_weekly_states.state_id,
        {%- for name, number in as_number.items() %}
        count({{ number }}) as n_{{ name }},
        avg({{ number }}) as mean_{{ name }},
        var_pop({{ number }}) as variance_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from user_weekly_states
    inner join user_week_panel
        on
            user_weekly_states.user_id = user_week_panel.user_id
            and user_weekly_states.week_start = user_week_panel.week_start
    where user_weekly_states.state_id > 0
    group by user_weekly_states.state_id

),

unpivoted as (

    {%- for name in as_number %}
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
        unpivoted.feature,
        unpivoted.feature_position,
        unpivoted.n_user_weeks,
        unpivoted.mean_value,
        everyone.mean_value as mean_of_everyone,
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
        ) as standard_deviations_from_everyone,
        states.run_id
    from unpivoted
    inner join states
        on unpivoted.state_id = states.state_id
    inner join everyone
        on unpivoted.feature = everyone.feature

)

select * from compared
