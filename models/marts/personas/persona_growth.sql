{# How many write like each persona, week by week. A week without any is a zero. #}
with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

weeks as (

    select * from {{ ref('int_persona_weeks') }}

),

counted as (

    select
        persona_id,
        week_start,
        count(*) as n_conversations,
        count(distinct customer_id) as n_customers
    from persona_conversations
    group by persona_id, week_start

),

filled as (

    select
        personas.persona_key,
        weeks.week_start,
        weeks.is_complete,
        coalesce(counted.n_conversations, 0) as n_conversations,
        coalesce(counted.n_customers, 0) as n_customers,
        {{ share(
            'coalesce(counted.n_conversations, 0)',
            'sum(counted.n_conversations) over (partition by weeks.week_start)'
        ) }} as conversation_share
    from personas
    cross join weeks
    left join counted
        on
            personas.persona_id = counted.persona_id
            and weeks.week_start = counted.week_start

)

select * from filled
