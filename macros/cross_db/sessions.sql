{#
    What builds ask about sessions and locks of the database. SQL has no standard for it.
#}

{#
    A statement that waits for its turn under a name, and keeps it until the transaction
    ends.
#}
{% macro one_after_the_other(name) -%}
    {{ return(adapter.dispatch('one_after_the_other', 'user_states')(name)) }}
{%- endmacro %}

{% macro default__one_after_the_other(name) -%}
    {{ not_implemented('one_after_the_other') }}
{%- endmacro %}

{% macro postgres__one_after_the_other(name) -%}
    {{ return("select pg_advisory_xact_lock(hashtext('" ~ name ~ "'))") }}
{%- endmacro %}


{#
    A query of one boolean: whether nobody has the turn of a name. Then this transaction
    has it until it ends.
#}
{% macro turn_if_free(name) -%}
    {{ return(adapter.dispatch('turn_if_free', 'user_states')(name)) }}
{%- endmacro %}

{% macro default__turn_if_free(name) -%}
    {{ not_implemented('turn_if_free') }}
{%- endmacro %}

{% macro postgres__turn_if_free(name) -%}
    {{ return("select pg_try_advisory_xact_lock(hashtext('" ~ name ~ "')) as is_free") }}
{%- endmacro %}


{# A query of the session that holds a lock of this name: owner and begun_at, or no row. #}
{% macro session_holding(name) -%}
    {{ return(adapter.dispatch('session_holding', 'user_states')(name)) }}
{%- endmacro %}

{% macro default__session_holding(name) -%}
    {{ not_implemented('session_holding') }}
{%- endmacro %}

{# PostgreSQL shows the 64 bits of a lock's number as two halves. #}
{% macro postgres__session_holding(name) -%}
    {{ return(
        "select
            sessions.usename || coalesce(' from ' || host(sessions.client_addr), '')
            || ', session ' || sessions.pid as owner,
            coalesce(" ~ instant_as_text('sessions.backend_start') ~ ", 'at an unknown time') as begun_at
        from pg_locks as locks
        inner join pg_stat_activity as sessions on locks.pid = sessions.pid
        where locks.locktype = 'advisory'
            and locks.granted
            and sessions.datname = current_database()
            and ((locks.classid::bigint << 32) | locks.objid::bigint) = hashtext('" ~ name ~ "')::bigint
            and locks.objsubid = 1
            and locks.pid <> pg_backend_pid()"
    ) }}
{%- endmacro %}


{# The user of this session and where it comes from, as people read it. #}
{% macro session_owner() -%}
    {{ return(adapter.dispatch('session_owner', 'user_states')()) }}
{%- endmacro %}

{% macro default__session_owner() -%}
    {{ not_implemented('session_owner') }}
{%- endmacro %}

{% macro postgres__session_owner() -%}
    {{ return("session_user || coalesce(' from ' || host(inet_client_addr()), '')") }}
{%- endmacro %}


{# Two expressions by which other sessions of this program are found: user, program. #}
{% macro session_identity() -%}
    {{ return(adapter.dispatch('session_identity', 'user_states')()) }}
{%- endmacro %}

{% macro default__session_identity() -%}
    {{ not_implemented('session_identity') }}
{%- endmacro %}

{% macro postgres__session_identity() -%}
    {{ return("session_user, current_setting('application_name')") }}
{%- endmacro %}


{# Whether another session of this user and program is connected. #}
{% macro has_other_session(user_name, application) -%}
    {{ return(adapter.dispatch('has_other_session', 'user_states')(user_name, application)) }}
{%- endmacro %}

{% macro default__has_other_session(user_name, application) -%}
    {{ not_implemented('has_other_session') }}
{%- endmacro %}

{% macro postgres__has_other_session(user_name, application) -%}
    {{ return(
        "exists (
            select 1 from pg_stat_activity as sessions
            where sessions.datname = current_database()
                and sessions.usename = " ~ user_name ~ "
                and sessions.application_name = " ~ application ~ "
                and sessions.pid <> pg_backend_pid()
        )"
    ) }}
{%- endmacro %}


{# A query of the sessions that use a table, a text each. #}
{% macro sessions_using(relation) -%}
    {{ return(adapter.dispatch('sessions_using', 'user_states')(relation)) }}
{%- endmacro %}

{% macro default__sessions_using(relation) -%}
    {{ not_implemented('sessions_using') }}
{%- endmacro %}

{% macro postgres__sessions_using(relation) -%}
    {{ return(
        "select distinct
            'session ' || sessions.pid || ' of ' || sessions.usename
            || coalesce(' (' || nullif(sessions.application_name, '') || ')', '')
            || coalesce(', transaction begun ' || " ~ instant_as_text('sessions.xact_start') ~ ", '')
        from pg_locks as locks
        inner join pg_stat_activity as sessions on locks.pid = sessions.pid
        where locks.relation = to_regclass('" ~ relation ~ "')
            and locks.database = (select oid from pg_database where datname = current_database())
            and locks.pid <> pg_backend_pid()"
    ) }}
{%- endmacro %}


{# An expression that limits how long this session waits for a lock, in seconds. #}
{% macro with_lock_timeout(seconds) -%}
    {{ return(adapter.dispatch('with_lock_timeout', 'user_states')(seconds)) }}
{%- endmacro %}

{% macro default__with_lock_timeout(seconds) -%}
    {{ not_implemented('with_lock_timeout') }}
{%- endmacro %}

{% macro postgres__with_lock_timeout(seconds) -%}
    {{ return("set_config('lock_timeout', '" ~ seconds ~ "s', false)") }}
{%- endmacro %}


{# The present moment, also in the middle of a transaction. #}
{% macro current_instant() -%}
    {{ return(adapter.dispatch('current_instant', 'user_states')()) }}
{%- endmacro %}

{% macro default__current_instant() -%}
    {{ not_implemented('current_instant') }}
{%- endmacro %}

{% macro postgres__current_instant() -%}
    {{ return('clock_timestamp()') }}
{%- endmacro %}


{# An instant as text in UTC, to the second. #}
{% macro instant_as_text(instant) -%}
    {{ return(adapter.dispatch('instant_as_text', 'user_states')(instant)) }}
{%- endmacro %}

{% macro default__instant_as_text(instant) -%}
    {{ not_implemented('instant_as_text') }}
{%- endmacro %}

{% macro postgres__instant_as_text(instant) -%}
    {{ return("to_char(" ~ instant ~ " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"')") }}
{%- endmacro %}
