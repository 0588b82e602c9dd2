{#
    Applies the selection rule again to the figures of the certificate: the fewest states
    among the models without a defect that are within one standard error of the best. The
    marts must have that number of states. Where nothing could be judged, or every model has
    a defect, the rule does not apply.
#}
with

model_selection as (

    select * from {{ ref('model_selection') }}

),

states as (

    select * from {{ ref('states') }}

),

counted as (

    select count(*) as n_states
    from states
    where state_id > 0

),

rule_choice as (

    select min(n_states) as n_states
    from model_selection
    where
        has_passed_guards
        and score_behind_best <= score_behind_best_standard_error

),

broken as (

    select
        model_selection.n_states,
        model_selection.verdict,
        'is_within_one_standard_error' as broken_part
    from model_selection
    where
        model_selection.is_within_one_standard_error
        <> (
            model_selection.score_behind_best
            <= model_selection.score_behind_best_standard_error
        )

    union all

    select
        model_selection.n_states,
        model_selection.verdict,
        'fewest states' as broken_part
    from model_selection
    cross join rule_choice
    where
        model_selection.is_chosen
        and model_selection.n_states <> rule_choice.n_states

    union all

    select
        model_selection.n_states,
        model_selection.verdict,
        'states in the marts' as broken_part
    from model_selection
    cross join counted
    where
        model_selection.is_chosen
        and model_selection.n_states <> counted.n_states

)

select
    n_states,
    verdict,
    broken_part
from broken
