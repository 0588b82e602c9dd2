{#
    Every word in a name is true of at least 80 % of the users it was tested on, a word
    for how often of no fewer users than are in stays too short for a rate; and the users
    of each word are those whom the champion's last week has in the state, apart from
    users who were forgotten since the fit.
#}
with

state_words as (

    select * from {{ ref('state_words') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

last_users as (

    select
        assignments.run_id,
        assignments.state_id,
        count(*) as n_users
    from assignments
    inner join runs
        on
            assignments.run_id = runs.run_id
            and assignments.week_start = runs.last_week_start
    group by assignments.run_id, assignments.state_id

),

-- Everybody who was decoded has a state in the last week.
forgotten_users as (

    select
        runs.run_id,
        runs.n_users - sum(last_users.n_users) as n_users
    from runs
    inner join last_users
        on runs.run_id = last_users.run_id
    group by runs.run_id, runs.n_users

),

untrue as (

    select
        state_id,
        word,
        'the word is not true of enough users' as problem
    from state_words
    where is_in_name and true_share < 0.8

),

too_short as (

    select
        state_id,
        word,
        'most stays are too short for the word' as problem
    from state_words
    where
        is_in_name
        and word_kind in ('tempo', 'spread')
        and n_users_tested < n_users_in_shorter_stays

),

other_users as (

    select
        state_words.state_id,
        state_words.word,
        'the users of the word are not those of the state' as problem
    from state_words
    left join last_users
        on
            state_words.run_id = last_users.run_id
            and state_words.state_id = last_users.state_id
    left join forgotten_users
        on state_words.run_id = forgotten_users.run_id
    where
        state_words.n_users_tested + state_words.n_users_in_shorter_stays
        - coalesce(last_users.n_users, 0)
        not between 0 and coalesce(forgotten_users.n_users, 0)

),

combined as (

    select * from untrue
    union all
    select * from too_short
    union all
    select * from other_users

)

select * from combined
