{#
    What one bin adds to the population stability index Σ (p − q) ln (p / q), where p and q
    are the bin's shares of the recent and of the reference values (Siddiqi, Credit Risk
    Scorecards, 2006; it is the divergence of Jeffreys, 1946). Each bin counts half a value
    more than it has, so that an empty bin has a logarithm.
#}
{% macro stability_term(n_recent, n_recent_total, n_reference, n_reference_total, n_bins) -%}

    {%- set recent -%}
        (({{ n_recent }} + 0.5) / ({{ n_recent_total }} + 0.5 * {{ n_bins }}))
    {%- endset -%}
    {%- set reference -%}
        (({{ n_reference }} + 0.5) / ({{ n_reference_total }} + 0.5 * {{ n_bins }}))
    {%- endset -%}
    ({{ recent }} - {{ reference }}) * ln({{ recent }} / {{ reference }})

{%- endmacro %}
