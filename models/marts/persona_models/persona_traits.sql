{#
    How the conversations of each persona are written: the mean of each of the 36 columns of
    behaviour, compared with that of all conversations with a persona.
#}
{%- set traits = conversation_features() -%}

with

personas as (

    select * from {{ ref('int_champion_personas') }}

),

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

features as (

    select * from {{ ref('int_conversation_features') }}

),

summed as (

    select
        persona_conversations.persona_id,
        {%- for trait in traits %}
        sum(cast(features.{{ trait }} as {{ type_exact(38, 12) }}))
            as sum_{{ trait }},
        sum(cast(power(features.{{ trait }}, 2) as {{ type_exact(38, 12) }}))
            as squares_{{ trait }},
        {%- endfor %}
        count(*) as n_conversations
    from persona_conversations
    inner join features
        on
            persona_conversations.conversation_key = features.conversation_key
    group by persona_conversations.persona_id

),

listed as (

    {% for trait in traits -%}
    select
        persona_id,
        '{{ trait }}' as trait,
        '{{ ["time", "interaction", "style"][loop.index0 // 12] }}' as block,
        n_conversations,
        sum_{{ trait }} as trait_sum,
        squares_{{ trait }} as trait_squares
    from summed
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

averaged as (

    select
        persona_id,
        trait,
        block,
        {{ share('trait_sum', 'n_conversations') }} as mean_value,
        {{ share(
            'sum(trait_sum) over each_trait',
            'sum(n_conversations) over each_trait'
        ) }} as mean_of_all,
        {{ share(
            'sum(trait_squares) over each_trait',
            'sum(n_conversations) over each_trait'
        ) }} as mean_square
    from listed
    window each_trait as (partition by trait)

),

varied as (

    select
        *,
        sqrt(greatest(mean_square - mean_of_all * mean_of_all, 0)) as sd_of_all
    from averaged

),

compared as (

    select
        personas.persona_key,
        varied.trait,
        varied.block,
        varied.mean_value,
        varied.mean_of_all,
        varied.sd_of_all,
        (varied.mean_value - varied.mean_of_all) / nullif(varied.sd_of_all, 0)
            as difference
    from personas
    inner join varied
        on personas.persona_id = varied.persona_id

)

select * from compared
