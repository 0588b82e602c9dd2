{#
    The weeks in which a build recomputes the champion's beliefs: from
    `first_step_week_start` to the as-of week. Earlier beliefs stay as they are.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

filtered_beliefs as (

    select * from {{ ref('stg_hmm__filtered_beliefs') }}

),

-- The fit wrote beliefs for a few weeks; SQL begins at the first of them.
first_beliefs as (

    select
        filtered_beliefs.run_id,
        min(filtered_beliefs.week_start) as first_belief_week_start
    from filtered_beliefs
    inner join champion
        on filtered_beliefs.run_id = champion.run_id
    {%- if var('beliefs_begin_at') == 'first_ride' %}
    where false
    {%- endif %}
    group by filtered_beliefs.run_id

),

with_lookback as (

    select
        champion.run_id,
        as_of_week.as_of_week_start,
        {{ add_days(
            'as_of_week.as_of_week_start', -7 * var('late_ride_weeks')
        ) }} as lookback_week_start,
        first_beliefs.first_belief_week_start
    from champion
    cross join as_of_week
    left join first_beliefs
        on champion.run_id = first_beliefs.run_id

),

bounded as (

    select
        run_id,
        as_of_week_start,
        lookback_week_start,
        first_belief_week_start,
        case
            when first_belief_week_start >= lookback_week_start
                then {{ add_days('first_belief_week_start', 7) }}
            else lookback_week_start
        end as first_step_week_start
    from with_lookback

)

select * from bounded
