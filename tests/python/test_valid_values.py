"""The test of single rows finds each kind of fault, and says which it is."""

from __future__ import annotations

import pytest
from dbt.contracts.graph.nodes import GenericTestNode

from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import messages_of_failure, query, rendered

RULES = (
    "not_null=['user_id'], not_negative=['n_rides', 'price'], "
    "shares=['cash_share'], mondays=['week_start']"
)
# Each row has at most one fault. Nulls are sound wherever they are not forbidden.
ROWS = """(
    select *
    from (
        values
            ('sound', 0, 0.0, 1.0, date '2026-11-23'),
            ('nulls', null, null, null, null),
            ('rounding', 1, 2.5, 1 + 1e-13, date '2026-11-30'),
            (null, 1, 2.5, 0.5, date '2026-11-23'),
            ('count', -1, 2.5, 0.5, date '2026-11-23'),
            ('price', 1, -0.01, 0.5, date '2026-11-23'),
            ('low', 1, 2.5, -0.1, date '2026-11-23'),
            ('high', 1, 2.5, 1.1, date '2026-11-23'),
            ('tuesday', 1, 2.5, 0.5, date '2026-11-24')
    ) as faults (user_id, n_rides, price, cash_share, week_start)
) as rows_of_a_model"""


def test_each_fault_is_found_and_named(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    sql = rendered(project, f'{{{{ test_valid_values("""{ROWS}""", {RULES}) }}}}')
    assert query(panel_warehouse, f"select user_id, fault from ({sql}) as found") == [
        (None, "user_id is null"),
        ("count", "n_rides is negative"),
        ("price", "price is negative"),
        ("low", "cash_share is no share"),
        ("high", "cash_share is no share"),
        ("tuesday", "week_start is no Monday"),
    ]


@pytest.mark.parametrize("rules", ["", ", not_null=[]"])
def test_a_test_of_no_column_is_an_error(
    panel_warehouse: LocalServerAddress, project: DbtProject, rules: str
) -> None:
    inline = f"{{{{ test_valid_values('a_table'{rules}) }}}}"
    messages = messages_of_failure(project, "compile", "--inline", inline)
    assert "expected not_null, not_negative, shares or mondays" in "".join(messages)


def test_a_model_has_one_test_of_its_rows(project: DbtProject) -> None:
    """A second one reads the table again; only a condition of its own is a reason."""
    assert project._manifest is not None
    tested = [
        node.attached_node
        for node in project._manifest.nodes.values()
        if isinstance(node, GenericTestNode)
        and node.test_metadata.name == "valid_values"
        and not node.config.where
    ]
    assert len(tested) > 300
    assert len(tested) == len(set(tested))
