{#
    Whether a customer, or a user without a customer, is held out of everything that is
    sent. One hash decides for all audiences, triggers and experiments, so that nobody is
    held out of one and written to by another.

    contact: customer_id, or user_id where there is no customer.
#}
{% macro is_held_out(contact) -%}
    {%- set salt = dbt.string_literal(
        dbt.escape_single_quotes(var('audience_holdout_salt'))
    ) -%}
    {{ hashes_below(salt ~ ' || ' ~ contact, var('audience_holdout_share')) }}
{%- endmacro %}
