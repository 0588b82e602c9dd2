"""SQL that differs between engines: one macro per adapter, and no default."""

from __future__ import annotations

import json
import re

import pytest
from dbt.context import providers

from conftest import PROJECT
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject

OTHER_ADAPTER = "bigquery"
# It raises the error for all others.
NOT_DISPATCHED = {"not_implemented"}


def macros_of_cross_db() -> dict[str, str]:
    """Return the parameters of every macro in the folder."""
    text = "\n".join(
        path.read_text("utf-8")
        for path in sorted((PROJECT / "macros/cross_db").glob("*.sql"))
    )
    return dict(re.findall(r"{%-? macro (\w+)\((.*?)\) -?%}", text))


MACROS = macros_of_cross_db()
DISPATCHED = sorted({m for m in MACROS if "__" not in m} - NOT_DISPATCHED)


@pytest.mark.parametrize("name", DISPATCHED)
def test_every_macro_is_dispatched(name: str) -> None:
    """Default and implementation exist and have the same parameters."""
    assert MACROS[f"default__{name}"] == MACROS[f"postgres__{name}"] == MACROS[name]


def test_every_implementation_belongs_to_a_macro() -> None:
    prefixed = {name.split("__", 1)[1] for name in MACROS if "__" in name}
    assert prefixed == set(DISPATCHED)
    assert len(DISPATCHED) > 25


@pytest.mark.parametrize("name", DISPATCHED)
def test_another_adapter_is_an_error(
    name: str,
    macros_project: DbtProject,
    empty_warehouse: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the PostgreSQL adapter gets the SQL of PostgreSQL."""
    monkeypatch.setattr(providers, "get_adapter_type_names", lambda _: [OTHER_ADAPTER])
    monkeypatch.setattr(
        providers.BaseDatabaseWrapper, "type", lambda _: OTHER_ADAPTER, raising=False
    )
    required = re.findall(r"(\w+)(?:,|$)", re.sub(r"\w+=[^,]+", "", MACROS[name]))
    arguments = json.dumps(dict.fromkeys(required, "x"))
    with pytest.raises(UserError) as caught:
        macros_project.run("run-operation", name, "--args", arguments, label=name)
    assert (
        f"found no implementation of the macro {name} for the adapter {OTHER_ADAPTER}; "
        f"expected a macro {OTHER_ADAPTER}__{name}" in str(caught.value)
    )
