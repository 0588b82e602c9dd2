{#
    The newest weeks, and the reference weeks that they are compared with: the last ones
    that the champion was fitted on, as many as the newest. Just after a fit the two
    would overlap; then the reference is the weeks before the newest ones.

    fitted up to       ……………|                   ……………………………………|
    weeks          1 2 3 4 5 6 7 8 9        1 2 3 4 5 6 7 8 9
    reference            r r                          r r
    recent                       n n                      n n
#}
{%- set one_before = -7 * (var('drift_weeks') - 1) -%}

with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

bounded as (

    select
        champion.run_id,
        runs.emissions,
        as_of_week.as_of_week_start as last_recent_week_start,
        least(
            runs.last_week_start,
            {{ add_days('as_of_week.as_of_week_start', -7 * var('drift_weeks')) }}
        ) as last_reference_week_start
    from champion
    inner join runs
        on champion.run_id = runs.run_id
    cross join as_of_week
    where as_of_week.as_of_week_start is not null

),

spanned as (

    select
        run_id,
        {{ add_days('last_reference_week_start', one_before) }}
            as first_reference_week_start,
        last_reference_week_start,
        {{ add_days('last_recent_week_start', one_before) }}
            as first_recent_week_start,
        last_recent_week_start,
        emissions
    from bounded

)

select * from spanned
