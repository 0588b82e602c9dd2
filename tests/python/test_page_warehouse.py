"""The page of a real warehouse: its rows, its SQL, and what it must not contain."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from conftest import PROJECT
from user_states.commands.main_job import start_over
from user_states.events.load_simulated_events import (
    EventWriter,
    clear_simulated_events,
)
from user_states.explorer.all_parts import rows_of_page
from user_states.explorer.crossings import all_crossings
from user_states.explorer.page import build_page
from user_states.explorer.page_file import page_options, write_page
from user_states.explorer.parts.this_week_lists import week_lists
from user_states.explorer.scene import Scene
from user_states.figures.all_figures import FIGURES, rows_of_figures
from user_states.fit.fit_job import fit_and_publish
from user_states.marts.mart_reader import read_marts
from user_states.marts.mart_row import MartRow
from user_states.rides.load_files import load_files
from user_states.rides.mapping_file import parse_mapping
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    build_from_the_model_on,
    build_up_to_the_panel,
    query,
    quick_options,
)

# A log that says who rode when, and nothing more.
BARE_MAPPING = """
columns: {ride_id: ride, user_id: user, requested_at: time}
"""
BARE_RIDES = """
    select ride_id, user_id, to_char(requested_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    from app.rides
    where status = 'completed' and user_id < 'u0000150'
        and ride_id is not null and requested_at >= '2024-01-01'
"""


def test_the_page_has_no_id_of_a_user_or_ride(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    marts = read_marts(project, rows_of_page())
    path = tmp_path / "folder" / "page.html"
    write_page(project, path)
    page = path.read_text("utf-8")
    assert page == build_page(marts, page_options(project))
    users = query(published_warehouse, "select user_id from marts.users")
    assert len(users) > 100
    assert not any(user_id in page for (user_id,) in users)
    rides = query(
        published_warehouse, "select ride_id from marts.example_journey_rides"
    )
    assert not any(ride_id in page for (ride_id,) in rides)


@pytest.mark.parametrize(
    ("name", "row_classes"),
    [("explorer", rows_of_page()), ("figures", rows_of_figures(FIGURES))],
)
def test_the_marts_read_are_those_that_the_exposure_declares(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    name: str,
    row_classes: list[type[MartRow]],
) -> None:
    declared = yaml.safe_load((PROJECT / "models/exposures.yml").read_text("utf-8"))
    marts = {
        re.sub(r"ref\('(\w+)'\)", r"\1", ref)
        for exposure in declared["exposures"]
        if exposure["name"] == name
        for ref in exposure["depends_on"]
    }
    with patch.object(project, "relation", wraps=project.relation) as relation:
        read_marts(project, row_classes)
    assert {call.args[0] for call in relation.call_args_list} == marts


def test_figures_of_the_page_are_those_of_the_marts(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    marts = read_marts(project, rows_of_page())
    options = page_options(project)
    everyone, *_ = all_crossings(marts, 1, 1)
    scene = Scene(marts, options, everyone, everyone.n_users)
    sums = query(
        published_warehouse,
        "select cast(sum(n_users_as_known) as bigint), "
        "cast(sum(n_riders_as_known) as bigint), cast(sum(n_rides_as_known) as bigint) "
        f"from marts.state_sizes where week_start = date '{marts.as_of_week}'",
    )
    figures = scene.all_figures
    found = (figures.users, figures.riders, figures.rides)
    assert [tuple(int(values[-1].sum()) for values in found)] == sums


def test_a_list_s_sql_returns_the_users_to_write_to(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    marts = read_marts(project, rows_of_page())
    everyone, *_ = all_crossings(marts, 1, 1)
    scene = Scene(marts, page_options(project), everyone, everyone.n_users)
    lists = week_lists(scene)
    assert lists
    for each in lists:
        assert len(query(published_warehouse, each.sql)) == each.n_write
        assert each.n_write == each.row.n_users_to_write


def test_a_log_without_prices_and_cities_is_built_and_shown(
    panel_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    rides = query(panel_warehouse, BARE_RIDES)
    path = tmp_path / "rides.csv"
    lines = [("ride", "user", "time"), *rides]
    path.write_text("".join(f"{','.join(line)}\n" for line in lines), "utf-8")
    mapping = parse_mapping(BARE_MAPPING, "bare.yml")
    with closing(connect(panel_warehouse.url)) as connection:
        load_files(connection, [path], mapping)
        clear_simulated_events(connection, EventWriter())
        start_over(connection, project, panel_warehouse)
    # With all tests of the data: none may ask for a price or a city.
    build_up_to_the_panel(project)
    fit_and_publish(project, quick_options(project, n_starts=2))
    build_from_the_model_on(project)
    write_page(project, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    text = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert "Your log has no prices" in text
    assert re.findall(r".{0,60}(?:€|\bEUR\b).{0,20}", text) == []
    # No menus of cities and platforms, and no columns of them.
    assert "data-filter=" not in text
    assert "Where they are" not in text
