{#
    The states of a week of forecast_results add up to all users, where there are any, and
    published sums are those of user_outlook.
#}
{% set spans = outlook_result_spans() %}
with

results as (

    select * from {{ ref('forecast_results') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

compared as (

    select
        target,
        weeks_ahead,
        origin_week_start,
        sum(case when state_key is null then expected end) as of_all,
        sum(case when state_key is not null then expected end) as of_states,
        sum(case when state_key is null then n_users end) as users_of_all,
        sum(case when state_key is not null then n_users end) as users_of_states,
        sum(case when state_key is null then observed end) as came_of_all,
        sum(case when state_key is not null then observed end) as came_of_states
    from results
    group by target, weeks_ahead, origin_week_start

),

-- Users of a sample that stands for all are rounded.
unequal as (

    select
        target,
        weeks_ahead,
        origin_week_start,
        'states do not add up to all users' as problem
    from compared
    where
        of_all is null
        or abs(of_all - of_states) > 1e-6 * (1 + of_all)
        or abs(users_of_all - users_of_states) > 20
        or abs(came_of_all - came_of_states) > 1e-6 * (1 + came_of_all)

),

published as (

    {%- for weeks, span in spans.items() %}
    {%- for target in ['rides', 'spend'] %}
    select
        '{{ target }}' as target,
        {{ weeks }} as weeks_ahead,
        as_of_week_start as origin_week_start,
        sum(expected_{{ target }}_{{ span }}) as expected
    from user_outlook
    group by as_of_week_start
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

not_published as (

    select
        published.target,
        published.weeks_ahead,
        published.origin_week_start,
        'not the sum of user_outlook' as problem
    from published
    left join results
        on
            published.target = results.target
            and published.weeks_ahead = results.weeks_ahead
            and published.origin_week_start = results.origin_week_start
            and results.state_key is null
            and results.source = 'published'
    where
        published.expected is not null
        and (
            results.expected is null
            or abs(published.expected - results.expected)
            > 1e-6 * (1 + results.expected)
        )

)

select * from unequal
union all
select * from not_published
