{#
    The features that a run reads: the entry `features` of `champion_model`.

    scaling, emissions: the staging models of those names. of_run: a where clause.
#}
{% macro champion_features(scaling, emissions, of_run) %}

    {% set text = dbt.type_string() %}
    {% set states_of = {} %}
    {% for row in run_query(
        "select
            feature,
            density,
            part,
            cast(mean as " ~ text ~ ") as mean,
            cast(2 * variance as " ~ text ~ ") as double_variance,
            cast(case when density = 'gaussian' then -ln(2 * pi() * variance) / 2 end as " ~ text ~ ") as log_scale,
            cast(case when density <> 'gaussian' then " ~ log_of('mean') ~ " end as " ~ text ~ ") as log_p,
            cast(case when density <> 'gaussian' then " ~ log_of('1 - mean') ~ " end as " ~ text ~ ") as log_q
        from " ~ emissions ~ of_run ~ 'order by state_id, part'
    ).rows %}
        {% set states = states_of.setdefault(row['feature'], []) %}
        {% if row['part'] == 1 %}
            {% do states.append(dict(row.dict(), log_parts=[])) %}
        {% endif %}
        {% do states[-1]['log_parts'].append(row['log_p']) %}
    {% endfor %}

    {% set known = var('features') | map(attribute='name') | list %}
    {% set features = [] %}
    {% for row in run_query(
        'select feature, panel_columns, family, transform, evidence,
            cast(mean as ' ~ text ~ ') as mean, cast(scale as ' ~ text ~ ') as scale
        from ' ~ scaling ~ of_run ~ 'and feature_position is not null order by feature_position'
    ).rows %}
        {% if row['feature'] not in known %}
            {{ exceptions.raise_compiler_error(
                "found the feature " ~ row['feature'] ~ " in the champion's model; expected one of the var"
                ~ " features: " ~ known | join(', ') ~ ". Put it back into dbt_project.yml, or run"
                ~ " `make build SELECT=+exposure:fit_hmm` and fit again."
            ) }}
        {% endif %}
        {% set states = states_of[row['feature']] %}
        {% do features.append({
            'name': row['feature'], 'family': row['family'], 'transform': row['transform'],
            'evidence': row['evidence'], 'mean': row['mean'], 'scale': row['scale'],
            'columns': fromjson(row['panel_columns']) if row['panel_columns'] else [row['feature']],
            'density': states[0]['density'], 'states': states,
        }) %}
    {% endfor %}
    {{ return(features) }}

{% endmacro %}
