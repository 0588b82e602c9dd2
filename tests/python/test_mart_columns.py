"""Columns of the marts, as their contracts have them: a build fails with any others."""

from __future__ import annotations

import re

import pytest
import yaml

from conftest import PROJECT

# With a row per user and week, where a view or a join adds it, or about states of
# earlier runs, which have no number now.
WITHOUT_SORT_NAME = {
    "customers": "a row per customer",
    "example_journeys.week_state_name": "a row per example user and week",
    "state_lineage": "states of earlier runs",
    "state_lineage.previous_state_name": "states of earlier runs",
    "state_names": "names of earlier runs",
    "user_dominant_states.runner_up_state_name": "read beside the dominant state",
    "user_list.proposed_state_name": "read beside the state, for one user",
    "user_outlook": "a row per user and week",
    "user_outlook.proposed_state_name": "a row per user and week",
    "user_weekly_states": "a row per user and week: see user_weekly_states_named",
}
# Days on which weeks, months and periods begin, beside other days.
DATES = re.compile(r"(\w+_)?(week|month|period)_start|date_day|\w+_on|\w+_as_of")
POINTS_IN_TIME = re.compile(r"\w+_at")


def marts() -> dict[str, dict[str, str]]:
    """Return the columns of each mart with their types."""
    found = {}
    for path in (PROJECT / "models/marts").rglob("*.yml"):
        contracts, _, _ = path.read_text("utf-8").partition("\nunit_tests:")
        for model in yaml.safe_load(contracts)["models"]:
            columns = model.get("columns", [])
            found[model["name"]] = {c["name"]: c.get("data_type", "") for c in columns}
    assert len(found) > 40
    return found


MARTS = marts()


def test_marts_that_are_grouped_by_state_have_a_name_to_sort_by() -> None:
    without = {
        mart if column == "state_name" else f"{mart}.{column}"
        for mart, columns in MARTS.items()
        for column in columns
        if column.endswith("state_name")
        and column.removesuffix("name") + "sort_name" not in columns
    }
    assert without == set(WITHOUT_SORT_NAME)


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_dates_and_points_in_time_are_named_alike(mart: str) -> None:
    for column, data_type in MARTS[mart].items():
        if data_type == "date":
            assert DATES.fullmatch(column), column
        if data_type.startswith("timestamp"):
            assert data_type == "timestamp with time zone", column
            assert POINTS_IN_TIME.fullmatch(column), column
        if DATES.fullmatch(column):
            assert data_type in ("date", ""), column
        if POINTS_IN_TIME.fullmatch(column):
            assert data_type in ("timestamp with time zone", ""), column
