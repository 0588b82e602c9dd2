{#
    What customers in each state write more than customers in others, as the champion's fit
    compared them. A state that a newer fit of states no longer has keeps its name, but has no
    number to sort by.
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

states as (

    select * from {{ ref('int_champion_states') }}

),

listed as (

    select
        state_terms.state_key,
        state_terms.term_rank,
        state_names.state_name,
        states.state_sort_name,
        state_terms.term,
        state_terms.n_customers,
        state_terms.log_odds,
        state_terms.z
    from champion
    inner join state_terms
        on champion.run_id = state_terms.run_id
    inner join state_names
        on state_terms.state_key = state_names.state_key
    left join states
        on state_terms.state_key = states.state_key

)

select * from listed
