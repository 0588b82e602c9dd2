{#
    The last week with enough hindsight to compare its states with those of other weeks.
    It counts back from the end of the fit: later weeks are not decoded, and add no
    hindsight until the next fit.

    fitted up to      …………………………|
    weeks       1 2 3 4 5 6 7 8 9      settling_weeks: 3
    settled     s s s s s
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

settled as (

    select
        champion.run_id,
        {{ add_days('runs.last_week_start', -7 * var('settling_weeks')) }}
            as last_settled_week_start
    from champion
    inner join runs
        on champion.run_id = runs.run_id

)

select * from settled
