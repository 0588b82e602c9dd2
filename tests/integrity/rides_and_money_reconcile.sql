{#
    Every table that adds up rides and spend comes to the same totals as users: by week, by
    state, by city, by month, by stay and by cohort. Money is the
    same to the last digit: amounts have four decimals, and are added up as exact numbers
    (up to sums of a hundred million; a double has 15 digits). Tables of states are empty before the
    first fit, and are left out then.
#}
{%- set tables = {
    'user_weekly_states': '',
    'states': '_all_weeks',
    'state_sizes': '',
    'state_sizes_by_city': '',
    'state_sizes_by_city_and_platform': '',
    'state_sizes_by_month': '',
    'user_state_spells': '',
} %}

with

users as (

    select
        sum(lifetime_rides) as n_rides,
        {{ exact_sum('lifetime_spend') }} as spend
    from {{ ref('users') }}

),

totals as (

    {%- for table, suffix in tables.items() %}
    select
        '{{ table }}' as table_name,
        sum(n_rides{{ suffix }}) as n_rides,
        {{ exact_sum('spend' ~ suffix) }} as spend
    from {{ ref(table) }}
    union all
    {%- endfor %}
    {%- for length in ['week', 'month'] %}
    select
        'retention_cohorts, {{ length }}' as table_name,
        sum(n_rides) as n_rides,
        {{ exact_sum('spend') }} as spend
    from {{ ref('retention_cohorts') }}
    where cohort_length = '{{ length }}'
    union all
    {%- endfor %}
    select
        'user_list' as table_name,
        sum(lifetime_rides) as n_rides,
        {{ exact_sum('lifetime_spend') }} as spend
    from {{ ref('user_list') }}

),

compared as (

    select
        totals.table_name,
        totals.n_rides,
        users.n_rides as n_rides_of_users,
        totals.spend,
        users.spend as spend_of_users
    from totals
    cross join users
    where
        totals.n_rides is not null
        and (
            totals.n_rides <> users.n_rides
            or (totals.spend is null) <> (users.spend is null)
            or abs(totals.spend - users.spend) > 1e-12 * (1 + users.spend)
        )

)

select * from compared
