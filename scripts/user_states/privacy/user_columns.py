"""Which columns of this project's tables may hold a user's id, and what to do there.

Every column of text in the project's schemas is in one of the lists below; a test asks
information_schema. So whoever adds a table says here whether it is about users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from user_states.errors import UserError
from user_states.rides.contract import REJECTED_ROWS_SCHEMA
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import Connection, fetch_all, quoted
from user_states.warehouse.dbt_project import DbtProject

# Schemas that scripts write, and that have no prefix in any target.
SCRIPT_SCHEMAS = (REJECTED_ROWS_SCHEMA, TRUTH_SCHEMA)


class Finds(Enum):
    """How rows about a user are found by a column.

    ID: the column is the user's id. RIDE: it is the id of one of the user's rides.
    IDENTIFIER: it is another identifier of the person; the name of the column is its
    type. TYPED: the same, with its type in another column. KEY: it is type and text of
    an identifier. CUSTOMER: it is the id of the customer, and the customer has no other
    user. MENTION: it is free text in which the id or an identifier stands between other
    characters. NOTE and KEY_NOTE: like MENTION and KEY, but the row is about somebody
    else, or says that the number of a customer was given, so it stays and the text is
    blanked.
    """

    ID = "id"
    RIDE = "ride"
    IDENTIFIER = "identifier"
    TYPED = "typed"
    KEY = "key"
    CUSTOMER = "customer"
    MENTION = "mention"
    NOTE = "note"
    KEY_NOTE = "key note"


# By name of the column, or by table and column.
ABOUT_USERS = {
    "user_id": Finds.ID,
    "state_user_id": Finds.ID,
    "ride_id": Finds.RIDE,
    "anonymous_id": Finds.IDENTIFIER,
    "crm_id": Finds.IDENTIFIER,
    "email": Finds.IDENTIFIER,
    "email_sha256": Finds.IDENTIFIER,
    "phone": Finds.IDENTIFIER,
    "identifier": Finds.TYPED,
    "twin": Finds.TYPED,
    "identifier_key": Finds.KEY,
    "anchor_key": Finds.KEY,
    "lost_key": Finds.KEY,
    "crowded_key": Finds.KEY,
    "from_key": Finds.KEY,
    "to_key": Finds.KEY,
    "other_key": Finds.KEY,
    "author_key": Finds.KEY,
    "customer_id": Finds.CUSTOMER,
    # A customer's journey; that of a session is found by nothing.
    "path_id": Finds.CUSTOMER,
    "contact_id": Finds.CUSTOMER,
    "example_key": Finds.MENTION,
    "raw_row": Finds.MENTION,
    "body": Finds.MENTION,
    "rejected_rows.value": Finds.MENTION,
    "exposures.detail": Finds.NOTE,
    # Without its row a number would be given again, or the change be found again.
    "customers.identifier_key": Finds.KEY_NOTE,
    "customer_changes.from_key": Finds.KEY_NOTE,
    "customer_changes.to_key": Finds.KEY_NOTE,
}
# Only the company's own tables have these.
_OF_THE_COMPANY = {"other_identifier": Finds.TYPED}
# Where `identifier` and `other_identifier` have their type; of `twin` it is any.
TYPE_COLUMNS = {"identifier": "identifier_type", "other_identifier": "other_type"}

# Columns of text that are about states, audiences, features, runs, places, prices and
# words: never about one user.
_NAMES = """
    blocked_pattern expected from_type new_customer_id old_customer_id
    other_customer_id other_type refused_because to_type
    action active_state_key active_state_name active_state_sort_name app_version
    attribute_name attribute_value audience automatic_description automatic_name
    backtest_id belief broken_rule build_id cancel_reason channel check_name choice
    city cohort_length column_name columns country currency current_name
    current_state_key current_state_name current_state_sort_name day_part defects
    density description dominant_state_key dominant_state_name
    dominant_state_sort_name dropped_because effect_status emissions
    evidence evidence_fingerprint exposure_id fact false_words family feature
    feature_sources
    first_city first_description first_run_id found from_state from_state_key
    from_state_name from_state_short_name from_state_sort_name home_city
    group_key home_country identifier_type impossible_values kind label_description
    fingerprint fingerprint_of_states last_city last_run_id
    list_status log_belief longer_names meaning measure message
    method minted_by_run_id model moment name_source next_week_state_probabilities
    not_measured_because outcome owner panel_fingerprint payment_mode
    platform previous_run_id previous_state_key previous_state_name promoted_name
    proposed_state_key proposed_state_name reason recency_group recent_state_key
    recent_state_name recent_state_sort_name record_id relation rival rows_by_table
    run_id runner_up_state_name salt sample_salt selection session_application
    session_user_name settings source source_file span state state_belief state_key
    state_keys state_name state_probabilities state_short_name state_sort_name
    state_source status subject suggested_moment summed_home_city summed_platform
    table_name target term time_zone
    title to_state to_state_key to_state_name to_state_short_name to_state_sort_name
    transform true_words unit used_time_zone user_hash verdict versions
    week_state_name what_to_do when_not_measured why_no_expected_spend why_not_measured
    why_paused word word_kind
"""
# What else events and the CRM say.
_NAMES_OF_EVENTS = """
    content_type event_id event_key event_type other_source rule_name severity
    feature_name first_event_key identifier_type item other_type
    page_path preference product_category raw_event_type
    session_id session_key source
"""
# Of customers and their cohorts.
_NAMES_OF_CUSTOMERS = """
    and_cohort cohort cohorts data_type default_value example_kind
    group_key operator scaling_method split_by step_kind words_high words_low
"""
# Of the register of runs; no key, name or word in it is about one member.
_NAMES_OF_RUNS = """
    feature_settings previous_segment_key segment_key
"""
# Of segments of customers, and of ways to divide them.
_NAMES_OF_SEGMENTS = """
    alarm change_kind deciding_outcome division from_segment_key from_segment_name
    in_words label previous_segment_name rule segment_name sentence suggested_use
    telling_features to_segment_key to_segment_name weakest_feature why_not
"""
# Of experiments with customers, and of rules that were changed.
_NAMES_OF_EXPERIMENTS = """
    assigned_by assignment_id control_variant experiment group_kind metric metrics
    population_kind population_name rule_after rule_before rule_kind rule_name rule_part
    rule_text variant
"""
# Of messages; who wrote one is in its author_key and customer_id.
_NAMES_OF_MESSAGES = """
    answered_id author_role conversation_id conversation_key filter_name message_id
    reply_to_id
"""
# Of journeys; a path is that of a session.
_NAMES_OF_JOURNEYS = """
    counting event_name from_step funnel goal leads_to path population
    risen_step session_step_after session_step_before step step_2 step_3 step_4 step_5
    step_after step_before steps to_step customer_step_after customer_step_before
    medoid_path phase_name type_name unit within
"""
# Of what customers are likely to do, and of the models that say so.
_NAMES_OF_PROPENSITIES = """
    calibration_kind candidate champion_run_id chosen chosen_label class_name
    direction link model_kind note outcome_class population refusal segment_label
    value_format value_words value_words_null value_words_one value_words_zero words
"""
# Of the outbox: who a message is about is in its customer_id and user_id.
_NAMES_OF_OUTBOX = """
    change disabled_because endpoint headers_env identifiers last_error list_kind
    list_name list_title message_id offer options properties secret_env template topic
    topics trigger trigger_rule url_env watched_name watches
"""
# Of personas. A term in a table is one that at least five people used.
_NAMES_OF_PERSONAS = """
    block embedder outcome persona_key persona_name reduction sentence state_key term
    trait what_is_lost why_not
"""
NOT_ABOUT_USERS = frozenset(
    f"{_NAMES} {_NAMES_OF_EVENTS} {_NAMES_OF_CUSTOMERS} {_NAMES_OF_RUNS} "
    f"{_NAMES_OF_SEGMENTS} {_NAMES_OF_JOURNEYS} {_NAMES_OF_EXPERIMENTS} "
    f"{_NAMES_OF_PROPENSITIES} {_NAMES_OF_OUTBOX} {_NAMES_OF_MESSAGES} "
    f"{_NAMES_OF_PERSONAS}".split()
)

# Types that can hold no id of ours: ids are text everywhere.
_OTHER_TYPES = (
    "bigint",
    "boolean",
    "date",
    "double precision",
    "integer",
    "numeric",
    "real",
    "smallint",
    "timestamp with time zone",
    "timestamp without time zone",
)


@dataclass(frozen=True)
class UserColumn:
    """A column of a table that may hold a user's id.

    Attributes
    ----------
    schema, table, column : str
        Unquoted names.
    """

    schema: str
    table: str
    column: str

    @property
    def relation(self) -> str:
        """The quoted name of the table."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def finds(self) -> Finds | None:
        """How it finds a user's rows; None if it is not about users."""
        by_table = ABOUT_USERS.get(f"{self.table}.{self.column}")
        return (
            by_table or ABOUT_USERS.get(self.column) or _OF_THE_COMPANY.get(self.column)
        )

    @property
    def is_known(self) -> bool:
        """Whether one of the lists above has it."""
        return self.finds is not None or self.column in NOT_ABOUT_USERS


def schemas_of(project: DbtProject) -> list[str]:
    """Return the schemas that belong to the project under its target."""
    return [*project.own_schemas(), *SCRIPT_SCHEMAS]


def text_columns(connection: Connection, schemas: Sequence[str]) -> list[UserColumn]:
    """Return each column that can hold a text, of each table in some schemas.

    Views are left out: they show what is in tables.
    """
    rows = fetch_all(
        connection,
        f"""
        select
            columns.table_schema::text,
            columns.table_name::text,
            columns.column_name::text
        from information_schema.columns as columns
        inner join information_schema.tables as tables
            on
                columns.table_schema = tables.table_schema
                and columns.table_name = tables.table_name
        where
            tables.table_type = 'BASE TABLE'
            and columns.table_schema::text = any(string_to_array($1, ','))
            and columns.data_type not in ({", ".join(f"'{t}'" for t in _OTHER_TYPES)})
        order by 1, 2, 3
        """,
        (",".join(schemas),),
    )
    return [UserColumn(*row) for row in rows]


def require_known(columns: Sequence[UserColumn]) -> None:
    """Raise UserError if a column may hold a user's id without saying so."""
    unknown = [
        f"{column.schema}.{column.table}.{column.column}"
        for column in columns
        if not column.is_known
    ]
    if unknown:
        raise UserError(
            f"found {', '.join(unknown)}, which this project does not know; expected "
            "to know of every column of text in its schemas whether it holds users' "
            "ids. Nothing was changed: name the columns in "
            "scripts/user_states/privacy/user_columns.py, or move these tables to a "
            "schema of your own"
        )
