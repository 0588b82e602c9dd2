{{ config(severity='warn') }}
{#
    Nobody who is held out of an audience was reached by an action on it, once they had
    come in. Each row here makes `audience_effects` say less.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

first_held_out as (

    select
        audience,
        user_id,
        min(entered_at) as entered_at
    from audiences
    where is_holdout
    group by audience, user_id

),

reached as (

    select
        exposures.exposure_id,
        exposures.audience,
        exposures.user_id,
        exposures.exposed_at,
        first_held_out.entered_at
    from exposures
    inner join first_held_out
        on
            exposures.audience = first_held_out.audience
            and exposures.user_id = first_held_out.user_id
            and exposures.exposed_at >= first_held_out.entered_at

)

select * from reached
