"""Helpers of tests on a real warehouse: queries, digests and quick fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from dbt.cli.main import dbtRunner

from user_states.hmm.fit_options import FitOptions
from user_states.hmm.parameters import Emissions
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import UP_TO_THE_PANEL, DbtProject
from user_states.warehouse.server import LocalServerAddress

WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
WITHOUT_DATA_TESTS = ("--exclude-resource-type", "test")

MARTS = (
    "audience_effects",
    "audience_lists",
    "audience_outcomes",
    "audience_returns",
    "audience_summary",
    "audiences",
    "calendar",
    "cohort_sizes",
    "cohort_thresholds",
    "conversation_filters",
    "conversation_personas",
    "customer_cohorts",
    "customer_feature_scaling",
    "customer_growth_accounting",
    "customer_identifiers",
    "customer_lists",
    "customer_merges",
    "customer_outcomes",
    "customer_propensities",
    "customer_retention_cohorts",
    "customer_scaled_snapshots",
    "customer_segments",
    "customer_snapshots",
    "customer_sources",
    "customer_users",
    "customer_weekly_segments",
    "customers",
    "customers_left_alone",
    "event_anomalies",
    "event_outcomes",
    "example_customer_events",
    "example_customer_steps",
    "example_customers",
    "example_journey_rides",
    "example_journeys",
    "experiment_assignments",
    "experiment_outcomes",
    "experiment_results",
    "experiment_results_by_group",
    "experiment_status",
    "explanation_checks",
    "feature_drift",
    "forecast_quality",
    "forecast_results",
    "growth_accounting",
    "hindsight_revisions",
    "identity_conflicts",
    "identity_links",
    "journey_drop_offs",
    "journey_funnels",
    "journey_incidents",
    "journey_next_steps",
    "journey_order_tests",
    "journey_paths",
    "journey_phase_moves",
    "journey_phases",
    "journey_reach",
    "journey_transitions",
    "journey_type_candidates",
    "journey_types",
    "journey_windows",
    "message_outcomes",
    "model_selection",
    "outbox_messages",
    "outbox_status",
    "outlook_backtest",
    "outlook_backtest_calibration",
    "outlook_backtest_summary",
    "persona_evidence",
    "persona_fusions",
    "persona_growth",
    "persona_quality",
    "persona_rhythms",
    "persona_states",
    "persona_terms",
    "persona_traits",
    "personas",
    "prediction_reasons",
    "propensity_calibration",
    "propensity_candidates",
    "propensity_history",
    "propensity_importance",
    "propensity_leaks",
    "propensity_models",
    "propensity_outcomes",
    "propensity_points",
    "propensity_results",
    "propensity_tenths",
    "quality_checks",
    "retention_cohorts",
    "rfm_grid",
    "rule_changes",
    "rule_history",
    "runs",
    "segment_changes",
    "segment_components",
    "segment_flows",
    "segment_lineage",
    "segment_performance",
    "segment_points",
    "segment_profiles",
    "segment_separation",
    "segment_shapes",
    "segment_share_changes",
    "segment_sizes",
    "segment_stability",
    "segmentation_agreement",
    "segmentation_quality",
    "segmentations",
    "segments",
    "state_attributes",
    "state_flows",
    "state_flows_by_city_and_platform",
    "state_lineage",
    "state_moves",
    "state_names",
    "state_outlook",
    "state_pair_outlook",
    "state_profiles",
    "state_rhythms",
    "state_sizes",
    "state_sizes_by_city",
    "state_sizes_by_city_and_platform",
    "state_sizes_by_month",
    "state_stays",
    "state_terms",
    "state_transitions",
    "state_weekly_flows",
    "state_words",
    "states",
    "user_dominant_states",
    "user_list",
    "user_outlook",
    "user_state_spells",
    "user_typicality",
    "user_weekly_states",
    "user_weekly_states_as_of",
    "user_weekly_states_named",
    "users",
    "users_left_alone",
)
# No table, so without rows and records of its own.
VIEWS = frozenset({"outbox_status", "propensity_outcomes", "user_weekly_states_named"})

# These marts record what happened and what was known when. A rollback does not restore
# them.
HISTORIES = (
    "audience_effects",
    "audience_lists",
    "audience_outcomes",
    "audience_returns",
    "audience_summary",
    "audiences",
    "cohort_thresholds",
    "customer_feature_scaling",
    "customer_snapshots",
    "experiment_assignments",
    "outbox_messages",
    "propensity_history",
    "rule_changes",
    "rule_history",
    "runs",
    "state_lineage",
    "state_names",
    "user_weekly_states_as_of",
)

# Only a backtest fills these, not a fit.
# Marts that have no rows in a log of rides only.
MARTS_OF_EVENTS = (
    "cohort_sizes",
    "cohort_thresholds",
    "conversation_filters",
    "conversation_personas",
    "customer_cohorts",
    "customer_feature_scaling",
    "customer_growth_accounting",
    "customer_lists",
    "customer_merges",
    "customer_outcomes",
    "customer_propensities",
    "customer_retention_cohorts",
    "customer_scaled_snapshots",
    "customer_segments",
    "customer_snapshots",
    "customer_weekly_segments",
    "event_anomalies",
    "explanation_checks",
    "identity_conflicts",
    "identity_links",
    "outbox_messages",
    "outbox_status",
    "journey_drop_offs",
    "journey_funnels",
    "journey_incidents",
    "journey_next_steps",
    "journey_order_tests",
    "journey_paths",
    "journey_phase_moves",
    "journey_phases",
    "journey_reach",
    "journey_transitions",
    "journey_type_candidates",
    "journey_types",
    "journey_windows",
    "message_outcomes",
    "persona_evidence",
    "persona_fusions",
    "persona_growth",
    "persona_quality",
    "persona_rhythms",
    "persona_states",
    "persona_terms",
    "persona_traits",
    "personas",
    "prediction_reasons",
    "propensity_calibration",
    "propensity_candidates",
    "propensity_history",
    "propensity_importance",
    "propensity_leaks",
    "propensity_outcomes",
    "propensity_points",
    "propensity_results",
    "propensity_tenths",
    "rfm_grid",
    "segment_changes",
    "segment_components",
    "segment_flows",
    "segment_lineage",
    "segment_performance",
    "segment_points",
    "segment_profiles",
    "segment_separation",
    "segment_shapes",
    "segment_share_changes",
    "segment_sizes",
    "segment_stability",
    "segmentation_agreement",
    "segmentation_quality",
    "segmentations",
    "segments",
    "state_terms",
)
# What a build stitches, which is what has changed since the build before.
OF_THIS_BUILD = (
    "int_fact_weeks",
    "int_identifier_numbers",
    "int_identifier_roots",
    "int_new_customers",
    "int_numbered_edges",
    "int_root_edges",
    "int_root_labels",
    "int_root_spells",
    "int_touched_identifiers",
)
PERSONA_MARTS = tuple(
    mart for mart in MARTS if "persona" in mart or mart == "state_terms"
)
BACKTEST_MARTS = tuple(mart for mart in MARTS if mart.startswith("outlook_backtest"))

Digest = dict[str, tuple[int, str]]

# Tables up to the panel that a build may only change in open weeks.
KEPT_WEEKS = (
    "int_rides",
    "int_rejected_rides",
    "int_user_request_weeks",
    "int_user_ride_weeks",
    "int_user_away_weeks",
    "int_user_week_features",
    "int_user_ride_months",
    "user_week_panel",
)
# Copies the last two weeks to two weeks later. Also adds a user whose only request is
# cancelled, whom no model decodes.
TWO_MORE_WEEKS = """
    insert into app.rides
    select (jsonb_populate_record(rides, jsonb_build_object(
        'ride_id', 'again-' || ride_id,
        'requested_at', requested_at + interval '14 days'
    ))).*
    from app.rides as rides
    where requested_at >= (
        select as_of_week_start - 7 from intermediate.int_as_of_week
    )
        and requested_at < now() - interval '30 days'
        and ride_id is not null;
    insert into app.rides (ride_id, user_id, requested_at, status, price)
    select 'in-vain', 'newcomer', as_of_week_start + interval '9 days', 'cancelled', 1
    from intermediate.int_as_of_week;
"""


def query(address: LocalServerAddress, sql: str) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with closing(psycopg2.connect(address.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()


def warehouse_digest(
    address: LocalServerAddress, schemas: Sequence[str] = ()
) -> Digest:
    """Return number of rows and md5 of every table; the order of rows does not matter.

    Parameters
    ----------
    address : LocalServerAddress
    schemas : sequence of str
        Schemas to read; if empty, all except PostgreSQL's own and `operations`, which
        every build changes. What a build stitches is left out, too: it is empty in the
        next one.
    """
    tables = query(
        address,
        f"""
        select schemaname || '.' || tablename
        from pg_tables
        where
            schemaname not in ('pg_catalog', 'information_schema')
            and tablename not in {OF_THIS_BUILD}
        """,
    )
    names = sorted(
        name
        for (name,) in tables
        if (name.split(".")[0] in schemas if schemas else name[:11] != "operations.")
    )
    if not names:
        return {}
    selects = [
        f"""
        select
            '{name}',
            count(*),
            coalesce(md5(string_agg(content, '' order by content)), '')
        from (select md5(cast(rows as text)) as content from {name} as rows) as hashed
        """
        for name in names
    ]
    return {
        name: (n_rows, content_hash)
        for name, n_rows, content_hash in query(address, " union all ".join(selects))
    }


def restorable_marts(address: LocalServerAddress) -> Digest:
    """Return the digest of every mart that a rollback must restore."""
    return {
        name: digest
        for name, digest in warehouse_digest(address, ["marts"]).items()
        if name.removeprefix("marts.") not in HISTORIES
    }


def simulate_up_to_the_panel(
    address: LocalServerAddress,
    project: DbtProject,
    settings: SimulationSettings,
    *options: str,
) -> None:
    """Load a simulated log into an empty warehouse and build up to the panel."""
    with connect(address.url) as connection:
        load_simulation(connection, settings)
    build_up_to_the_panel(project, *options)


def build_up_to_the_panel(project: DbtProject, *options: str) -> None:
    """Run the first half of the job."""
    project.build("--select", UP_TO_THE_PANEL, *options, label="first half")


def build_from_the_model_on(project: DbtProject, *options: str) -> None:
    """Run the second half of the job."""
    project.build("--exclude", UP_TO_THE_PANEL, *options, label="second half")


def rendered(project: DbtProject, jinja: str) -> str:
    """Return a text after dbt has expanded its macros."""
    outcome = dbtRunner(manifest=project._manifest).invoke(
        ["compile", "--inline", jinja, *project._arguments, "--log-level", "none"]
    )
    assert outcome.success, outcome.exception
    (result,) = getattr(outcome.result, "results", [])
    return str(result.node.compiled_code)


def messages_of_failure(project: DbtProject, *arguments: str) -> list[str]:
    """Run a dbt command that must fail, and return what dbt said."""
    messages: list[str] = []
    outcome = dbtRunner(
        manifest=project._manifest,
        callbacks=[lambda event: messages.append(getattr(event.info, "msg", ""))],
    ).invoke([*arguments, *project._arguments, "--log-level", "none"])
    assert not outcome.success
    return messages


def quick_options(
    project: DbtProject,
    changed_vars: Mapping[str, Any] | None = None,
    **options: Any,
) -> FitOptions:
    """Return options of a fit that takes about a second.

    The fit is forced, because such a small one can fail its checks.
    """
    few = {"hmm.start_users": 30, "hmm.bootstrap_refits": 2, "hmm.tolerance": 1e-5}
    quick: dict[str, Any] = {"n_states": (3,), "n_starts": 1, "force": True}
    return FitOptions.from_vars(
        {**project.vars, **few, **(changed_vars or {})}, **{**quick, **options}
    )


def use_notebook(
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
    emissions: Emissions = "gaussian",
) -> None:
    """Let the project fit the preset `notebook`."""
    preset = project.vars["hmm.presets"]["notebook"]
    resolved = {"features": preset["features"], "emissions": emissions, "levels": 1}
    monkeypatch.setitem(project.vars, "hmm.preset", "notebook")
    for knob, value in resolved.items():
        monkeypatch.setitem(project.vars, f"hmm.{knob}", value)


def champion(address: LocalServerAddress, model: str = "user_states") -> str:
    """Return the run of a model that the marts should read."""
    ((run_id,),) = query(
        address, f"select run_id from register.champions where model = '{model}'"
    )
    return str(run_id)
