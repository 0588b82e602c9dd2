{#
    In every month and city users, rides and spend of all states are the same in hindsight
    and as known at the time, wherever what was known is known.
#}
{%- set measures = {
    'n_users': 'sum(n_users)',
    'n_rides': 'sum(n_rides)',
    'spend': exact_sum('spend'),
} -%}

with

sizes as (

    select * from {{ ref('state_sizes_by_month') }}

),

summed as (

    select
        month_start,
        home_city,
        {%- for measure, total in measures.items() %}
        {{ total }} as {{ measure }},
        {{ total | replace(measure, measure ~ '_as_known') }} as {{ measure }}_as_known
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from sizes
    group by month_start, home_city

),

different as (

    select * from summed
    where
        n_users <> n_users_as_known
        or n_rides <> n_rides_as_known
        or abs(spend - spend_as_known) > 1e-12 * (1 + spend)

)

select * from different
