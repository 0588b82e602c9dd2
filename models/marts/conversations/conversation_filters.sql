{#
    What became of every conversation: kept for personas, or set aside by which filter. The
    newest run of `make personas` looked at them; those that came since have not been
    looked at.
#}
with

conversations as (

    select * from {{ ref('int_conversations') }}

),

filtered_conversations as (

    select * from {{ ref('stg_personas__filtered_conversations') }}

),

sorted as (

    select
        conversations.*,
        case
            when
                filtered_conversations.conversation_key is null
                then 'not_looked_at'
            when filtered_conversations.filter_name is not null
                then filtered_conversations.filter_name
            when conversations.customer_id is null then 'no_customer'
            else 'kept'
        end as filter_name
    from conversations
    left join filtered_conversations
        on
            conversations.conversation_key
            = filtered_conversations.conversation_key

),

counted as (

    select
        filter_name,
        count(*) as n_conversations,
        count(distinct customer_id) as n_customers,
        cast(sum(n_messages) as {{ dbt.type_bigint() }}) as n_messages,
        filter_name not in ('kept', 'not_looked_at') as is_set_aside
    from sorted
    group by filter_name

),

shared_out as (

    select
        filter_name,
        n_conversations,
        n_customers,
        n_messages,
        cast(n_conversations as {{ type_double() }})
        / sum(n_conversations) over () as conversation_share,
        is_set_aside
    from counted

)

select * from shared_out
