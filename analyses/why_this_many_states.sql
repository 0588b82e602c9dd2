{#
    Why this many states? One row per number of states that was tried: the probability
    that its model typically gave to what users did in the next week, the same without
    states, and the verdict.
#}
with

model_selection as (

    select * from {{ ref('model_selection') }}

)

select
    n_states,
    verdict,
    defects,
    -- The log score is the log of the geometric mean of the probabilities.
    round(cast(100 * exp(next_week_log_score) as {{ type_exact() }}), 1)
        as typical_percentage_given_to_what_happened,
    round(cast(100 * exp(base_log_score) as {{ type_exact() }}), 1)
        as typical_percentage_without_states,
    round(cast(stability as {{ type_exact() }}), 2) as stability,
    round(cast(100 * smallest_state_share as {{ type_exact() }}), 1)
        as smallest_state_in_percent
from model_selection
order by n_states
