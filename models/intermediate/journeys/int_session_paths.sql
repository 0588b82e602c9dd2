{#
    The paths of two to five steps in the drawn sessions. A path counts once in a session.
#}
with

path_steps as (

    select * from {{ ref('int_path_steps') }}

),

paths as (

    {%- for length in range(2, 6) %}
    select
        session_key,
        {{ length }} as n_steps,
        step
        {%- for place in range(2, length + 1) %}
        || ' > ' || step_{{ place }}
        {%- endfor %} as path,
        number + {{ length - 1 }} as end_number,
        number + {{ length - 1 }} = n_session_steps as is_last
    from path_steps
    where step_{{ length }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

once as (

    select
        session_key,
        n_steps,
        path,
        min(end_number) as first_end_number,
        max(case when is_last then 1 else 0 end) = 1 as is_end_of_session
    from paths
    group by session_key, n_steps, path

)

select * from once
