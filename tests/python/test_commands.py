"""How commands are called: one target for a whole shell, and short scripts."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from conftest import PROJECT
from user_states.warehouse.dbt_project import BUILD_PANEL, ROUTINE_BUILD, chosen_target

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


def make(*arguments: str, **variables: str) -> str:
    """Return what make would run, in a shell with these variables."""
    other_make = ("TARGET", "DBT_TARGET", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    kept = {k: v for k, v in os.environ.items() if k not in other_make}
    return subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=PROJECT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_target_comes_from_the_option_or_else_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DBT_TARGET", raising=False)
    assert chosen_target(None) is None
    assert chosen_target("dev") == "dev"
    monkeypatch.setenv("DBT_TARGET", "prod")
    assert chosen_target(None) == "prod"
    assert chosen_target("dev") == "dev"


@needs_make
class TestMake:
    def test_a_build_is_the_routine_one(self) -> None:
        assert "scripts/build.py" in make("build", DBT_TARGET="prod")
        assert ROUTINE_BUILD == ("build", "--exclude-resource-type", "unit_test")

    def test_the_demo_s_server_is_started_only_for_the_demo(self) -> None:
        start = "local_server.py run"
        assert start in make("build")
        assert start in make("build", DBT_TARGET="demo")
        assert start not in make("build", DBT_TARGET="prod")
        assert start not in make("build", "TARGET=dev")
        assert "local_server.py env" in make("env")
        assert "local_server.py env" not in make("env", "TARGET=prod")

    def test_the_job_takes_settings_of_dbt(self) -> None:
        for command in ("demo", "run"):
            assert '${VARS:+--vars "$VARS"}' in make(command)

    def test_a_mapping_is_proposed_for_a_named_file(self) -> None:
        assert 'scripts/propose_mapping.py "${RIDES:' in make("map")

    def test_the_command_in_messages_exists_in_the_makefile(self) -> None:
        program, *arguments = BUILD_PANEL.split()
        assert program == "make"
        assert "--select $SELECT" in make(*arguments)


def test_every_script_is_short_and_says_how_to_call_it() -> None:
    scripts = sorted((PROJECT / "scripts").glob("*.py"))
    assert len(scripts) > 10
    for script in scripts:
        text = script.read_text("utf-8")
        assert len(text.splitlines()) <= 80, script.name
        assert f"python scripts/{script.name}" in text.split('"""')[1], script.name
