{#
    What state_outlook expects of a state is the mean of user_outlook over the users who are
    in it, to rounding. In a build with an earlier as_of_date user_outlook keeps what was
    published, so there is nothing to compare.
#}
with

state_outlook as (

    select * from {{ ref('state_outlook') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

newest as (

    select max(as_of_week_start) as as_of_week_start from user_outlook

),

of_users as (

    select
        {%- for column in state_outlook_columns() %}
        avg(user_outlook.{{ column }}) as {{ column }},
        {%- endfor %}
        user_outlook.run_id,
        user_outlook.state_key
    from user_outlook
    inner join newest
        on user_outlook.as_of_week_start = newest.as_of_week_start
    inner join as_of_week
        on user_outlook.as_of_week_start = as_of_week.as_of_week_start
    group by user_outlook.run_id, user_outlook.state_key

),

{%- set compared = [] %}
{%- for column in state_outlook_columns() %}
{%- do compared.append(
    'coalesce(abs(state_outlook.' ~ column ~ ' - of_users.' ~ column ~ ')'
    ~ ' / (1 + of_users.' ~ column ~ '), case when coalesce(state_outlook.' ~ column
    ~ ', of_users.' ~ column ~ ') is null then 0 else 1 end)'
) %}
{%- endfor %}

compared as (

    select
        state_outlook.state_key,
        greatest({{ compared | join(', ') }}) as greatest_difference
    from state_outlook
    inner join of_users
        on
            state_outlook.run_id = of_users.run_id
            and state_outlook.state_key = of_users.state_key

)

select * from compared
where greatest_difference > 1e-9
