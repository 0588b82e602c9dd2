{#
    The newest recorded name is the one shown, and revisions have no gaps.
#}
with

recorded as (

    select * from {{ ref('state_names') }}

),

current_names as (

    select * from {{ ref('int_state_names') }}

),

newest as (

    select
        state_key,
        max(revision) as revision,
        count(*) as n_revisions
    from recorded
    group by state_key

),

compared as (

    select
        current_names.state_key,
        current_names.state_name,
        recorded.state_name as recorded_name,
        newest.revision,
        newest.n_revisions
    from current_names
    left join newest
        on current_names.state_key = newest.state_key
    left join recorded
        on
            newest.state_key = recorded.state_key
            and newest.revision = recorded.revision
    where
        current_names.name_source <> 'fixed'
        and (
            recorded.state_name is null
            or recorded.state_name <> current_names.state_name
            or newest.revision <> newest.n_revisions
        )

)

select * from compared
