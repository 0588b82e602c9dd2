{#
    What a result of an experiment says, in a sentence. It reads columns of the last steps
    of experiment_results.
#}
{% macro verdict_in_words() -%}
    case
        when verdict = 'stopped'
            then
                'Not to be read: the variants do not have the shares that they should'
                || ' have, so something assigns or records wrongly.'
        when verdict = 'not measured yet'
            then
                'Too few customers: it takes 20 in each variant whose time is over,'
                || ' and 5 of each with a value.'
        when verdict = 'no difference found' and power_reached is null
            then 'No difference was found.'
        when verdict = 'no difference found'
            then
                'No difference was found. A difference of '
                || {{ percent_in_words('minimal_effect') }} || ' would have been found in '
                || {{ percent_in_words('power_reached') }} || ' of such experiments.'
        else
            coalesce({{ percent_in_words('abs(uplift)') }}, 'By far') || case
                when verdict = 'higher' then ' more than in the control; '
                else ' less than in the control; '
            end || 'by chance alone at least so much in '
            || {{ percent_in_words('p_holm') }} || ' of such experiments.'
    end
{%- endmacro %}
