{# The personas of the champion, with the names that people see. #}
with

champion as (

    select * from {{ ref('stg_personas__champion') }}

),

personas as (

    select * from {{ ref('stg_personas__personas') }}

),

persona_keys as (

    select * from {{ ref('stg_personas__persona_keys') }}

),

named as (

    select
        personas.run_id,
        personas.persona_id,
        personas.persona_key,
        coalesce(persona_keys.current_name, personas.automatic_name)
            as persona_name,
        coalesce(personas.automatic_description, persona_keys.first_description)
            as description
    from champion
    inner join personas
        on champion.run_id = personas.run_id
    left join persona_keys
        on personas.persona_key = persona_keys.persona_key

)

select * from named
