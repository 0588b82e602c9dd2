{#
    Hints about how an engine should run a query. An engine that does not need one
    returns an empty text.
#}

{#
    A statement that collects statistics about a new table for the query planner. Without
    them PostgreSQL guesses, and sorts where it could hash.
#}
{% macro analyzed(relation) -%}
    {{ return(adapter.dispatch('analyzed', 'user_states')(relation)) }}
{%- endmacro %}

{% macro default__analyzed(relation) -%}
    {{ not_implemented('analyzed') }}
{%- endmacro %}

{% macro postgres__analyzed(relation) -%}
    {{ return('analyze ' ~ relation if execute and model.config.materialized != 'view' else '') }}
{%- endmacro %}


{#
    A statement that gives a table that keeps closed weeks an index by week, if builds keep
    them and it has none: they read the open weeks only. Not in `indexes` of the model's
    config: dbt asks for that while it parses, and the var may be in the command line.
#}
{% macro indexed_by_week(relation) -%}
    {{ return(adapter.dispatch('indexed_by_week', 'user_states')(relation)) }}
{%- endmacro %}

{% macro default__indexed_by_week(relation) -%}
    {{ not_implemented('indexed_by_week') }}
{%- endmacro %}

{% macro postgres__indexed_by_week(relation) -%}

    {% if not execute or var('closed_weeks') != 'keep' %}
        {{ return('') }}
    {% endif %}
    {% set found = run_query(
        "select 1 from pg_indexes where schemaname = '" ~ relation.schema ~ "' and tablename = '" ~ relation.identifier
        ~ "' and indexdef like '%(week_start)%'"
    ).rows %}
    {{ return('' if found else 'create index on ' ~ relation ~ ' (week_start)') }}

{%- endmacro %}

{#
    The word before the parenthesis of a CTE whose columns are long expressions that the
    next CTE uses many times: `densities as {{ computed_once() }} (`. PostgreSQL would
    otherwise copy the expressions to each use, and evaluate them again there.
#}
{% macro computed_once() -%}
    {{ adapter.dispatch('computed_once', 'user_states')() }}
{%- endmacro %}

{% macro default__computed_once() -%}
    {{ not_implemented('computed_once') }}
{%- endmacro %}

{% macro postgres__computed_once() -%}
    materialized
{%- endmacro %}


{#
    The word before the parenthesis of a CTE that is read more than once, and of which each
    reader needs few rows or columns: `events as {{ read_each_time() }} (`. PostgreSQL would
    otherwise store all of its rows first.
#}
{% macro read_each_time() -%}
    {{ adapter.dispatch('read_each_time', 'user_states')() }}
{%- endmacro %}

{% macro default__read_each_time() -%}
    {{ not_implemented('read_each_time') }}
{%- endmacro %}

{% macro postgres__read_each_time() -%}
    not materialized
{%- endmacro %}


{#
    A statement that turns off just-in-time compilation for the rest of a transaction.
    Where PostgreSQL has it, compiling thousands of written-out terms would take longer
    than the query.
#}
{% macro without_compilation() -%}
    {{ return(adapter.dispatch('without_compilation', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_compilation() -%}
    {{ not_implemented('without_compilation') }}
{%- endmacro %}

{% macro postgres__without_compilation() -%}
    {{ return('set local jit = off') }}
{%- endmacro %}


{#
    The last words of a CTE that is read once, and whose columns the next CTE uses many
    times. They keep PostgreSQL from merging the two queries, which would evaluate each
    expression again at each use. Unlike those of computed_once(), its rows are handed on
    one by one and never stored, so it is faster.
#}
{% macro kept_apart() -%}
    {{ adapter.dispatch('kept_apart', 'user_states')() }}
{%- endmacro %}

{% macro default__kept_apart() -%}
    {{ not_implemented('kept_apart') }}
{%- endmacro %}

{% macro postgres__kept_apart() -%}
    offset 0
{%- endmacro %}


{#
    A statement that lets the rest of a transaction join by hashing or merging only. For a
    chain of steps whose number of rows an engine cannot guess: PostgreSQL takes it for
    few, and compares each row with each.
#}
{% macro without_nested_loops() -%}
    {{ return(adapter.dispatch('without_nested_loops', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_nested_loops() -%}
    {{ not_implemented('without_nested_loops') }}
{%- endmacro %}

{% macro postgres__without_nested_loops() -%}
    {{ return('set local enable_nestloop = off') }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction join by hashing, or row by row. For
    joins of most rows of large tables by values whose distribution an engine does not
    know: PostgreSQL would sort both.
#}
{% macro without_merge_joins() -%}
    {{ return(adapter.dispatch('without_merge_joins', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_merge_joins() -%}
    {{ not_implemented('without_merge_joins') }}
{%- endmacro %}

{% macro postgres__without_merge_joins() -%}
    {{ return('set local enable_mergejoin = off') }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction join by sorting, or row by row. For
    joins of a million rows and more by numbers, in tables that are nearly in their order:
    hashing reads memory at random, which takes longer than to sort both.
#}
{% macro without_hash_joins() -%}
    {{ return(adapter.dispatch('without_hash_joins', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_hash_joins() -%}
    {{ not_implemented('without_hash_joins') }}
{%- endmacro %}

{% macro postgres__without_hash_joins() -%}
    {{ return('set local enable_hashjoin = off') }}
{%- endmacro %}


{#
    A statement that gives each join or sort in the rest of a transaction little memory. For
    joins of millions of long texts by hashing: parts that fit the processor's cache,
    written to disk first, take less time than one large table that is read at random.
#}
{% macro with_little_memory() -%}
    {{ return(adapter.dispatch('with_little_memory', 'user_states')()) }}
{%- endmacro %}

{% macro default__with_little_memory() -%}
    {{ not_implemented('with_little_memory') }}
{%- endmacro %}

{% macro postgres__with_little_memory() -%}
    {{ return("set local work_mem = '16MB'") }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction collect statistics from a tenth of the
    usual rows. For large tables of which a planner needs little more than their size:
    the usual 30,000 rows of each are a twentieth of what stitching takes.
#}
{% macro with_rough_statistics() -%}
    {{ return(adapter.dispatch('with_rough_statistics', 'user_states')()) }}
{%- endmacro %}

{% macro default__with_rough_statistics() -%}
    {{ not_implemented('with_rough_statistics') }}
{%- endmacro %}

{% macro postgres__with_rough_statistics() -%}
    {{ return('set local default_statistics_target = 10') }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction group by sorting only. For a chain of
    steps whose number of groups PostgreSQL takes for far too many.
#}
{% macro without_hashed_groups() -%}
    {{ return(adapter.dispatch('without_hashed_groups', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_hashed_groups() -%}
    {{ not_implemented('without_hashed_groups') }}
{%- endmacro %}

{% macro postgres__without_hashed_groups() -%}
    {{ return('set local enable_hashagg = off') }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction group by hashing only. For many rows in
    few groups of many columns: PostgreSQL multiplies the values of the columns, takes the
    groups for millions, and sorts.
#}
{% macro without_sorted_groups() -%}
    {{ return(adapter.dispatch('without_sorted_groups', 'user_states')()) }}
{%- endmacro %}

{% macro default__without_sorted_groups() -%}
    {{ not_implemented('without_sorted_groups') }}
{%- endmacro %}

{% macro postgres__without_sorted_groups() -%}
    {{ return('set local enable_sort = off') }}
{%- endmacro %}


{#
    A statement that lets the rest of a transaction join in parallel where many rows go on
    to one process, which counts them by a key with many values. PostgreSQL takes it for
    dearer than it is, and joins in one process.
#}
{% macro with_cheap_gathering() -%}
    {{ return(adapter.dispatch('with_cheap_gathering', 'user_states')()) }}
{%- endmacro %}

{% macro default__with_cheap_gathering() -%}
    {{ not_implemented('with_cheap_gathering') }}
{%- endmacro %}

{% macro postgres__with_cheap_gathering() -%}
    {{ return('set local parallel_tuple_cost = 0.005') }}
{%- endmacro %}


{#
    A condition that every number meets, and few according to the planner. For a query that
    joins what it has just found, step after step: PostgreSQL multiplies its guesses, and
    makes room for millions of rows where a handful come. Together with
    without_nested_loops, since few rows would be looked up one by one.
#}
{% macro thought_rare(number) -%}
    {{ return(adapter.dispatch('thought_rare', 'user_states')(number)) }}
{%- endmacro %}

{% macro default__thought_rare(number) -%}
    {{ not_implemented('thought_rare') }}
{%- endmacro %}

{% macro postgres__thought_rare(number) -%}
    {{ return(number ~ ' + 0 = ' ~ number) }}
{%- endmacro %}
