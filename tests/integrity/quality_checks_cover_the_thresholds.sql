{#
    Every check of the seed has a row, measured or not. Before the first fit there are no
    features whose drift could be checked.
#}
with

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

quality_checks as (

    select * from {{ ref('quality_checks') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

missing as (

    select thresholds.check_name
    from thresholds
    left join quality_checks
        on thresholds.check_name = quality_checks.check_name
    where
        quality_checks.check_name is null
        and (
            thresholds.check_name <> 'feature_drift'
            or exists (select 1 from champion)
        )

)

select * from missing
