{# What became of every message that came in: kept, or set aside and why. #}
with

message_snapshot as (

    select * from {{ ref('int_message_snapshot') }}

),

counted as (

    select
        coalesce(channel, 'not known') as channel,
        coalesce(broken_rule, '') as reason,
        count(*) as n_messages,
        broken_rule is not null as is_set_aside
    from message_snapshot
    group by coalesce(channel, 'not known'), broken_rule

)

select * from counted
