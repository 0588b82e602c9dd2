{#
    How likely something is, in words that are true of every probability:

    Likely to buy within 4 weeks (62 %; of such customers 60 of 100 did)
    9 % chance to buy within 4 weeks, three times the usual 3 % (of such customers …)
    Of such customers 10 of 100 did buy within 4 weeks, three times the usual 3 %. The
    forecast says 25 %, more than came

    The sentence begins with what came where the forecast differs from it by more than 5
    points and by more than 2.5 standard errors.

    Arguments: expressions. base_rate: the share of all who did, null if it is not known.
    past_rate, n_past: what came of earlier forecasts like this one; null without any.
#}
{% macro chance_in_words(words, probability, base_rate, past_rate, n_past) -%}

    {%- set past = past_in_words(past_rate, n_past) -%}
    {%- set distance = 'abs(' ~ probability ~ ' - ' ~ past_rate ~ ')' -%}
    case
        when
            {{ distance }} > 0.05
            and {{ distance }} > 2.5 * sqrt(
                {{ probability }} * (1 - {{ probability }}) / nullif({{ n_past }}, 0)
            )
            then
                {{ past_in_words(past_rate, n_past, of='Of') }} || ' ' || {{ words }}
                || coalesce(', ' || {{ beside_the_usual(past_rate, base_rate) }}, '')
                || '. The forecast says ' || {{ percent_in_words(probability) }}
                || case
                    when {{ probability }} > {{ past_rate }} then ', more than came'
                    else ', less than came'
                end
        when {{ probability }} >= 0.5
            then
                'Likely to ' || {{ words }} || ' (' || {{ percent_in_words(probability) }}
                || coalesce('; ' || {{ past }}, '') || ')'
        else
            replace({{ percent_in_words(probability) }}, 'under', 'Under')
            || ' chance to ' || {{ words }}
            || coalesce(', ' || {{ beside_the_usual(probability, base_rate) }}, '')
            || coalesce(' (' || {{ past }} || ')', '')
    end

{%- endmacro %}


{# A probability beside the usual one, such as "three times the usual 3 %". #}
{% macro beside_the_usual(probability, base_rate) -%}

    {%- set ratio = '(' ~ probability ~ ' / nullif(' ~ base_rate ~ ', 0))' -%}
    case
        when {{ ratio }} >= 2.95 and {{ ratio }} < 3.05 then 'three times the usual '
        when {{ ratio }} >= 1.95 and {{ ratio }} < 2.05 then 'twice the usual '
        when {{ ratio }} >= 1.1 then {{ number_in_words(ratio) }} || ' times the usual '
        when {{ ratio }} >= 0.9 then 'about the usual '
        when {{ ratio }} >= 0.6 then 'less than the usual '
        when {{ ratio }} >= 0.4 then 'about half the usual '
        when {{ ratio }} >= 0.28 then 'about a third of the usual '
        when {{ ratio }} >= 0.22 then 'about a quarter of the usual '
        when {{ ratio }} >= 0 then 'far less than the usual '
    end || {{ percent_in_words(base_rate) }}

{%- endmacro %}


{#
    What came of earlier forecasts like this one; of few, or of rare ones, in exact numbers.

    of: the first word, `of` or `Of`.
#}
{% macro past_in_words(past_rate, n_past, of='of') -%}

    {%- set text = dbt.type_string() -%}
    case
        when {{ n_past }} < 100 or {{ past_rate }} < 0.01 or {{ past_rate }} > 0.99
            then
                '{{ of }} ' || cast({{ n_past }} as {{ text }}) || ' such cases '
                || cast(cast(round({{ n_past }} * {{ past_rate }}) as {{ dbt.type_bigint() }}) as {{ text }})
                || ' did'
        else
            '{{ of }} such customers '
            || cast(cast(round(100 * {{ past_rate }}) as {{ dbt.type_bigint() }}) as {{ text }})
            || ' of 100 did'
    end

{%- endmacro %}


{#
    The reasons after what they explain: those that make it as likely as it is come first,
    what speaks against them follows.

    Arguments: expressions. reasons_for, reasons_against: joined by "; ", null without any.
    is_high: whether the probability is at least the usual one.
#}
{% macro reasons_after(reasons_for, reasons_against, is_high) -%}

    case
        when {{ is_high }}
            then
                coalesce(': ' || {{ reasons_for }}, '') || '.'
                || coalesce(' Against it: ' || {{ reasons_against }} || '.', '')
        else
            coalesce(': ' || {{ reasons_against }}, '') || '.'
            || coalesce(' For it: ' || {{ reasons_for }} || '.', '')
    end

{%- endmacro %}
