{#
    How each state compares with everyone: one row per state and feature. Only the
    weeks that the model reads count; state 0 has no profile.

    The means come from the panel, not from the model. They are in the features' own
    units and do not depend on the emissions. A feature of several parts has a row for each:
    its share of the week's rides.
#}
with

feature_sums as (

    select * from {{ ref('int_state_feature_sums') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

state_means as (

    select
        state_id,
        feature,
        feature_position,
        cast(sum(n_user_weeks) as {{ dbt.type_bigint() }}) as n_user_weeks,
        sum(sum_of_values) / nullif(sum(n_user_weeks), 0) as mean_value
    from feature_sums
    group by state_id, feature, feature_position

),

everyone as (

    select
        feature,
        sum(sum_of_values) / nullif(sum(n_user_weeks), 0) as mean_value,
        sum(sum_of_squares) / nullif(sum(n_user_weeks), 0) as mean_square
    from feature_sums
    group by feature

),

compared as (

    select
        state_means.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        state_means.feature,
        state_means.feature_position,
        state_means.n_user_weeks,
        state_means.mean_value,
        everyone.mean_value as mean_of_everyone,
        states.run_id,
        (state_means.mean_value - everyone.mean_value)
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
    from state_means
    inner join states
        on state_means.state_id = states.state_id
    inner join everyone
        on state_means.feature = everyone.feature

)

select * from compared
