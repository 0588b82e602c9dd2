{#
    What holds in every row, whatever the others hold: one test of a model for all of its
    columns, in one scan. It returns the rows that break a rule, each with the first rule
    that it breaks.

    Nulls break only `not_null`. Shares may lie above 1 by rounding: histories keep what
    earlier versions wrote.
#}
{% test valid_values(model, not_null=[], not_negative=[], shares=[], mondays=[]) %}

{%- set rules = [] %}
{%- for column in not_null %}
    {%- do rules.append((column ~ ' is null', column ~ ' is null')) %}
{%- endfor %}
{%- for column in not_negative %}
    {%- do rules.append((column ~ ' < 0', column ~ ' is negative')) %}
{%- endfor %}
{%- for column in shares %}
    {%- do rules.append((column ~ ' < 0 or ' ~ column ~ ' > 1 + 1e-12', column ~ ' is no share')) %}
{%- endfor %}
{%- for column in mondays %}
    {%- do rules.append((column ~ ' <> ' ~ week_start(column), column ~ ' is no Monday')) %}
{%- endfor %}
{%- if not rules %}
    {{ exceptions.raise_compiler_error(
        'found a test valid_values without a column; expected not_null, not_negative, shares or mondays. '
        ~ 'Name the columns, or remove the test.'
    ) }}
{%- endif %}

select *
from (
    select
        case
            {%- for condition, fault in rules %}
            when {{ condition }} then '{{ fault }}'
            {%- endfor %}
        end as fault,
        {{ (not_null + not_negative + shares + mondays) | unique | join(',\n        ') }}
    from {{ model }}
) as checked
where fault is not null

{% endtest %}
