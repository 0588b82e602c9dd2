{#
    Sizes in hindsight, and as known at the time. In the newest weeks hindsight is
    short: fewer users show what only later weeks reveal, such as silence. So compare
    settled weeks with each other or, for the newest weeks, what one run knew at the end
    of each.
#}
with

sizes as (

    select * from {{ ref('state_sizes_by_city_and_platform') }}

),

-- Sums of nulls alone are null: what was not known in a week, or prices of no ride.
summed as (

    select
        week_start,
        state_id,
        state_key,
        state_name,
        state_short_name,
        state_sort_name,
        is_silent,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(sum({{ measure }}) as {{ dbt.type_bigint() }}) as {{ measure }},
        {%- endfor %}
        {{ exact_sum('spend') }} as spend,
        {{ share('sum(n_users)', 'sum(n_group_users)') }} as user_share,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(sum({{ measure }}_as_known) as {{ dbt.type_bigint() }})
            as {{ measure }}_as_known,
        {%- endfor %}
        {{ exact_sum('spend_as_known') }} as spend_as_known,
        is_settled,
        is_latest_week,
        run_id
    from sizes
    group by
        week_start,
        state_id,
        state_key,
        state_name,
        state_short_name,
        state_sort_name,
        is_silent,
        is_settled,
        is_latest_week,
        run_id

)

select * from summed
