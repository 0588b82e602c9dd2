{#
    CTEs that join the pieces of each user's stays: a piece in the same state as the piece
    before continues its stay. The last one is `summed`.

    pieces: a CTE with user_id, state_id, from_week_start, to_week_start, n_weeks, n_rides,
    spend (an exact number) and is_latest_week; a piece is a week, or a stay so far.

    piece        state         stay  state  weeks
    weeks 1–3    1             1     1      4
    week 4       1       →
    week 5       2             2     2      1
#}
{% macro joined_spells(pieces) -%}

lagged as (

    select
        *,
        lag(state_id) over (partition by user_id order by from_week_start)
            as previous_state_id
    from {{ pieces }}

),

-- The number rises with each piece in another state than the one before.
numbered as (

    select
        *,
        sum(case when state_id is distinct from previous_state_id then 1 else 0 end)
            over (
                partition by user_id
                order by from_week_start
                rows between unbounded preceding and current row
            ) as spell_number
    from lagged

),

summed as (

    select
        user_id,
        cast(spell_number as {{ dbt.type_int() }}) as spell_number,
        state_id,
        min(from_week_start) as from_week_start,
        max(to_week_start) as to_week_start,
        cast(sum(n_weeks) as {{ dbt.type_int() }}) as n_weeks,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides,
        sum(spend) as spend,
        max(case when is_latest_week then 1 else 0 end) = 1 as is_current
    from numbered
    group by user_id, spell_number, state_id

)

{%- endmacro %}
