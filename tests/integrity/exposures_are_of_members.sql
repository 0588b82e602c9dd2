{{ config(severity='warn') }}
{#
    Every exposed user had entered the audience before the exposure. Any other exposure is a
    mistake of the tool that writes the log.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

unexpected as (

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

select * from unexpected
