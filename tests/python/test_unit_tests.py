"""The unit tests of the models run here, because a routine build leaves them out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from user_states.warehouse.dbt_project import ROUTINE_BUILD, DbtProject
from user_states.warehouse.server import LocalServerAddress


def invoke(project: DbtProject, *command: str) -> Any:
    """Run a dbt command and return its result."""
    arguments = [*project._arguments, "--log-level", "none"]
    return dbtRunner(manifest=project._manifest).invoke([*command, *arguments]).result


def test_every_unit_test_passes(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    declared = set(project._manifest.unit_tests)
    assert len(declared) > 80
    result = invoke(project, "test", "--select", "resource_type:unit_test")
    passed = {item.node.unique_id for item in result.results if item.status == "pass"}
    assert passed == declared


@pytest.mark.parametrize("selection", [(), ("--select", "+exposure:fit_hmm")])
def test_a_routine_build_leaves_them_out_and_tests_the_data(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    selection: tuple[str, ...],
) -> None:
    def listed(*options: str) -> set[str]:
        """Return `kind name` of each node that a command would select."""
        lines = invoke(project, "list", "--output", "json", *options, *selection)
        nodes = [json.loads(line) for line in lines]
        return {f"{node['resource_type']} {node['name']}" for node in nodes}

    command, *options = ROUTINE_BUILD
    assert command == "build"
    everything, routine = listed(), listed(*options)
    assert {name.split()[0] for name in everything - routine} == {"unit_test"}
    assert not any(name.startswith("unit_test ") for name in routine)
    assert sum(name.startswith("test ") for name in routine) >= 40
