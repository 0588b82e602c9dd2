{#
    Stop if every ride was set aside, and say why. A pre-hook of int_as_of_week, which
    would have no week.
#}
{% macro check_kept_rides() %}

    {# Here, so that dbt sees both when it only parses. #}
    {% set ride_snapshot, rides = ref('int_ride_snapshot'), ref('int_rides') %}
    {% if not execute or flags.EMPTY %}
        {{ return('') }}
    {% endif %}

    {% set found = run_query(
        'select broken_rule, count(*) as n_rides, cast(max(requested_at) as date) as newest_day from '
        ~ ride_snapshot ~ ' where not exists (select 1 from ' ~ rides ~ ')'
        ~ ' group by broken_rule order by count(*) desc, broken_rule'
    ).rows %}
    {% if not found %}
        {{ return('') }}
    {% endif %}

    {% set reasons = [] %}
    {% set remedies = ['See int_ride_snapshot, column broken_rule.'] %}
    {% for broken_rule, n_rides, newest_day in found %}
        {% do reasons.append(n_rides ~ ' ' ~ broken_rule) %}
        {% if broken_rule == 'requested_too_early' %}
            {% do remedies.insert(0,
                'The newest ride that is too early is of ' ~ newest_day ~ ', and the var earliest_ride_date is '
                ~ var('earliest_ride_date') ~ ': correct the times, or set the var to an earlier day.'
            ) %}
        {% endif %}
    {% endfor %}
    {{ exceptions.raise_compiler_error(
        'found no ride that counts: all ' ~ found | sum(attribute='n_rides') ~ ' were set aside ('
        ~ reasons | join(', ') ~ '); expected some. ' ~ remedies | join(' ')
    ) }}

{% endmacro %}
