"""How Python reads the dbt project."""

from __future__ import annotations

import pytest

from user_states.warehouse.dbt_project import DbtProject


@pytest.mark.usefixtures("empty_warehouse")
def test_dbt_does_not_parse_again_for_a_target_named_another_way(
    project: DbtProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_TARGET", raising=False)
    by_default = DbtProject.load()
    by_option = DbtProject.load("demo")
    monkeypatch.setenv("DBT_TARGET", "demo")
    by_variable = DbtProject.load()
    checks = {
        str(read._manifest.state_check)
        for read in (project, by_default, by_option, by_variable)
    }
    assert project.target == "demo"
    assert len(checks) == 1
