{#
    How true the words of the champion's state names are: each word that could be tested,
    with the users of whom it is true. A word is part of a name if it is one of the parts
    between commas; the number that distinguishes equal names is not a word.

    Weekly, evenings 2  →  weekly, evenings
#}
with

state_words as (

    select * from {{ ref('stg_hmm__state_words') }}

),

stored_states as (

    select * from {{ ref('stg_hmm__states') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

tested as (

    select
        state_words.state_id,
        champion_states.state_key,
        champion_states.state_name,
        champion_states.state_sort_name,
        state_words.word,
        state_words.word_kind,
        state_words.meaning,
        state_words.n_users_tested,
        state_words.n_users_true,
        state_words.n_users_in_shorter_stays,
        {{ share('state_words.n_users_true', 'state_words.n_users_tested') }}
            as true_share,
        ', ' || lower(stored_states.promoted_name) || ',' as name_in_commas,
        state_words.run_id
    from state_words
    inner join champion_states
        on
            state_words.run_id = champion_states.run_id
            and state_words.state_id = champion_states.state_id
    inner join stored_states
        on
            state_words.run_id = stored_states.run_id
            and state_words.state_id = stored_states.state_id

),

marked as (

    select
        state_id,
        state_key,
        state_name,
        state_sort_name,
        word,
        word_kind,
        meaning,
        n_users_tested,
        n_users_true,
        n_users_in_shorter_stays,
        true_share,
        run_id,
        -- An underscore stands for a digit of the number after equal names.
        (
            name_in_commas like '%, ' || word || ',%'
            or name_in_commas like '%, ' || word || ' _,'
            or name_in_commas like '%, ' || word || ' __,'
        ) as is_in_name
    from tested

)

select * from marked
