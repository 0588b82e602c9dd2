{#
    What the roles that vars name may do: a list of mappings with role_var, role, schema,
    table and privilege. A role that no var names has no entry.
#}
{% macro rights_of_roles() %}

    {{ return(
        rights_to_models() + rights_to_tables_of_fits() + rights_to_tables_of_tools() + rights_to_build_tables()
    ) }}

{% endmacro %}


{#
    The part of it about models and seeds. Which of them a program reads is said by its
    exposure; `meta.role` of the exposure is the var with the program's role. The reader
    may also read every mart and the calendar.
#}
{% macro rights_to_models() %}

    {% set role_vars = ['reader_role', 'fitter_role', 'sender_role'] | select('in', vars_with_a_role()) | list %}
    {% if not role_vars %}
        {{ return([]) }}
    {% endif %}

    {% set rights = [] %}
    {% set schemas_of_readers = [prefixed_schema('marts'), prefixed_schema('semantic')] %}
    {% set read_by = models_read_by_role() %}

    {% for node in graph.nodes.values() if node.resource_type in ('model', 'seed') %}
        {% for role_var in role_vars %}
            {% if node.unique_id in read_by.get(role_var, [])
                or (role_var == 'reader_role' and node.schema in schemas_of_readers) %}
                {% do rights.append({
                    'role_var': role_var, 'role': var(role_var),
                    'schema': node.schema, 'table': node.alias, 'privilege': 'select'
                }) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(rights) }}

{% endmacro %}


{# The part of it about the tables of `hmm`, `register` and others, which fits and promotions write. #}
{% macro rights_to_tables_of_fits() %}

    {% if not var('fitter_role') %}
        {{ return([]) }}
    {% endif %}

    {#
        A fit adds rows to every table but that of the schema's versions. A promotion names
        segments and replaces the champion; old runs and backtests are deleted, and what
        belongs to them with them. New explanations replace the earlier ones of a run, what
        is said of conversations what was said before, and so do reasons why a target could
        not be fitted.
    #}
    {% set rights = [] %}
    {% set inserted = ['select', 'insert'] + analyze_privileges() %}
    {% set changed = {
        'segments': ['update'],
        'segment_keys': ['update'],
        'champions': ['delete'],
        'runs': ['delete'],
        'backtests': ['delete'],
        'reasons': ['delete'],
        'second_opinions': ['delete'],
        'refusals': ['delete'],
        'filtered_conversations': ['delete'],
    } %}
    {% for table in tables_of_fits() %}
        {% set privileges = ['select'] if table.name == 'schema_migrations' else inserted %}
        {% for privilege in privileges + changed.get(table.name, []) %}
            {% do rights.append({
                'role_var': 'fitter_role', 'role': var('fitter_role'),
                'schema': table.schema, 'table': table.name, 'privilege': privilege
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(rights) }}

{% endmacro %}


{# The part of it about the tables that marketing's tool and the sender of the outbox write. #}
{% macro rights_to_tables_of_tools() %}

    {% set rights = [] %}
    {% for role_var, schema, table, privileges in [
        ('exposure_writer_role', 'activation', 'exposures', ['select', 'insert']),
        ('exposure_writer_role', 'activation', 'assignments', ['select', 'insert']),
        ('sender_role', 'activation', 'exposures', ['select', 'insert']),
        ('sender_role', 'outbox', 'endpoints', ['select', 'insert', 'update']),
        ('sender_role', 'outbox', 'deliveries', ['select', 'insert', 'update']),
    ] if var(role_var) %}
        {% for privilege in privileges %}
            {% do rights.append({
                'role_var': role_var, 'role': var(role_var),
                'schema': prefixed_schema(schema), 'table': table, 'privilege': privilege
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(rights) }}

{% endmacro %}


{# The part of it about the records of builds, by which readers notice a swap of tables. #}
{% macro rights_to_build_tables() %}

    {% set rights = [] %}
    {% for role_var in ['reader_role', 'fitter_role'] | select('in', vars_with_a_role()) %}
        {% for source in graph.sources.values() if source.source_name == 'operations' %}
            {% do rights.append({
                'role_var': role_var, 'role': var(role_var),
                'schema': source.schema, 'table': source.identifier, 'privilege': 'select'
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(rights) }}

{% endmacro %}


{# The unique ids of the models and seeds that programs read, by the var with their role. #}
{% macro models_read_by_role() %}

    {% set read_by = {} %}
    {% for exposure in graph.exposures.values() if exposure.config.meta.get('role') %}
        {% do read_by.setdefault(exposure.config.meta['role'], []).extend(exposure.depends_on.nodes) %}
    {% endfor %}
    {{ return(read_by) }}

{% endmacro %}


{# Schema and name of every table that fits write: their sources say by which script. #}
{% macro tables_of_fits() %}

    {% set tables = [{'schema': prefixed_schema('hmm'), 'name': 'schema_migrations'}] %}
    {% for source in graph.sources.values() if source.source_meta.get('written_by') %}
        {% do tables.append({'schema': source.schema, 'name': source.identifier}) %}
    {% endfor %}
    {{ return(tables) }}

{% endmacro %}


{# The vars that name a role, out of those that may. #}
{% macro vars_with_a_role() %}

    {% set named = [] %}
    {% for name in ('reader_role', 'fitter_role', 'exposure_writer_role', 'sender_role') if var(name) %}
        {% do named.append(name) %}
    {% endfor %}
    {{ return(named) }}

{% endmacro %}
