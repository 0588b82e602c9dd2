{#
    Whom to write to now, and when: this week's lists, without users who are held out or in
    another list, and without audiences whose messages had no effect. Who was written to
    last comes last. Write the users you reached into the exposure log.
#}
with

audience_lists as (

    select * from {{ ref('audience_lists') }}

)

select
    audience,
    user_id,
    state_sort_name,
    home_city,
    suggested_at,
    last_exposed_at,
    effect_status,
    round(cast(expected_rides_4_weeks as {{ type_exact() }}), 1)
        as expected_rides_4_weeks,
    round(cast(expected_spend_4_weeks as {{ type_exact() }}), 2)
        as expected_spend_4_weeks
from audience_lists
where list_status = 'write'
order by
    audience asc,
    last_exposed_at asc nulls first,
    expected_rides_4_weeks desc,
    user_id asc
