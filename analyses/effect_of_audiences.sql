{#
    What did acting on each audience bring? Users who may be acted on beside users held out
    at random, over the four weeks after entering, with 95 % intervals of the difference;
    what was expected of those who may be written to when they entered, and what came; and
    how many are to be written to now.
#}
{%- set parts = [
    'treated', 'held_out', 'difference', 'difference_low', 'difference_high',
] %}

with

audience_effects as (

    select * from {{ ref('audience_effects') }}

),

audience_summary as (

    select * from {{ ref('audience_summary') }}

)

select
    audience_summary.audience,
    audience_summary.title,
    audience_summary.n_users_to_write,
    audience_summary.effect_status,
    audience_summary.is_paused,
    audience_summary.n_earlier_users,
    {%- for column in ['expected_rides', 'rides', 'expected_spend', 'spend'] %}
    round(
        cast(audience_summary.earlier_{{ column }} as {{ type_exact() }}), 2
    ) as earlier_{{ column }},
    {%- endfor %}
    audience_effects.n_treated,
    audience_effects.n_held_out,
    {%- for measure in ['rides', 'spend'] %}
    {%- for part in parts %}
    round(
        cast(audience_effects.mean_{{ measure }}_{{ part }} as {{ type_exact() }}), 2
    ) as {{ measure }}_{{ part }},
    {%- endfor %}
    {%- endfor %}
    audience_summary.first_result_on
from audience_summary
left join audience_effects
    on audience_summary.audience = audience_effects.audience
order by audience_summary.priority, audience_summary.audience
