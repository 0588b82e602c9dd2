-- Five roles with the least that each needs. Run it once per database, as its owner or
-- as a superuser, for example: psql -f docs/roles.sql. To run it again changes nothing.
--
-- Nobody can log in as these roles yet. Either let them, with \password and
-- `alter role … login` in psql, or make your own accounts members:
--     grant user_states_reader to metabase;
-- Name the roles in the vars of dbt_project.yml. Each build then grants the last four
-- what they need on its tables, also on those that it replaces:
--     reader_role: user_states_reader
--     fitter_role: user_states_fitter
--     exposure_writer_role: user_states_exposure_writer
--     sender_role: user_states_sender
--
-- Your own tables have other names than app.rides and app.users? Change them below.

begin;

-- 1. The roles.
do $$
declare
    name text;
begin
    foreach name in array array[
        'user_states_builder', 'user_states_fitter', 'user_states_reader',
        'user_states_exposure_writer', 'user_states_sender'
    ]
    loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin nosuperuser nocreatedb nocreaterole', name);
        end if;
        execute format('grant connect on database %I to %I', current_database(), name);
    end loop;
end
$$;

-- 2. The builder runs dbt. It creates the project's schemas, and owns all that is in them.
do $$
begin
    execute format('grant create, temporary on database %I to user_states_builder', current_database());
end
$$;

-- 3. It reads your tables, and changes none of them.
do $$
declare
    name text;
begin
    if exists (select from pg_namespace where nspname = 'app') then
        grant usage on schema app to user_states_builder;
    end if;
    foreach name in array array[
        'app.rides', 'app.users', 'app.events', 'app.customers', 'app.identities',
        'app.messages'
    ]
    loop
        if to_regclass(name) is not null then
            execute format('grant select on %s to user_states_builder', to_regclass(name));
        end if;
    end loop;
end
$$;

-- 4. It blanks the raw text of rows that a load rejected long ago (rejected_rows_days).
do $$
begin
    if to_regclass('ingest.rejected_rows') is not null then
        grant usage on schema ingest to user_states_builder;
        grant select, update on ingest.rejected_rows to user_states_builder;
    end if;
end
$$;

-- The fitter reads the panel and writes the schemas hmm and register. The reader reads the marts, the
-- calendar and the definitions of audiences. The writer of exposures adds rows to
-- activation.exposures. The sender reads the outbox and writes what came of each message.
-- Builds grant all this; nothing of it is needed here.

commit;
