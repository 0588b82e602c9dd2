{#
    The model's transition matrix and the observed moves, for every pair of states,
    including pairs without moves.
#}
with

transition_matrix as (

    select * from {{ ref('stg_hmm__transition_matrix') }}

),

decoded_moves as (

    select * from {{ ref('int_decoded_move_sums') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

followed as (

    select
        from_state_id,
        to_state_id,
        cast(sum(n_moves) as {{ dbt.type_bigint() }}) as n_moves
    from decoded_moves
    group by from_state_id, to_state_id

),

departures as (

    select
        from_state_id,
        sum(n_moves) as n_moves
    from followed
    group by from_state_id

),

paired as (

    select
        transition_matrix.from_state_id,
        from_states.state_key as from_state_key,
        from_states.state_name as from_state_name,
        from_states.state_sort_name as from_state_sort_name,
        transition_matrix.to_state_id,
        to_states.state_key as to_state_key,
        to_states.state_name as to_state_name,
        to_states.state_sort_name as to_state_sort_name,
        transition_matrix.probability,
        transition_matrix.expected_moves,
        coalesce(followed.n_moves, 0) as observed_moves,
        {{ share('coalesce(followed.n_moves, 0)', 'departures.n_moves') }}
            as observed_share,
        transition_matrix.run_id
    from transition_matrix
    inner join states as from_states
        on
            transition_matrix.run_id = from_states.run_id
            and transition_matrix.from_state_id = from_states.state_id
    inner join states as to_states
        on
            transition_matrix.run_id = to_states.run_id
            and transition_matrix.to_state_id = to_states.state_id
    left join departures
        on transition_matrix.from_state_id = departures.from_state_id
    left join followed
        on
            transition_matrix.from_state_id = followed.from_state_id
            and transition_matrix.to_state_id = followed.to_state_id

)

select * from paired
