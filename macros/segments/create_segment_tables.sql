{#
    The tables that fits of segments write: the certificate of each run, the parameters by
    which SQL assigns customers, and who was in which segment in the week of the fit. Their
    run is in the schema `register`, and they are deleted with it. No build drops, empties
    or alters these tables. The first build creates them.
#}
{% macro create_segment_tables() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set schema = adapter.quote(prefixed_schema('segments')) %}
    {% set register = adapter.quote(prefixed_schema('register')) %}
    {% set text, number = dbt.type_string(), type_double() %}
    {% set of_run = 'run_id ' ~ text ~ ' not null references ' ~ register
        ~ '.runs (run_id) on delete cascade' %}
    {% do run_and_commit([
        'create schema if not exists ' ~ schema,
        'create table if not exists ' ~ schema ~ '.fits (
            ' ~ of_run ~ ' primary key,
            as_of_week_start date not null,
            rule ' ~ text ~ " check (rule in ('nearest_centre', 'mixture')),
            division " ~ text ~ ',
            deciding_outcome ' ~ text ~ ' not null,
            n_customers bigint not null,
            n_held_out bigint not null,
            sentence ' ~ text ~ ' not null,
            scaling_method ' ~ text ~ ' not null
        )',
        'create table if not exists ' ~ schema ~ '.divisions (
            ' ~ of_run ~ ',
            division ' ~ text ~ ' not null,
            label ' ~ text ~ ' not null,
            kind ' ~ text ~ ' not null,
            setting integer,
            n_segments integer not null,
            smallest_share ' ~ number ~ ' not null,
            coverage ' ~ number ~ ' not null,
            inertia ' ~ number ~ ',
            silhouette ' ~ number ~ ',
            davies_bouldin ' ~ number ~ ',
            stability ' ~ number ~ ',
            stability_over_windows ' ~ number ~ ',
            given_back_share ' ~ number ~ ',
            is_elbow boolean not null,
            is_best_silhouette boolean not null,
            is_chosen boolean not null,
            is_published boolean not null,
            why_not ' ~ text ~ ',
            primary key (run_id, division)
        )',
        'create table if not exists ' ~ schema ~ '.division_scores (
            ' ~ of_run ~ ',
            division ' ~ text ~ ' not null,
            outcome ' ~ text ~ ' not null,
            is_deciding boolean not null,
            n_customers bigint not null,
            n_customer_weeks bigint not null,
            log_score ' ~ number ~ ' not null,
            gain_over_base ' ~ number ~ ',
            gain_over_base_low ' ~ number ~ ',
            gain_over_base_high ' ~ number ~ ',
            gain_over_rfm ' ~ number ~ ',
            gain_over_rfm_low ' ~ number ~ ',
            gain_over_rfm_high ' ~ number ~ ',
            primary key (run_id, division, outcome),
            foreign key (run_id, division)
                references ' ~ schema ~ '.divisions (run_id, division) on delete cascade
        )',
        'create table if not exists ' ~ schema ~ '.centres (
            ' ~ of_run ~ ',
            segment_id integer not null check (segment_id > 0),
            feature ' ~ text ~ ' not null,
            mean ' ~ number ~ ' not null,
            variance ' ~ number ~ ' not null check (variance >= 0),
            primary key (run_id, segment_id, feature)
        )',
        'create table if not exists ' ~ schema ~ '.weights (
            ' ~ of_run ~ ',
            segment_id integer not null check (segment_id > 0),
            weight ' ~ number ~ ' not null check (weight >= 0),
            primary key (run_id, segment_id)
        )',
        'create table if not exists ' ~ schema ~ '.members (
            ' ~ of_run ~ ',
            customer_id ' ~ text ~ ' not null,
            segment_id integer not null check (segment_id > 0),
            certainty ' ~ number ~ ',
            primary key (run_id, customer_id)
        )',
        'create table if not exists ' ~ schema ~ '.points (
            ' ~ of_run ~ ',
            customer_id ' ~ text ~ ' not null,
            segment_id integer not null check (segment_id > 0),
            x ' ~ number ~ ' not null,
            y ' ~ number ~ ' not null,
            primary key (run_id, customer_id)
        )',
        'create table if not exists ' ~ schema ~ '.components (
            ' ~ of_run ~ ',
            component integer not null check (component in (1, 2)),
            feature ' ~ text ~ ' not null,
            loading ' ~ number ~ ' not null,
            explained_share ' ~ number ~ ' not null,
            primary key (run_id, component, feature)
        )',
    ]) %}
    {{ return('') }}

{% endmacro %}
