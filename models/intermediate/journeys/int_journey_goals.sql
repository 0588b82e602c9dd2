{# The goals: the steps that a funnel ends with. #}
with

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

goals as (

    select distinct step as goal
    from funnel_steps
    where position = n_positions

)

select * from goals
