{#
    One step of the filter, from each user's belief to that of the next week: the recursive
    term of a CTE with the columns user_id, week_start, is_new and log_belief.

    beliefs: that CTE. evidence: user_id, week_start and log_density_1, … for every week.
    A null belief means that the user's first week is next: it uses the start
    probabilities.
#}
{% macro forward_step(model, beliefs, evidence) -%}

{%- set states = range(1, model['n_states'] + 1) %}
        with

        paired as {{ computed_once() }} (

            select
                evidence.user_id,
                evidence.week_start,
                beliefs.log_belief is null as is_first
                {%- for state in states %},
                {{ array_item('beliefs.log_belief', state) }} as log_belief_{{ state }},
                evidence.log_density_{{ state }}
                {%- endfor %}
            from {{ beliefs }} as beliefs
            inner join {{ evidence }} as evidence
                on
                    beliefs.user_id = evidence.user_id
                    and {{ add_days('beliefs.week_start', 7) }} = evidence.week_start

        ),

        -- The most probable way into each state, which scales the sums.
        with_best_way as {{ computed_once() }} (

            select
                paired.*
                {%- for state in states %},
                greatest({{ ways_into(model, state) | join(', ') }}) as log_way_{{ state }}
                {%- endfor %}
            from paired

        ),

        joint as {{ computed_once() }} (

            select
                user_id,
                week_start
                {%- for state in states %},
                log_density_{{ state }} + case
                    when is_first then {{ as_double(model['log_start'][state - 1]) }}
                    else {{ log_sum_exp(ways_into(model, state), 'log_way_' ~ state) }}
                end as log_joint_{{ state }}
                {%- endfor %}
            from with_best_way

        ),

        with_largest as {{ computed_once() }} (

            select
                joint.*,
                greatest({{ for_each_state(states, 'log_joint_STATE') | join(', ') }}) as log_largest
            from joint

        ),

        with_total as {{ computed_once() }} (

            select
                with_largest.*,
                {{ log_sum_exp(for_each_state(states, 'log_joint_STATE'), 'log_largest') }} as log_total
            from with_largest

        )

        select
            user_id,
            week_start,
            true as is_new,
            {{ array_of(for_each_state(states, 'greatest(log_joint_STATE - log_total, ' ~ log_zero() ~ ')')) }}
                as log_belief
        from with_total

{%- endmacro %}
