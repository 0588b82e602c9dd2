{#
    How true the words of the champion's state names are: each word that could be tested,
    with the users of whom it is true. A word is part of a name if it is one of the parts
    between commas; the number that distinguishes equal names is not a word.

    Weekly, evenings 2  →  weekly, evenings

    The whole name is true of users of whom all its words are, and false of those of whom
    one was tested and is not. On others it was not tested.
#}
with

state_words as (

    select * from {{ ref('stg_hmm__state_words') }}

),

patterns as (

    select * from {{ ref('stg_hmm__state_word_patterns') }}

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
        tested.*,
        -- An underscore stands for a digit of the number after equal names.
        (
            tested.name_in_commas like '%, ' || tested.word || ',%'
            or tested.name_in_commas like '%, ' || tested.word || ' _,'
            or tested.name_in_commas like '%, ' || tested.word || ' __,'
        ) as is_in_name
    from tested

),

named as (

    select
        run_id,
        state_id,
        word
    from marked
    where is_in_name

),

-- One row for each kind of users, with the words of the name that are true of them.
compared as (

    select
        named.run_id,
        named.state_id,
        patterns.n_users,
        count(*) as n_words,
        count(
            case
                when patterns.true_words like '%"' || named.word || '"%' then 1
            end
        ) as n_true,
        count(
            case
                when patterns.false_words like '%"' || named.word || '"%' then 1
            end
        ) as n_false
    from named
    inner join patterns
        on
            named.run_id = patterns.run_id
            and named.state_id = patterns.state_id
    group by
        named.run_id,
        named.state_id,
        patterns.true_words,
        patterns.false_words,
        patterns.n_users

),

names as (

    select
        run_id,
        state_id,
        sum(case when n_true + n_false = n_words then n_users else 0 end)
            as n_tested,
        sum(case when n_true = n_words then n_users else 0 end) as n_true
    from compared
    group by run_id, state_id

),

joined as (

    select
        marked.state_id,
        marked.state_key,
        marked.state_name,
        marked.state_sort_name,
        marked.word,
        marked.word_kind,
        marked.meaning,
        marked.n_users_tested,
        marked.n_users_true,
        marked.n_users_in_shorter_stays,
        marked.true_share,
        {{ share('names.n_true', 'names.n_tested') }} as name_true_share,
        marked.run_id,
        marked.is_in_name
    from marked
    left join names
        on
            marked.run_id = names.run_id
            and marked.state_id = names.state_id

)

select * from joined
