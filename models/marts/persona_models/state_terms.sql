{#
    What customers in each state write more than customers in others, as the champion's fit
    compared them. A state that a newer fit of states no longer has keeps its name.
#}
with

champion as (

    select * from {{ ref('stg_personas__champion') }}

),

state_terms as (

    select * from {{ ref('stg_personas__state_terms') }}

),

state_names as (

    select * from {{ ref('int_state_names') }}

),

listed as (

    select
        state_terms.state_key,
        state_terms.term_rank,
        state_names.state_name,
        state_terms.term,
        state_terms.n_customers,
        state_terms.log_odds,
        state_terms.z
    from champion
    inner join state_terms
        on champion.run_id = state_terms.run_id
    inner join state_names
        on state_terms.state_key = state_names.state_key

)

select * from listed
