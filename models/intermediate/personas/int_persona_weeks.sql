{#
    The weeks from the first conversation with a persona to the newest, without a gap. The
    newest weeks are counted back from the last one that is complete among the messages of
    these conversations, so that an old fit does not make every persona shrink.
#}
with

persona_conversations as (

    select * from {{ ref('int_persona_conversations') }}

),

written as (

    select
        last_at as requested_at,
        '{{ var("default_time_zone") }}' as used_time_zone
    from persona_conversations

),

as_of_week as (

    {{ last_complete_week('written') }}

),

bounded as (

    select
        min(week_start) as first_week_start,
        {{ weeks_between('min(week_start)', 'max(week_start)') }} + 1 as n_weeks
    from persona_conversations

),

listed as (

    select
        {{ add_days('bounded.first_week_start', '7 * weeks.number') }}
            as week_start
    from bounded
    {{ expanded('bounded.n_weeks', 'weeks', 'number') }}

),

compared as (

    select
        listed.week_start,
        listed.week_start <= as_of_week.as_of_week_start as is_complete,
        case
            when listed.week_start <= as_of_week.as_of_week_start
                then {{ weeks_between(
                    'listed.week_start', 'as_of_week.as_of_week_start'
                ) }}
        end as weeks_back
    from listed
    cross join as_of_week

)

select * from compared
