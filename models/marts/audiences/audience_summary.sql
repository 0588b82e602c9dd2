{#
    The lists of this week in one row each: whom it is for, how many to write to, what
    they will bring anyway, what writing to them has brought on top, and what came of what
    earlier lists were expected to bring.

    An effect of the weeks 1 to 4 after the week of entering is known on the Monday after
    them, five weeks after the Monday of that week.

    Over 170 lines, because a row of the page has figures of five tables: definition, list,
    effect, outcomes and messages.
#}
{% set n_weeks = 4 %}

with

definitions as (

    select * from {{ ref('int_audience_definitions') }}

),

lists as (

    select * from {{ ref('audience_lists') }}

),

spells as (

    select * from {{ ref('audiences') }}

),

effects as (

    select * from {{ ref('audience_effects') }}

),

outcomes as (

    select * from {{ ref('audience_outcomes') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

counted as (

    select
        audience,
        count(case when list_status = 'write' then 1 end) as n_users_to_write,
        count(case when list_status = 'held_out' then 1 end) as n_held_out,
        count(case when list_status = 'in_another_list' then 1 end)
            as n_in_another_list,
        count(case when list_status = 'paused' then 1 end) as n_paused,
        count(case when list_status = 'write' and n_exposures > 0 then 1 end)
            as n_written_to_before,
        sum(case when list_status = 'write' then expected_rides_4_weeks end)
            as expected_rides_4_weeks,
        sum(case when list_status = 'write' then expected_spend_4_weeks end)
            as expected_spend_4_weeks
    from lists
    group by audience

),

-- Users who were written to and whose four weeks are not over.
waiting as (

    select
        spells.audience,
        min(spells.entered_week_start) as entered_week_start
    from exposures
    inner join spells
        on
            exposures.audience = spells.audience
            and exposures.user_id = spells.user_id
            and exposures.exposed_at >= spells.entered_at
    cross join as_of_week
    where
        {{ add_days('spells.entered_week_start', 7 * n_weeks) }}
        > as_of_week.as_of_week_start
    group by spells.audience

),

-- Those whose forecast was recorded when they entered: earlier versions did not.
earlier as (

    select
        audience,
        count(*) as n_users,
        sum(expected_rides_4_weeks) as expected_rides,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides,
        sum(expected_spend_4_weeks) as expected_spend,
        {{ exact_sum(
            'case when expected_spend_4_weeks is not null then spend end'
        ) }} as spend
    from outcomes
    where not is_holdout and expected_rides_4_weeks is not null
    group by audience

),

joined as (

    select
        definitions.audience,
        as_of_week.as_of_week_start,
        definitions.title,
        definitions.description,
        definitions.message,
        definitions.moment,
        definitions.priority,
        counted.expected_rides_4_weeks,
        counted.expected_spend_4_weeks,
        effects.first_entered_week_start,
        effects.mean_rides_difference,
        effects.mean_rides_difference_low,
        effects.mean_rides_difference_high,
        effects.mean_spend_difference,
        effects.mean_spend_difference_low,
        effects.mean_spend_difference_high,
        earlier.expected_rides as earlier_expected_rides,
        earlier.n_rides as earlier_rides,
        earlier.expected_spend as earlier_expected_spend,
        earlier.spend as earlier_spend,
        coalesce(counted.n_users_to_write, 0) as n_users_to_write,
        coalesce(counted.n_held_out, 0) as n_held_out,
        coalesce(counted.n_in_another_list, 0) as n_in_another_list,
        coalesce(counted.n_paused, 0) as n_paused,
        coalesce(counted.n_written_to_before, 0) as n_written_to_before,
        coalesce(earlier.n_users, 0) as n_earlier_users,
        coalesce(effects.is_paused, false) as is_paused,
        coalesce(effects.effect_status, 'not measured yet') as effect_status,
        case
            when effects.audience is not null then effects.why_not_measured
            else 'No four weeks have passed since users entered this audience.'
        end as why_not_measured,
        coalesce(
            waiting.entered_week_start, as_of_week.as_of_week_start
        ) as next_entered_week_start
    from definitions
    cross join as_of_week
    left join counted
        on definitions.audience = counted.audience
    left join effects
        on definitions.audience = effects.audience
    left join waiting
        on definitions.audience = waiting.audience
    left join earlier
        on definitions.audience = earlier.audience
    -- Without rides there is no week, and no list.
    where as_of_week.as_of_week_start is not null

),

-- No effect is shown before it is measured, and only a measured one is called on top.
summarised as (

    select
        audience,
        as_of_week_start,
        title,
        description,
        message,
        moment,
        priority,
        n_users_to_write,
        n_held_out,
        n_in_another_list,
        n_paused,
        n_written_to_before,
        expected_rides_4_weeks,
        expected_spend_4_weeks,
        n_earlier_users,
        earlier_expected_rides,
        earlier_rides,
        earlier_expected_spend,
        earlier_spend,
        effect_status,
        why_not_measured,
        is_paused,
        case
            when is_paused and effect_status = 'measured'
                then 'Messages to this audience brought less, not more.'
            when is_paused then 'No effect was found.'
        end as why_paused,
        {%- for figure in ['rides', 'spend'] %}
        {%- for end in ['', '_low', '_high'] %}
        {%- set column = 'mean_' ~ figure ~ '_difference' ~ end %}
        case when effect_status <> 'not measured yet' then {{ column }} end
            as effect_{{ figure ~ end }},
        case
            when effect_status = 'measured' then {{ column }} * n_users_to_write
        end as on_top_{{ figure ~ end }},
        {%- endfor %}
        {%- endfor %}
        {{ add_days(
            "case when effect_status = 'not measured yet'"
            ~ " then next_entered_week_start else first_entered_week_start end",
            7 * (n_weeks + 1)
        ) }} as first_result_on
    from joined

)

select * from summarised
