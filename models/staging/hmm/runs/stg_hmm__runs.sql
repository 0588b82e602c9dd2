with

source as (

    select * from {{ source('register', 'runs') }}
    where model = 'user_states'

),

selected as (

    select
        run_id,
        created_at,
        n_segments as n_states,
        n_levels,
        n_starts,
        seed,
        sample_salt,
        n_sample_users,
        n_sample_user_weeks,
        n_users,
        n_members as n_user_weeks,
        first_week_start,
        last_week_start,
        log_likelihood,
        n_iterations,
        has_converged,
        variance_floor,
        panel_fingerprint,
        has_passed_guards,
        defects,
        choice,
        emissions,
        settings,
        feature_settings as panel_settings,
        versions
    from source

)

select * from selected
