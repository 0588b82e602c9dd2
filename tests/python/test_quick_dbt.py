"""The quicker dbt of scripts and tests against dbt as users call it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.postgres.connections import (
    PostgresConnectionManager,
    PostgresCredentials,
)
from dbt.cli.main import dbtRunner
from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.context.macros import MacroNamespace
from dbt.version import __version__
from dbt_common.events.functions import env_scrubber
from dbt_common.invocation import reset_invocation_id

from user_states.warehouse import quick_dbt
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress

# What they read and what reads them, with all tests.
SELECTED = ("compile", "--select", "+state_stays+", "customer_lists+2")


def compiled(target: Path) -> dict[str, str]:
    """Return the SQL of each model and test that dbt has compiled."""
    files = (target / "compiled").rglob("*.sql")
    return {str(file.relative_to(target)): file.read_text("utf-8") for file in files}


def test_the_same_models_and_tests_have_the_same_sql(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    for name in ("quick", "plain"):
        (tmp_path / name).mkdir()
        parsed = Path(os.environ["DBT_TARGET_PATH"]) / PARTIAL_PARSE_FILE_NAME
        shutil.copy(parsed, tmp_path / name)

    options = [*SELECTED, *project._arguments, "--log-level", "none", "--target-path"]
    outcome = dbtRunner(manifest=project._manifest).invoke(
        [*options, str(tmp_path / "quick")]
    )
    assert outcome.success, outcome.exception
    plain = [sys.executable, "-m", "dbt.cli.main", *options, str(tmp_path / "plain")]
    subprocess.run(plain, check=True, capture_output=True)

    quick = compiled(tmp_path / "quick")
    assert len(quick) > 100
    assert quick == compiled(tmp_path / "plain")


def test_only_the_version_of_dbt_that_it_was_written_for_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After an update of dbt, compare what is replaced with dbt's own, then say so."""
    assert __version__ == quick_dbt.WRITTEN_FOR
    replaced: list[str] = []

    def record(owner: object, name: str, quicker: object) -> None:
        replaced.append(name)

    monkeypatch.setattr(quick_dbt, "_replace", record)
    monkeypatch.setattr(quick_dbt, "__version__", "1.11.17")
    quick_dbt.make_dbt_quicker.__wrapped__()
    assert not replaced
    monkeypatch.setattr(quick_dbt, "__version__", quick_dbt.WRITTEN_FOR)
    quick_dbt.make_dbt_quicker.__wrapped__()
    assert "select_parents" in replaced


class Session:
    """What one thread of dbt does with its connection, node after node."""

    def __init__(self, address: LocalServerAddress) -> None:
        details: dict[str, Any] = {
            "host": address.host,
            "port": address.port,
            "user": address.user,
            "password": address.password,
            "database": address.database,
            "schema": "public",
            "role": "pg_monitor",
        }
        make_manager: Any = PostgresConnectionManager
        self.manager = make_manager(
            SimpleNamespace(credentials=PostgresCredentials(**details)),
            multiprocessing.get_context("spawn"),
        )

    def run(self, node: str, *statements: str) -> tuple[object, ...]:
        """Run statements as a node does, and return the row of the last."""
        self.manager.set_connection_name(node)
        for statement in statements:
            _, cursor = self.manager.add_query(statement)
        (row,) = cursor.fetchall()
        self.manager.commit_if_has_connection()
        self.manager.release()
        return tuple(row)


STATE = (
    "select pg_backend_pid(), current_user, current_setting('enable_hashjoin'), "
    "to_regclass('pg_temp.of_a_node')"
)


def test_nodes_share_a_connection_and_nothing_else(
    database: LocalServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(database)
    process, *first = session.run(
        "model.user_states.one",
        "create temporary table of_a_node (n int)",
        "set enable_hashjoin = off",
        STATE,
    )
    assert first == ["pg_monitor", "off", "of_a_node"]
    assert session.run("test.user_states.two", STATE) == (
        *(process, "pg_monitor", "on", None),
    )

    # A hook's connection ends with it.
    other, *_ = session.run("master", STATE)
    assert other == process
    other, *_ = session.run("model.user_states.three", STATE)
    assert other != process
    # One that waited too long is not used again.
    monkeypatch.setattr(quick_dbt, "_SECONDS_TO_WAIT", -1)
    assert session.run("model.user_states.four", STATE)[0] != other
    session.manager.cleanup_all()


def test_macros_of_a_node_are_made_when_it_asks_for_them() -> None:
    made: list[Any] = []

    def make(macro: Any) -> str:
        made.append(macro)
        return f"{macro} made"

    macros: Any = quick_dbt._Macros
    here, of_dbt = (
        macros({"ours": 1, "both": 2}, make),
        macros({"both": 3, "dbts": 4}, make),
    )
    context = quick_dbt._Context(builtin=5)
    assert "ours" not in context
    context.macros = MacroNamespace({}, here, of_dbt, {"user_states": here})
    assert "theirs" not in context
    assert made == []
    assert "ours" in context
    assert [context[name] for name in ("ours", "both", "dbts", "builtin", "ours")] == [
        *("1 made", "2 made", "4 made", 5, "1 made")
    ]
    assert made == [1, 2, 4]
    assert context.get("theirs", "none") == "none"
    with pytest.raises(KeyError, match="theirs"):
        context["theirs"]

    # As a unit test does that has a macro of its own.
    context["dbt"]["both"] = "mine"
    assert context["dbt"]["both"] == "mine"
    assert context["both"] == "2 made"
    assert sorted(context["dbt"]) == ["both", "dbts"]
    assert len(context["dbt"]) == 2


def test_secrets_of_the_environment_stay_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_KEY", "of nobody's business")
    reset_invocation_id()
    assert env_scrubber("This is of nobody's business.") == "This is *****."
    monkeypatch.delenv("DBT_ENV_SECRET_KEY")
    reset_invocation_id()
    assert env_scrubber("of nobody's business") == "of nobody's business"
