{#
    One step of the filter, from each user's belief to that of the next week: the recursive
    term of a CTE with the columns user_id, week_start, is_new and log_belief.

    beliefs: that CTE. evidence: user_id, week_start and log_density_1, … for every week;
    with several levels also counted_rides. A null belief means that the user's first week
    is next: it uses the start probabilities.

    Columns of levels and states end in `_level_state`. Users keep their level, so a sum
    over the ways into a state has only states of the same level. It is a sum of products,
    which costs far less than one of exponentials: each belief is first divided by that in
    the level's most probable state (`log_peak`). What underflows then is below 1e-217 of
    the peak, and the rest exact. A sum below 1e-85, which only a nearly impossible
    transition can give, is computed again from logarithms (`log_way`), however small it is.
#}
{% macro forward_step(model, beliefs, evidence) -%}

{%- set states, levels = range(1, model['n_states'] + 1), range(1, model['levels'] | length + 1) %}
{%- set entries = [] %}
{%- for level in levels %}{% for state in states %}
    {%- do entries.append({
        'level': level, 'state': state, 'name': level ~ '_' ~ state, 'position': loop.index + (level - 1) * model['n_states'],
    }) %}
{%- endfor %}{% endfor %}
{%- set out_of_reach = [] %}
{%- for state in states if may_be_out_of_reach(model, state) %}{% do out_of_reach.append(state) %}{% endfor %}
{%- set known_of_week %}
                user_id,
                week_start,
                is_first
                {%- if levels | length > 1 %},
                counted_rides
                {%- endif %}
                {%- for state in states %},
                log_density_{{ state }}
                {%- endfor %}
{%- endset %}
        with

        paired as (

            select
                evidence.user_id,
                evidence.week_start,
                beliefs.log_belief is null as is_first
                {%- if levels | length > 1 %},
                evidence.counted_rides
                {%- endif %}
                {%- for state in states %},
                evidence.log_density_{{ state }}
                {%- endfor %}
                {%- for entry in entries %},
                {{ array_item('beliefs.log_belief', entry['position']) }} as log_belief_{{ entry['name'] }}
                {%- endfor %}
            from {{ beliefs }} as beliefs
            inner join {{ evidence }} as evidence
                on
                    beliefs.user_id = evidence.user_id
                    and {{ add_days('beliefs.week_start', 7) }} = evidence.week_start
            {{ kept_apart() }}

        ),

        with_peaks as (

            select
                paired.*
                {%- for level in levels %},
                greatest({{ for_each_state(states, 'log_belief_' ~ level ~ '_STATE') | join(', ') }})
                    as log_peak_{{ level }}
                {%- endfor %}
            from paired
            {{ kept_apart() }}

        ),

        relative as (

            select
                with_peaks.*
                {%- for entry in entries %},
                exp(greatest(log_belief_{{ entry['name'] }} - log_peak_{{ entry['level'] }}, -500))
                    as relative_{{ entry['name'] }}
                {%- endfor %}
            from with_peaks
            {{ kept_apart() }}

        ),

        moved as (

            select
                {{- known_of_week }}
                {%- for level in levels %},
                log_peak_{{ level }}
                {%- endfor %}
                {%- for entry in entries %},
                {%- if out_of_reach %}
                log_belief_{{ entry['name'] }},
                {%- endif %}
                {{ sum_of_ways_into(model, entry['level'], entry['state']) }} as sum_{{ entry['name'] }}
                {%- endfor %}
            from relative
            {{ kept_apart() }}

        ),
        {%- if out_of_reach %}

        -- The most probable way into a state that is nearly out of reach.
        with_best_ways as (

            select
                moved.*
                {%- for entry in entries if entry['state'] in out_of_reach %},
                case
                    when sum_{{ entry['name'] }} < {{ as_double('1e-85') }}
                        then greatest({{ ways_into(model, entry['level'], entry['state']) | join(', ') }})
                end as log_way_{{ entry['name'] }}
                {%- endfor %}
            from moved
            {{ kept_apart() }}

        ),
        {%- endif %}

        joint as (

            select
                user_id,
                week_start
                {%- for entry in entries %},
                log_density_{{ entry['state'] }}
                {%- if levels | length > 1 %}
                + {{ level_log_density(model['levels'][entry['level'] - 1], entry['state']) }}
                {%- endif %}
                + case
                    when is_first
                        then
                            {{ as_double(model['levels'][entry['level'] - 1]['log_weight']) }}
                            + {{ as_double(model['log_start'][entry['state'] - 1]) }}
                    {%- if entry['state'] in out_of_reach %}
                    when sum_{{ entry['name'] }} < {{ as_double('1e-85') }}
                        then {{ log_sum_exp(ways_into(model, entry['level'], entry['state']), 'log_way_' ~ entry['name']) }}
                    {%- endif %}
                    else log_peak_{{ entry['level'] }} + ln(sum_{{ entry['name'] }})
                end as log_joint_{{ entry['name'] }}
                {%- endfor %}
            from {{ 'with_best_ways' if out_of_reach else 'moved' }}
            {{ kept_apart() }}

        ),

        with_largest as (

            select
                joint.*,
                greatest(log_joint_{{ entries | map(attribute='name') | join(', log_joint_') }})
                    as log_largest
            from joint
            {{ kept_apart() }}

        ),

        with_total as (

            select
                with_largest.*,
                {{ log_sum_exp(for_each_state(entries | map(attribute='name'), 'log_joint_STATE'), 'log_largest') }}
                    as log_total
            from with_largest
            {{ kept_apart() }}

        )

        select
            user_id,
            week_start,
            true as is_new,
            {{ array_of(for_each_state(
                entries | map(attribute='name'), 'greatest(log_joint_STATE - log_total, ' ~ log_zero() ~ ')'
            )) }} as log_belief
        from with_total

{%- endmacro %}
