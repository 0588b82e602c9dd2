{#
    The two directions in which customers of the champion's fit differ most: how much each
    feature counts in them.
#}
with

components as (

    select * from {{ ref('stg_segments__components') }}

),

champion as (

    select * from {{ ref('stg_segments__champion') }}

),

listed as (

    select
        components.component,
        components.feature,
        components.loading,
        components.explained_share,
        components.run_id
    from components
    inner join champion
        on components.run_id = champion.run_id

)

select * from listed
