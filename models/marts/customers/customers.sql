{#
    Customers by all that is known now: who they are reached by, what they did and spent,
    the cohorts they are in, and the state of their user. Of several users it is that of
    the one who was active last.
#}
with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

customer_sources as (

    select * from {{ ref('int_customer_sources') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

users as (

    select * from {{ ref('users') }}

),

user_list as (

    select * from {{ ref('user_list') }}

),

identified as (

    select
        customer_id,
        count(*) as n_identifiers,
        count(case when identifier_type = 'user_id' then 1 end) as n_users
    from customer_identifiers
    group by customer_id

),

active as (

    select
        customer_id,
        cast(sum(n_events) as {{ dbt.type_bigint() }}) as n_events,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        sum(n_bought) as n_bought,
        cast(sum(spend) as {{ type_double() }}) as spend
    from customer_sources
    group by customer_id

),

current_cohorts as (

    select
        customer_id,
        {{ dbt.listagg('cohort', "', '", 'order by cohort') }} as cohorts
    from customer_cohorts
    where is_current
    group by customer_id

),

ranked_users as (

    select
        customer_users.customer_id,
        user_list.user_id,
        user_list.state_key,
        user_list.state_name,
        user_list.state_since_week_start,
        row_number() over (
            partition by customer_users.customer_id
            order by
                users.last_request_week_start desc,
                users.lifetime_requests desc,
                user_list.user_id asc
        ) as user_rank
    from customer_users
    inner join user_list
        on customer_users.user_id = user_list.user_id
    inner join users
        on customer_users.user_id = users.user_id

),

joined as (

    select
        identified.customer_id,
        active.first_event_at,
        active.last_event_at,
        identified.n_identifiers,
        identified.n_users,
        ranked_users.user_id as state_user_id,
        ranked_users.state_key,
        ranked_users.state_name,
        ranked_users.state_since_week_start,
        coalesce(active.n_events, 0) as n_events,
        identified.n_users > 1 as has_several_users,
        case
            when coalesce(active.n_bought, 0) = 0 then 0
            else active.spend
        end as spend,
        coalesce(current_cohorts.cohorts, '') as cohorts
    from identified
    left join active
        on identified.customer_id = active.customer_id
    left join current_cohorts
        on identified.customer_id = current_cohorts.customer_id
    left join ranked_users
        on
            identified.customer_id = ranked_users.customer_id
            and ranked_users.user_rank = 1

)

select * from joined
