{#
    The tables that fits write: their columns, keys and schema version, in one place.
    Entry n of the list takes the tables from version n − 1 to n. Entries are added at the
    end and never changed, so that a warehouse of any age ends up with the same tables and
    loses no run.

    Until version 9 all of them were in the schema `hmm`. Since version 10 the schema
    `register` has what the runs of every model share, and `hmm` the tables of the hidden
    Markov model. Every row of a fit carries its run_id, and a fit is written in one
    transaction.
#}
{% macro hmm_migrations() %}

    {% set schema = adapter.quote(prefixed_schema('hmm')) %}
    {% set register = adapter.quote(prefixed_schema('register')) %}
    {% set text, number = dbt.type_string(), 'double precision' %}
    {% set references_run = 'references ' ~ schema ~ '.runs (run_id) on delete cascade' %}

    {% set version_1 = [

        'create table ' ~ schema ~ '.runs (
            run_id ' ~ text ~ ' primary key,
            created_at timestamptz not null,
            n_states integer not null,
            n_starts integer not null,
            seed bigint not null,
            sample_salt ' ~ text ~ ' not null,
            n_sample_users bigint not null,
            n_sample_user_weeks bigint not null,
            n_users bigint not null,
            n_user_weeks bigint not null,
            first_week_start date not null,
            last_week_start date not null,
            log_likelihood ' ~ number ~ ' not null,
            n_iterations integer not null,
            has_converged boolean not null,
            variance_floor ' ~ number ~ ' not null,
            panel_fingerprint ' ~ text ~ ' not null,
            has_passed_guards boolean not null,
            defects ' ~ text ~ ' not null,
            choice ' ~ text ~ ' not null,
            settings ' ~ text ~ ' not null,
            versions ' ~ text ~ ' not null
        )',

        'create table ' ~ schema ~ '.champion (
            slot integer primary key check (slot = 1),
            run_id ' ~ text ~ ' not null references ' ~ schema ~ '.runs (run_id),
            promoted_at timestamptz not null,
            is_forced boolean not null
        )',

        'create table ' ~ schema ~ '.states (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null check (state_id > 0),
            state_key ' ~ text ~ ' not null,
            n_user_weeks bigint not null,
            user_week_share ' ~ number ~ ' not null,
            mean_rides ' ~ number ~ ',
            primary key (run_id, state_id),
            unique (run_id, state_key)
        )',

        'create table ' ~ schema ~ '.start_probabilities (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            probability ' ~ number ~ ' not null,
            primary key (run_id, state_id)
        )',

        'create table ' ~ schema ~ '.transition_matrix (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            from_state_id integer not null,
            to_state_id integer not null,
            probability ' ~ number ~ ' not null,
            expected_moves ' ~ number ~ ' not null,
            primary key (run_id, from_state_id, to_state_id)
        )',

        'create table ' ~ schema ~ '.emissions (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            feature ' ~ text ~ ' not null,
            mean ' ~ number ~ ' not null,
            variance ' ~ number ~ ' not null,
            is_at_floor boolean not null,
            primary key (run_id, state_id, feature)
        )',

        'create table ' ~ schema ~ '.feature_scaling (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            feature ' ~ text ~ ' not null,
            position integer,
            family ' ~ text ~ ' not null,
            transform ' ~ text ~ ' not null,
            mean ' ~ number ~ ',
            scale ' ~ number ~ ',
            dropped_because ' ~ text ~ ',
            primary key (run_id, feature)
        )',

        'create table ' ~ schema ~ '.selection (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            n_states integer not null,
            start integer not null,
            log_likelihood_per_row ' ~ number ~ ' not null,
            n_iterations integer not null,
            has_converged boolean not null,
            n_floor_hits integer not null,
            is_polished boolean not null,
            log_likelihood ' ~ number ~ ',
            n_parameters integer,
            aic ' ~ number ~ ',
            bic ' ~ number ~ ',
            min_state_share ' ~ number ~ ',
            has_passed_guards boolean,
            is_chosen boolean not null,
            primary key (run_id, n_states, start)
        )',

        'create table ' ~ schema ~ '.state_assignments (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            user_id ' ~ text ~ ' not null,
            week_start date not null,
            state_id integer not null,
            smoothed_probability ' ~ number ~ ' not null,
            primary key (run_id, user_id, week_start)
        )',

    ] %}

    {# Runs of version 1 are Gaussian and have none of the figures that version 2 adds. #}
    {% set version_2 = [

        'alter table ' ~ schema ~ '.runs
            add column emissions ' ~ text ~ " not null default 'gaussian'",

        'alter table ' ~ schema ~ '.emissions
            add column density ' ~ text ~ " not null default 'gaussian'",

        'alter table ' ~ schema ~ '.feature_scaling
            add column evidence ' ~ text,

        'alter table ' ~ schema ~ '.selection
            add column method ' ~ text ~ ',
            add column icl ' ~ number ~ ',
            add column next_week_log_score ' ~ number,

        'create table ' ~ schema ~ '.candidates (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            n_states integer not null,
            start integer not null,
            log_likelihood ' ~ number ~ ' not null,
            n_parameters integer not null,
            aic ' ~ number ~ ' not null,
            bic ' ~ number ~ ' not null,
            icl ' ~ number ~ ' not null,
            n_training_users bigint not null,
            n_training_user_weeks bigint not null,
            n_holdout_users bigint not null,
            n_holdout_user_weeks bigint not null,
            next_week_log_score ' ~ number ~ ',
            next_week_log_score_se ' ~ number ~ ',
            base_log_score ' ~ number ~ ',
            score_behind_best ' ~ number ~ ',
            score_behind_best_se ' ~ number ~ ',
            is_within_one_se boolean,
            stability ' ~ number ~ ',
            n_refits integer not null,
            min_state_share ' ~ number ~ ' not null,
            n_floor_hits integer not null,
            n_polished_starts integer not null,
            n_starts_at_best integer not null,
            separation ' ~ number ~ ',
            separation_p_value ' ~ number ~ ',
            has_passed_guards boolean not null,
            defects ' ~ text ~ ' not null,
            is_chosen boolean not null,
            primary key (run_id, n_states)
        )',

    ] %}

    {#
        States get names, and keys that outlive a run; runs get beliefs and an outlook;
        backtests are stored next to the runs. A row of backtest_scores without an
        origin week covers all origins. Earlier states keep their keys and are named by
        their numbers. States of a run that was never promoted have no key yet.
    #}
    {% set version_3 = [

        'alter table ' ~ schema ~ '.runs
            add column panel_settings ' ~ text,

        'alter table ' ~ schema ~ '.states
            alter column state_key drop not null,
            add column automatic_name ' ~ text ~ ',
            add column longer_names ' ~ text ~ ',
            add column automatic_description ' ~ text,

        'create table ' ~ schema ~ '.state_keys (
            state_key ' ~ text ~ ' primary key,
            minted_by_run_id ' ~ text ~ ' not null,
            minted_at timestamptz not null,
            name ' ~ text ~ ' not null unique,
            description ' ~ text ~ ' not null
        )',

        'create table ' ~ schema ~ '.promotions (
            promotion_number bigint primary key,
            run_id ' ~ text ~ ' not null,
            previous_run_id ' ~ text ~ ",
            promoted_at timestamptz not null,
            action " ~ text ~ " not null check (action in ('promote', 'rollback')),
            is_forced boolean not null
        )",

        'create table ' ~ schema ~ '.state_lineage (
            run_id ' ~ text ~ ' not null,
            position integer not null,
            previous_run_id ' ~ text ~ ',
            state_key ' ~ text ~ ',
            previous_state_key ' ~ text ~ ',
            relation ' ~ text ~ " not null
                check (relation in ('kept', 'new', 'split', 'merged', 'ended')),
            n_shared_user_weeks bigint not null,
            share_of_state " ~ number ~ ',
            share_of_previous_state ' ~ number ~ ',
            emission_distance ' ~ number ~ ',
            primary key (run_id, position)
        )',

        'create table ' ~ schema ~ '.filtered_beliefs (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            user_id ' ~ text ~ ' not null,
            week_start date not null,
            belief ' ~ number ~ '[] not null,
            primary key (run_id, user_id, week_start)
        )',

        'create table ' ~ schema ~ '.state_forecasts (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            horizon_weeks integer not null,
            ride_probability ' ~ number ~ ' not null,
            expected_rides ' ~ number ~ ' not null,
            primary key (run_id, state_id, horizon_weeks)
        )',

        'create table ' ~ schema ~ '.lapse_times (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            n_silent_weeks integer not null,
            expected_weeks ' ~ number ~ ' not null,
            primary key (run_id, state_id, n_silent_weeks)
        )',

        'create table ' ~ schema ~ '.outlook_coefficients (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            target ' ~ text ~ ' not null,
            term ' ~ text ~ ' not null,
            coefficient ' ~ number ~ ' not null,
            primary key (run_id, target, term)
        )',

        'create table ' ~ schema ~ '.state_outlooks (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            measure ' ~ text ~ ' not null,
            value ' ~ number ~ ',
            low ' ~ number ~ ',
            high ' ~ number ~ ',
            primary key (run_id, state_id, measure)
        )',

        'create table ' ~ schema ~ '.state_pair_outlooks (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            from_state_id integer not null,
            to_state_id integer not null,
            measure ' ~ text ~ ' not null,
            value ' ~ number ~ ',
            low ' ~ number ~ ',
            high ' ~ number ~ ',
            primary key (run_id, from_state_id, to_state_id, measure)
        )',

        'create table ' ~ schema ~ '.backtests (
            backtest_id ' ~ text ~ ' primary key,
            created_at timestamptz not null,
            first_origin_week_start date not null,
            last_origin_week_start date not null,
            refresh_weeks integer not null,
            n_users bigint not null,
            n_user_weeks bigint not null,
            settings ' ~ text ~ ' not null,
            versions ' ~ text ~ ' not null
        )',

        'create table ' ~ schema ~ '.backtest_refreshes (
            backtest_id ' ~ text ~ ' not null references ' ~ schema ~ '.backtests
                (backtest_id) on delete cascade,
            origin_week_start date not null,
            n_states integer not null,
            n_training_users bigint not null,
            n_training_user_weeks bigint not null,
            has_passed_guards boolean not null,
            choice ' ~ text ~ ' not null,
            primary key (backtest_id, origin_week_start)
        )',

        'create table ' ~ schema ~ '.backtest_scores (
            backtest_id ' ~ text ~ ' not null references ' ~ schema ~ '.backtests
                (backtest_id) on delete cascade,
            origin_week_start date,
            model ' ~ text ~ ' not null,
            is_published boolean not null,
            n_users bigint not null,
            n_user_weeks bigint not null,
            n_riders bigint not null,
            mean_probability ' ~ number ~ ' not null,
            log_loss ' ~ number ~ ' not null,
            brier_score ' ~ number ~ ' not null,
            auc ' ~ number ~ ',
            calibration_intercept ' ~ number ~ ',
            calibration_slope ' ~ number ~ ',
            calibration_error ' ~ number ~ ' not null,
            lift_top_tenth ' ~ number ~ ',
            unique (backtest_id, origin_week_start, model)
        )',

        'create unique index on ' ~ schema ~ '.backtest_scores (backtest_id, model)
            where origin_week_start is null',

        'create table ' ~ schema ~ '.backtest_differences (
            backtest_id ' ~ text ~ ' not null references ' ~ schema ~ '.backtests
                (backtest_id) on delete cascade,
            rival ' ~ text ~ ' not null,
            measure ' ~ text ~ ' not null,
            difference ' ~ number ~ ' not null,
            low ' ~ number ~ ' not null,
            high ' ~ number ~ ' not null,
            primary key (backtest_id, rival, measure)
        )',

        'create table ' ~ schema ~ '.backtest_calibration (
            backtest_id ' ~ text ~ ' not null references ' ~ schema ~ '.backtests
                (backtest_id) on delete cascade,
            model ' ~ text ~ ' not null,
            bin integer not null,
            n_user_weeks bigint not null,
            mean_probability ' ~ number ~ ' not null,
            observed_share ' ~ number ~ ' not null,
            primary key (backtest_id, model, bin)
        )',

        'insert into ' ~ schema ~ ".state_keys
            select
                states.state_key,
                states.run_id,
                runs.created_at,
                'State ' || states.state_id || ' of ' || states.run_id,
                ''
            from " ~ schema ~ '.states as states
            inner join ' ~ schema ~ '.runs as runs on states.run_id = runs.run_id',

        'insert into ' ~ schema ~ ".promotions
            select 1, run_id, null, promoted_at, 'promote', is_forced
            from " ~ schema ~ '.champion',

    ] %}

    {# Each run stores the names of its states, so that a rollback restores them. Until
       version 4 the name of a key never changed, so earlier runs have the key's name. #}
    {% set version_4 = [

        'alter table ' ~ schema ~ '.states
            add column true_words ' ~ text ~ ',
            add column given_name ' ~ text,

        'update ' ~ schema ~ '.states
            set given_name = state_keys.name
            from ' ~ schema ~ '.state_keys
            where states.state_key = state_keys.state_key',

    ] %}

    {# Each kind of name has one word:
         automatic_name  made from the profile of the state in this run
         promoted_name   the name that the state got at the run's first promotion
         current_name    the promoted name in the champion's run, or the last one
       A label from the seed state_labels takes the place of the current name. #}
    {% set version_5 = [

        'alter table ' ~ schema ~ '.states rename column given_name to promoted_name',

        'alter table ' ~ schema ~ '.state_keys rename column name to current_name',

        'alter table ' ~ schema ~ '.state_keys
            rename column description to first_description',

    ] %}

    {#
        Users have levels, a feature may have several probabilities in a state (parts),
        and may be made of several columns of the panel. Earlier runs have one level and
        one part, and each of their features is the column of its name.
    #}
    {% set version_6 = [

        'alter table ' ~ schema ~ '.runs
            add column n_levels integer not null default 1',

        'create table ' ~ schema ~ '.levels (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            level_id integer not null check (level_id > 0),
            weight ' ~ number ~ ' not null,
            effect ' ~ number ~ ' not null,
            primary key (run_id, level_id)
        )',

        'insert into ' ~ schema ~ '.levels (run_id, level_id, weight, effect)
            select run_id, 1, 1, 1
            from ' ~ schema ~ '.runs',

        'alter table ' ~ schema ~ '.emissions
            add column part integer not null default 1,
            drop constraint emissions_pkey,
            add primary key (run_id, state_id, feature, part)',

        'alter table ' ~ schema ~ '.feature_scaling
            add column columns ' ~ text,

        'alter table ' ~ schema ~ '.state_forecasts
            add column level_id integer not null default 1,
            drop constraint state_forecasts_pkey,
            add primary key (run_id, level_id, state_id, horizon_weeks)',

        'alter table ' ~ schema ~ '.lapse_times
            add column level_id integer not null default 1,
            drop constraint lapse_times_pkey,
            add primary key (run_id, level_id, state_id, n_silent_weeks)',

    ] %}

    {# A backtest forecasts several targets; until version 6 it was next week's ride. A run
       has the stays that its model expects. #}
    {% set next_week = "target " ~ text ~ " not null default 'ride_probability_next_week'" %}
    {% set version_7 = [

        'alter table ' ~ schema ~ '.backtest_scores
            add column ' ~ next_week ~ ',
            add column is_rival boolean,
            add column mean_outcome ' ~ number,

        'alter table ' ~ schema ~ '.backtest_scores
            rename column mean_probability to mean_forecast',

        'update ' ~ schema ~ ".backtest_scores
            set
                is_rival = model not in ('published', 'hmm'),
                mean_outcome = cast(n_riders as " ~ number ~ ') / n_user_weeks',

        'alter table ' ~ schema ~ '.backtest_scores
            alter column is_rival set not null,
            alter column mean_outcome set not null,
            drop constraint backtest_scores_backtest_id_origin_week_start_model_key,
            add unique (backtest_id, target, origin_week_start, model)',

        'drop index ' ~ schema ~ '.backtest_scores_backtest_id_model_idx',

        'create unique index on ' ~ schema ~ '.backtest_scores (backtest_id, target, model)
            where origin_week_start is null',

        'alter table ' ~ schema ~ '.backtest_differences
            add column ' ~ next_week ~ ',
            drop constraint backtest_differences_pkey,
            add primary key (backtest_id, target, rival, measure)',

        'alter table ' ~ schema ~ '.backtest_calibration
            add column ' ~ next_week ~ ',
            drop constraint backtest_calibration_pkey,
            add primary key (backtest_id, target, model, bin)',

        'alter table ' ~ schema ~ '.backtest_calibration
            rename column mean_probability to mean_forecast',

        'alter table ' ~ schema ~ '.backtest_calibration
            rename column observed_share to mean_outcome',

        'create table ' ~ schema ~ '.expected_stays (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            n_weeks integer not null,
            n_at_risk bigint not null,
            n_left bigint not null,
            primary key (run_id, state_id, n_weeks)
        )',

    ] %}

    {# Each word that a state may be called by, with the users of whom it is true. Earlier
       runs have none: their names were made from other words. #}
    {% set version_8 = [

        'create table ' ~ schema ~ '.state_words (
            run_id ' ~ text ~ ' not null ' ~ references_run ~ ',
            state_id integer not null,
            word ' ~ text ~ ' not null,
            word_kind ' ~ text ~ ' not null,
            meaning ' ~ text ~ ' not null,
            n_users_tested bigint not null,
            n_users_true bigint not null,
            n_users_in_shorter_stays bigint not null,
            primary key (run_id, state_id, word)
        )',

    ] %}

    {# What was known of every week at its end, so that weeks of the whole log can be
       compared. Earlier runs have null: only their last weeks are known, by their beliefs. #}
    {% set version_9 = [

        'alter table ' ~ schema ~ '.state_assignments
            add column filtered_state_id integer',

        'create table ' ~ schema ~ '.backtest_sums (
            backtest_id ' ~ text ~ ' not null references ' ~ schema ~ '.backtests
                (backtest_id) on delete cascade,
            target ' ~ text ~ ' not null,
            origin_week_start date not null,
            state_key ' ~ text ~ ',
            n_users bigint not null,
            expected ' ~ number ~ ' not null,
            observed ' ~ number ~ ' not null,
            is_learned boolean not null,
            unique (backtest_id, target, origin_week_start, state_key)
        )',

    ] %}

    {#
        One register for the runs of every model. Its tables move from the schema `hmm` and
        say of which model a row is; until version 9 there was one, user_states. What a
        model divides its members into is a segment: a state, a cluster, a persona. The
        members of a state are user-weeks.

        The staging views of the last build still read these tables. They may be moved and
        their columns renamed, but no column can be dropped. So what only states have stays
        in `runs` and may be null, and the slot of the only champion becomes the number of
        its promotion.
    #}
    {% set of_states = 'add column model ' ~ text ~ " not null default 'user_states'" %}
    {% set version_10 = ['create schema if not exists ' ~ register] %}

    {% for table in [
        'runs', 'champion', 'promotions', 'states', 'state_keys', 'state_lineage', 'feature_scaling'
    ] %}
        {# The default fills the rows that exist. Without it no later row lacks its model. #}
        {% do version_10.extend([
            'alter table ' ~ schema ~ '.' ~ table ~ ' set schema ' ~ register,
            'alter table ' ~ register ~ '.' ~ table ~ ' ' ~ of_states,
            'alter table ' ~ register ~ '.' ~ table ~ ' alter column model drop default',
        ]) %}
    {% endfor %}

    {% for table, old, new in [
        ('runs', 'n_states', 'n_segments'),
        ('runs', 'n_user_weeks', 'n_members'),
        ('runs', 'panel_settings', 'feature_settings'),
        ('champion', 'slot', 'promotion_number'),
        ('states', 'state_id', 'segment_id'),
        ('states', 'state_key', 'segment_key'),
        ('states', 'n_user_weeks', 'n_members'),
        ('states', 'user_week_share', 'member_share'),
        ('state_keys', 'state_key', 'segment_key'),
        ('state_lineage', 'state_key', 'segment_key'),
        ('state_lineage', 'previous_state_key', 'previous_segment_key'),
        ('state_lineage', 'n_shared_user_weeks', 'n_shared_members'),
        ('state_lineage', 'share_of_state', 'share_of_segment'),
        ('state_lineage', 'share_of_previous_state', 'share_of_previous_segment'),
        ('state_lineage', 'emission_distance', 'profile_distance'),
    ] %}
        {% do version_10.append(
            'alter table ' ~ register ~ '.' ~ table ~ ' rename column ' ~ old ~ ' to ' ~ new
        ) %}
    {% endfor %}

    {% for column in [
        'n_segments', 'n_levels', 'n_starts', 'seed', 'sample_salt', 'n_sample_users',
        'n_sample_user_weeks', 'n_users', 'n_members', 'first_week_start', 'last_week_start',
        'log_likelihood', 'n_iterations', 'has_converged', 'variance_floor',
        'panel_fingerprint', 'emissions',
    ] %}
        {% do version_10.append(
            'alter table ' ~ register ~ '.runs alter column ' ~ column ~ ' drop not null, '
            ~ 'alter column ' ~ column ~ ' drop default'
        ) %}
    {% endfor %}

    {% do version_10.extend([

        'alter table ' ~ register ~ '.runs
            add column log_score ' ~ number ~ ',
            add unique (model, run_id)',

        'update ' ~ register ~ '.runs
            set log_score = candidates.next_week_log_score
            from ' ~ schema ~ '.candidates as candidates
            where candidates.run_id = runs.run_id and candidates.is_chosen',

        'alter table ' ~ register ~ '.champion
            drop constraint champion_pkey,
            drop constraint champion_slot_check,
            drop constraint champion_run_id_fkey,
            add primary key (model),
            add foreign key (model, run_id) references ' ~ register ~ '.runs (model, run_id)',

        'update ' ~ register ~ '.champion
            set promotion_number = promoted.number
            from (
                select run_id, max(promotion_number) as number
                from ' ~ register ~ '.promotions
                group by run_id
            ) as promoted
            where champion.run_id = promoted.run_id',

        'alter table ' ~ register ~ '.promotions
            drop constraint promotions_pkey,
            add primary key (model, promotion_number)',

        'alter table ' ~ register ~ '.state_keys
            drop constraint state_keys_name_key,
            add unique (model, current_name)',

        'alter table ' ~ register ~ '.champion rename to champions',
        'alter table ' ~ register ~ '.states rename to segments',
        'alter table ' ~ register ~ '.state_keys rename to segment_keys',
        'alter table ' ~ register ~ '.state_lineage rename to segment_lineage',

    ]) %}

    {# How many users share which words of names, so that a sentence of several words can say
       of how many users it is true. Earlier runs have none. #}
    {% set version_11 = [

        'create table ' ~ schema ~ '.state_word_patterns (
            run_id ' ~ text ~ ' not null references ' ~ register ~ '.runs (run_id)
                on delete cascade,
            state_id integer not null,
            true_words ' ~ text ~ ' not null,
            false_words ' ~ text ~ ' not null,
            n_users bigint not null,
            primary key (run_id, state_id, true_words, false_words)
        )',

    ] %}

    {# The index of this key took a third of the largest table of a run, and nothing read it.
       Readers take whole runs or their newest weeks, and a fit writes each week once. #}
    {% set version_12 = [

        'alter table ' ~ schema ~ '.state_assignments drop constraint state_assignments_pkey',

    ] %}

    {{ return([
        version_1, version_2, version_3, version_4, version_5, version_6, version_7,
        version_8, version_9, version_10, version_11, version_12,
    ]) }}

{% endmacro %}
