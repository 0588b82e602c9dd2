"""The dbt project for Python: target, credentials, vars, relations and commands.

All of it comes from dbt itself, in this process, so that a script and `dbt build` never
disagree about a name, a var or a server.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Literal

import adbc_driver_manager
from dbt.cli.flags import Flags
from dbt.cli.main import dbtRunner
from dbt.cli.types import Command
from dbt.config.profile import Profile
from dbt.config.runtime import load_profile, load_project
from dbt.contracts.graph.manifest import Manifest
from dbt.flags import set_flags
from dbt_common.context import set_invocation_context
from dbt_common.events.base_types import EventMsg
from dbt_common.exceptions import DbtBaseException

from user_states.console import progress_bar
from user_states.errors import UserError
from user_states.presets import with_preset
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.build_lock import only_pulse, only_writer, release
from user_states.warehouse.build_records import Snapshots
from user_states.warehouse.connection import connect
from user_states.warehouse.libpq_url import libpq_url
from user_states.warehouse.quick_dbt import make_dbt_quicker

logger = logging.getLogger("user_states")

# The one source that this project reads and never writes.
COMPANY_SOURCE = "app"

# Vars that are mappings of settings. Each setting in them has its own full name, here
# and in --vars: `hmm.states` is `states` under `hmm` in dbt_project.yml.
SETTING_GROUPS = ("hmm",)

# Selects the panel and everything that it is built from: all that the fit reads.
UP_TO_THE_PANEL = "+exposure:fit_hmm"
BUILD_PANEL = f"make build SELECT={UP_TO_THE_PANEL}"

# Selects the marts that show what fits of segments, propensities and journeys found, or
# act on it. No other mart reads them, so that the main job builds them once, after
# these fits.
MARTS_OF_CUSTOMER_MODELS = (
    "path:models/marts/segment_weeks",
    "path:models/marts/segmentations",
    "path:models/marts/segments",
    "path:models/marts/propensities",
    "path:models/marts/propensity_models",
    "path:models/marts/propensity_trust",
    "path:models/marts/experiments",
    "path:models/marts/refining",
    "path:models/marts/outbox",
    "path:models/marts/journey_models",
    "path:models/marts/conversations",
    "path:models/marts/persona_models",
    "path:models/marts/personas",
    "quality_checks",
)
# Selects them with what they read of the fits. They read other marts as the last build
# left them.
MODELS_OF_CUSTOMER_MODELS = (
    "path:models/staging/segments",
    "path:models/intermediate/segments",
    "path:models/staging/propensity",
    "path:models/staging/journeys",
    "path:models/staging/personas",
    "path:models/intermediate/personas",
    "int_propensity_runs",
    "int_propensity_classes",
    *MARTS_OF_CUSTOMER_MODELS,
)
# Selects the models that need nothing but recent events and tables of the last build.
PULSE_MODELS = "tag:pulse"
# Selects what shows the reasons of scores.
MARTS_OF_REASONS = ("prediction_reasons", "customer_propensities")

# Unit tests run the SQL on made-up rows. `make test` runs them; a build of the tables
# leaves them out, as dbt's documentation advises.
ROUTINE_BUILD = ("build", "--exclude-resource-type", "unit_test")

# Vars that name schemas and tables, which dbt reads while it parses. All others are
# read when SQL is compiled: dbt need not parse the whole project again for them.
PARSED_VARS = {
    "app_schema",
    "customers_table",
    "events_table",
    "identities_table",
    "messages_table",
    "rides_table",
    "unprefixed_targets",
    "users_table",
}

# Commands of dbt that change tables, as in macros/builds/begin_build.sql.
BUILDS = ("build", "run", "seed", "snapshot")

# Events of dbt with the message of a failed node, hook or operation.
_ERROR_EVENTS = {
    "RunResultError",
    "RunResultFailure",
    "RunningOperationCaughtError",
    "MainEncounteredError",
}


class DbtProject:
    """The project under one target and one set of vars.

    Attributes
    ----------
    target : str
        Name of the target in the profile.
    connection_uri : str
        libpq URL of the warehouse, with the credentials of the profile.
    vars : mapping
        Every setting by its full name, `hmm.states` for example, as dbt resolves it
        with the vars of the command line; of the settings that say `preset`, the
        values of the preset.
    """

    def __init__(
        self, target: str | None = None, cli_vars: Mapping[str, Any] | None = None
    ) -> None:
        make_dbt_quicker()
        folders = {"project_dir": str(PROJECT_FOLDER)}
        # dbt looks for the profile in the current folder; a script may be called from
        # any folder.
        has_profile = (PROJECT_FOLDER / "profiles.yml").exists()
        if has_profile and "DBT_PROFILES_DIR" not in os.environ:
            folders["profiles_dir"] = str(PROJECT_FOLDER)
        profile = _profile(folders, cli_vars or {}, target)
        self.target: str = profile.target_name
        # dbt parses everything again if the last command named another target, or
        # named the same one by another way. So it is always named.
        self._arguments = ["--target", self.target]
        for option, folder in folders.items():
            self._arguments += [f"--{option.replace('_', '-')}", folder]
        self._manifest = self._parse()
        project = load_project(
            str(PROJECT_FOLDER), False, profile, dict(cli_vars or {})
        )
        self.connection_uri = _connection_uri(profile.credentials)
        if cli_vars:
            self._arguments += ["--vars", json.dumps(dict(cli_vars))]
            self._check_settings_named(cli_vars)
            if PARSED_VARS & cli_vars.keys():
                self._manifest = self._parse()
        declared = _resolved_vars(project.vars.vars, project.project_name)
        self.vars = with_preset(settings_by_name(declared, cli_vars or {}))

    @classmethod
    def load(
        cls, target: str | None = None, cli_vars: Mapping[str, Any] | None = None
    ) -> DbtProject:
        """Parse the project.

        Raises
        ------
        UserError
            If the project, the profile or the target cannot be read, or if `cli_vars`
            are wrong.
        """
        return cls(target, cli_vars)

    def relation(self, model: str) -> str:
        """Return the quoted name of a model's or seed's table."""
        return str(self._model(model).relation_name)

    def schema_of(self, model: str) -> str:
        """Return the unquoted schema of a model's or seed's table."""
        return str(self._model(model).schema)

    def description_of(self, model: str) -> str:
        """Return what the documentation says of a model or seed."""
        return str(self._model(model).description).strip()

    def columns_of(self, model: str) -> list[str]:
        """Return the documented columns of a model or seed."""
        return list(self._model(model).columns)

    def marts(self) -> list[str]:
        """Return the names of all marts that are tables.

        Builds record what each table was made from; a view always shows its tables.
        """
        nodes: Iterable[Any] = self._manifest.nodes.values()
        return sorted(
            node.name
            for node in nodes
            if node.resource_type == "model"
            and node.fqn[1] == "marts"
            and node.config.materialized != "view"
        )

    @property
    def operations_schema(self) -> str:
        """Unquoted name of the schema in which builds are recorded."""
        return self.source("operations", "builds")[0]

    def snapshots(self) -> Snapshots:
        """Return what opens snapshots of tables that builds replace."""
        return Snapshots(self.connection_uri, self.operations_schema)

    def only_writer(self, kind: Literal["load", "fit"]) -> AbstractContextManager[None]:
        """Keep builds and scripts of the same kind away; see `only_writer`."""
        return only_writer(self.connection_uri, self.operations_schema, kind)

    def only_pulse(self) -> AbstractContextManager[str | None]:
        """Let others wait for a pulse; see `only_pulse`."""
        return only_pulse(self.connection_uri, self.operations_schema)

    def own_schemas(self) -> list[str]:
        """Return the unquoted schemas that this project creates."""
        sources = self._manifest.sources.values()
        made = {
            node.schema
            for node in self._manifest.nodes.values()
            if node.resource_type in ("model", "seed")
        }
        made |= {source.schema for source in sources}
        of_the_company = {s.schema for s in sources if s.source_name == COMPANY_SOURCE}
        return sorted(made - of_the_company)

    def source(self, schema: str, table: str) -> tuple[str, str]:
        """Return the unquoted schema and name of a source's table."""
        for node in self._manifest.sources.values():
            if (node.source_name, node.name) == (schema, table):
                return node.schema, node.identifier
        raise KeyError(f"no source named {schema}.{table} in the dbt project")

    def source_schema(self, name: str) -> str:
        """Return the unquoted schema of a source under the project's target."""
        for node in self._manifest.sources.values():
            if node.source_name == name:
                return str(node.schema)
        raise KeyError(f"no source named {name} in the dbt project")

    def run(self, command: str, *options: str, label: str) -> dict[str, float]:
        """Run a dbt command with a progress bar.

        Returns
        -------
        dict
            Seconds that each model, seed or test took.

        Raises
        ------
        UserError
            If a node fails, with the warehouse's message for each. Warnings of tests
            are not failures.
        """
        errors: list[str] = []
        build_ids: set[str] = set()
        with progress_bar(None, label, "nodes") as bar:

            def show(event: EventMsg) -> None:
                build_ids.add(_build_id(event))
                if event.info.name == "JinjaLogInfo":
                    logger.info("%s", _one_line(getattr(event.info, "msg", "")))
                elif event.info.name == "NodeStart":
                    bar.set_postfix_str(event.data.node_info.node_name)
                elif event.info.name == "NodeFinished":
                    bar.update()
                elif event.info.name in _ERROR_EVENTS:
                    errors.append(_one_line(getattr(event.info, "msg", "")))

            is_sound = False
            try:
                outcome = dbtRunner(manifest=self._manifest, callbacks=[show]).invoke(
                    [command, *options, *self._arguments, "--log-level", "none"]
                )
                is_sound = outcome.success
            finally:
                # After an interrupt dbt runs no last hook.
                if command in BUILDS and not is_sound:
                    self._release_locks(build_ids)
        if not outcome.success:
            # A failure before the first node, for example of a hook, appears only in
            # events, and in several.
            failures = _failed_nodes(outcome.result, self.target) or [
                *errors,
                *([_one_line(outcome.exception)] if outcome.exception else []),
            ]
            raise UserError(
                f"dbt {command} failed: " + "\n- ".join(dict.fromkeys(failures))
            )
        return _seconds_of_nodes(outcome.result)

    def _release_locks(self, build_ids: Collection[str]) -> None:
        """Remove what is left of builds that have ended, if the warehouse allows it."""
        # The build's own error matters more than one of this.
        with suppress(UserError, adbc_driver_manager.Error):
            for build_id in build_ids:
                release(self.connection_uri, self.operations_schema, build_id)

    def build(self, *options: str, label: str) -> None:
        """Build and test tables with a progress bar; unit tests are left out.

        Raises
        ------
        UserError
            As in `run`.
        """
        self.run(*ROUTINE_BUILD, *options, label=label)

    def build_aloud(self, *options: str) -> bool:
        """Build as `build` does, with dbt's own messages instead of a progress bar.

        Returns
        -------
        bool
            Whether all nodes and tests went well.
        """
        build_ids: set[str] = set()
        is_sound = False
        try:
            runner = dbtRunner(
                manifest=self._manifest,
                callbacks=[lambda event: build_ids.add(_build_id(event))],
            )
            outcome = runner.invoke([*ROUTINE_BUILD, *options, *self._arguments])
            is_sound = outcome.success
        finally:
            if not is_sound:
                self._release_locks(build_ids)
        return is_sound

    def check_settings(self) -> None:
        """Check every var by the rules in macros/settings/setting_rules.sql.

        Raises
        ------
        UserError
            If a var does not exist, has the wrong type or is out of range, or if the
            warehouse cannot be reached.
        """
        self._check_settings_named(self.vars)

    def _check_settings_named(self, names: Iterable[str]) -> None:
        # Checked first, because dbt's own error does not say what to do.
        connect(self.connection_uri).close()
        self.run(
            "run-operation",
            "check_settings",
            # Nobody reads the graph of this.
            "--no-write-json",
            "--args",
            json.dumps({"names": sorted(names)}),
            label="checking settings",
        )

    def _model(self, name: str) -> Any:
        for node in self._manifest.nodes.values():
            if node.name == name and node.resource_type in ("model", "seed"):
                return node
        raise KeyError(f"no model named {name!r} in the dbt project")

    def _parse(self) -> Manifest:
        # All that dbt reads stays in memory. To look through it for garbage meanwhile
        # took a sixth of a first parse, and two thirds of the later ones; afterwards a
        # fifth of dbt's part of a build.
        gc.disable()
        try:
            # Nobody reads the manifest.json of this; writing it takes over a second.
            outcome = dbtRunner().invoke(
                ["parse", "--no-write-json", *self._arguments, "--log-level", "none"]
            )
        finally:
            gc.enable()
            gc.freeze()
        if not outcome.success:
            raise _unreadable(outcome.exception)
        assert isinstance(outcome.result, Manifest)
        return outcome.result


def chosen_target(target: str | None) -> str | None:
    """Return the target of --target, else of DBT_TARGET, None if neither is given."""
    return target or os.environ.get("DBT_TARGET") or None


def _profile(
    folders: Mapping[str, str], cli_vars: Mapping[str, Any], target: str | None
) -> Profile:
    """Return dbt's profile under a target, by default that of DBT_TARGET or its own."""
    # What a command of dbt sets up before it reads the profile.
    set_invocation_context(os.environ)
    try:
        set_flags(Flags.from_dict(Command.PARSE, dict(folders)))  # type: ignore[no-untyped-call]
        return load_profile(
            str(PROJECT_FOLDER), dict(cli_vars), None, chosen_target(target)
        )
    except DbtBaseException as problem:
        raise _unreadable(problem) from problem


def _unreadable(problem: BaseException | None) -> UserError:
    """Return the error of a project or profile that dbt cannot read."""
    text = _one_line(problem)
    if "Env var required" in text:
        text += (
            ": export it, or choose another --target. For the demo's own "
            'server run `eval "$(make env)"` first, or a command of `make`'
        )
    return UserError(f"cannot read the project: {text}")


def _connection_uri(credentials: Any) -> str:
    """Return the libpq URL of a dbt-postgres profile."""
    if credentials.type != "postgres":
        raise UserError(
            f"the target has the type {credentials.type!r}; expected 'postgres', the "
            "only warehouse that the Python code can reach: choose another --target."
        )
    optional = {
        name: str(value)
        for name in ("sslmode", "sslcert", "sslkey", "sslrootcert", "keepalives_idle")
        if (value := getattr(credentials, name))
    }
    if credentials.role:
        optional["options"] = f"-c role={credentials.role}"
    return libpq_url(
        host=credentials.host,
        port=credentials.port,
        user=credentials.user,
        password=credentials.password,
        database=credentials.database,
        connect_timeout=str(credentials.connect_timeout),
        application_name="user_states",
        **optional,
    )


def _resolved_vars(declared: Mapping[str, Any], project_name: str) -> dict[str, Any]:
    """Return global vars, overridden by the project's own, as dbt does."""
    scoped = declared.get(project_name)
    outer = {k: v for k, v in declared.items() if k != project_name}
    return outer | dict(scoped) if isinstance(scoped, Mapping) else outer


def settings_by_name(
    declared: Mapping[str, Any], cli_vars: Mapping[str, Any]
) -> dict[str, Any]:
    """Return every setting by its full name, as the macro `setting` finds it.

    Parameters
    ----------
    declared : mapping
        Vars of dbt_project.yml.
    cli_vars : mapping
        Vars of the command line, which take precedence.
    """
    in_groups = {
        f"{group}.{setting}": value
        for group in SETTING_GROUPS
        for setting, value in declared[group].items()
    }
    single = {k: v for k, v in declared.items() if k not in SETTING_GROUPS}
    return {**in_groups, **single, **cli_vars}


def _build_id(event: EventMsg) -> str:
    """Return the id of the command of dbt that an event belongs to."""
    return str(getattr(event.info, "invocation_id", ""))


def _seconds_of_nodes(result: object) -> dict[str, float]:
    """Return what dbt reports that each node took."""
    return {
        item.node.name: float(item.execution_time)
        for item in getattr(result, "results", [])
        if getattr(item, "node", None) is not None
    }


def _failed_nodes(result: object, target: str) -> list[str]:
    """Return each failed node with dbt's message."""
    failures = []
    for item in getattr(result, "results", []):
        node = getattr(item, "node", None)  # an operation has none
        if node is None or item.status not in ("error", "fail"):
            continue
        failures.append(f"{node.resource_type} {node.name}: {_one_line(item.message)}")
        if item.status == "fail" and node.resource_type == "test":
            failures[-1] += (
                f'; `eval "$(make env TARGET={target})"; dbt show --select '
                f"{node.name}` lists them"
            )
    return failures


def _one_line(message: object) -> str:
    """Return a message of dbt on one line, without its list of macros and files."""
    text = " ".join(str(message).split())
    for trail in (" > in macro", " > called by", " compiled code at"):
        text = text.split(trail, 1)[0]
    text = re.sub(r"^Encountered an error[^:]*: ", "", text)
    return re.sub(r"^\w+ Error (in \w+ \S+ \(\S+\) )?", "", text)
