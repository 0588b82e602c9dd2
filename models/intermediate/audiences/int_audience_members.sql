{#
    Who meets the rules of which audience as of the newest week. Chance decides who is
    held out, by a hash: the same user of the same audience always falls on one side.
#}
with

facts as (

    select * from {{ ref('int_audience_facts') }}

),

rules as (

    select * from {{ ref('audience_rules') }}

),

matched as (

    select
        rules.audience,
        facts.user_id,
        facts.as_of_week_start,
        {{ as_double(var('audience_holdout_share')) }} as holdout_share,
        {{ hashes_below(
            dbt.string_literal(dbt.escape_single_quotes(var('audience_holdout_salt')))
            ~ ' || rules.audience || facts.user_id',
            var('audience_holdout_share')
        ) }} as is_holdout,
        facts.run_id
    from facts
    inner join rules
        on
            {{ audience_conditions('facts', 'rules') }}

)

select * from matched
