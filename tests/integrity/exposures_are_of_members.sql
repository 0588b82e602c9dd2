{{ config(severity='warn') }}
{#
    Whoever was reached had come into the audience before. An exposure of somebody else is
    a slip of the tool that writes the log, or of its names.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

of_strangers as (

    select
        exposures.exposure_id,
        exposures.audience,
        exposures.user_id,
        exposures.exposed_at
    from exposures
    where
        not exists (
            select 1
            from audiences
            where
                audiences.audience = exposures.audience
                and audiences.user_id = exposures.user_id
                and audiences.entered_at <= exposures.exposed_at
        )

)

select * from of_strangers
