with

source as (

    select * from {{ source('hmm', 'state_word_patterns') }}

),

selected as (

    select
        run_id,
        state_id,
        true_words,
        false_words,
        n_users
    from source

)

select * from selected
