with

source as (

    select * from {{ source('hmm', 'state_words') }}

),

selected as (

    select
        run_id,
        state_id,
        word,
        word_kind,
        meaning,
        n_users_tested,
        n_users_true,
        n_users_in_shorter_stays
    from source

)

select * from selected
