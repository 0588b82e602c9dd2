{#
    One step of the filter: the recursive term of a CTE with the columns user_id,
    week_start, is_new and log_belief.

    beliefs: that CTE. evidence: user_id, week_start and log_density_1, … of every week.
    A user without a belief begins with the start probabilities.
#}
{% macro forward_step(model, beliefs, evidence) -%}

{%- set states = range(1, model['n_states'] + 1) %}
        with

        met as {{ computed_once() }} (

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

        -- The likeliest way into each state, by which the sums are scaled.
        led as {{ computed_once() }} (

            select
                met.*
                {%- for state in states %},
                greatest({{ ways_into(model, state) | join(', ') }}) as log_way_{{ state }}
                {%- endfor %}
            from met

        ),

        joined as {{ computed_once() }} (

            select
                user_id,
                week_start
                {%- for state in states %},
                log_density_{{ state }} + case
                    when is_first then {{ as_double(model['log_start'][state - 1]) }}
                    else {{ log_sum_exp(ways_into(model, state), 'log_way_' ~ state) }}
                end as log_joint_{{ state }}
                {%- endfor %}
            from led

        ),

        compared as {{ computed_once() }} (

            select
                joined.*,
                greatest({{ for_each_state(states, 'log_joint_STATE') | join(', ') }}) as log_largest
            from joined

        ),

        added as {{ computed_once() }} (

            select
                compared.*,
                {{ log_sum_exp(for_each_state(states, 'log_joint_STATE'), 'log_largest') }} as log_total
            from compared

        )

        select
            user_id,
            week_start,
            true as is_new,
            {{ array_of(for_each_state(states, 'greatest(log_joint_STATE - log_total, ' ~ log_zero() ~ ')')) }}
                as log_belief
        from added

{%- endmacro %}
