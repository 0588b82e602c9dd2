"""Everything is described in the files, the documentation and the database."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

import table_picture
from browser import NO_BROWSER, PATIENCE, browser_program, running_browser
from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt
from user_states.figures.all_figures import FIGURES, draw_figures, rows_of_figures
from user_states.figures.picture import PictureOptions
from user_states.marts.mart_reader import read_marts
from user_states.rides.contract import RIDES
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServer, LocalServerAddress
from warehouse_setup import MARTS, WITHOUT_DATA_TESTS, WITHOUT_UNIT_TESTS, query

PACKAGE = "user_states"
OVERVIEW = (PROJECT / "models/overview.md").read_text("utf-8")


@pytest.fixture(scope="module")
def documented(postgres_server: LocalServer, point_at: PointAt) -> DbtProject:
    """Return the project as users load it: its builds write comments."""
    with point_at(replace(postgres_server.address, database=WAREHOUSE)):
        return DbtProject.load("demo")


@pytest.fixture(scope="module")
def manifest(documented: DbtProject) -> Manifest:
    return documented._manifest


@pytest.fixture(scope="module")
def commented_template(
    make_database: MakeDatabase,
    point_at: PointAt,
    published_template: LocalServerAddress,
    documented: DbtProject,
) -> LocalServerAddress:
    """Return a database whose tables were built with their comments."""
    warehouse = make_database(template=published_template, name=WAREHOUSE)
    with point_at(warehouse):
        documented.build(
            *WITHOUT_DATA_TESTS, *WITHOUT_UNIT_TESTS, label="with comments"
        )
    return make_database(template=warehouse)


@pytest.fixture(scope="module")
def page(
    make_database: MakeDatabase,
    point_at: PointAt,
    commented_template: LocalServerAddress,
    documented: DbtProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Write the page, as `make docs` does, and return its path."""
    folder = tmp_path_factory.mktemp("docs")
    shown = re.findall(r"\]\(figures/(\w+)\.svg\)", OVERVIEW)
    options = PictureOptions.from_vars(documented.vars)
    arguments = [*documented._arguments, "--target-path", str(folder)]
    with point_at(make_database(template=commented_template, name=WAREHOUSE)):
        marts = read_marts(documented, rows_of_figures(shown))
        outcomes = list(draw_figures(marts, options, folder / "figures", shown))
        outcome = dbtRunner(manifest=documented._manifest).invoke(
            ["docs", "generate", "--static", *arguments, "--log-level", "none"]
        )
    assert [o.problem for o in outcomes] == [None] * len(shown)
    assert outcome.success, outcome.exception
    return folder / "static_index.html"


def own(manifest: Manifest, *resource_types: str) -> list[Any]:
    """Return the nodes of these types that belong to this project."""
    return [
        node
        for node in (*manifest.nodes.values(), *manifest.sources.values())
        if node.resource_type in resource_types and node.package_name == PACKAGE
    ]


def on_one_line(description: str) -> str:
    """Return a description as a BI tool should show it."""
    return " ".join(description.split())


class TestDescriptions:
    def test_every_part_is_described(self, manifest: Manifest) -> None:
        nodes = own(manifest, "model", "seed", "source", "analysis")
        nodes += [m for m in manifest.macros.values() if m.package_name == PACKAGE]
        nodes += manifest.exposures.values()
        assert len(nodes) > 180
        bare = [n.name for n in nodes if not n.description.strip()]
        # An adapter's implementation is described at the macro that calls it.
        implementations = ("default__", "postgres__")
        assert [name for name in bare if not name.startswith(implementations)] == []

    def test_every_singular_test_is_described(self, manifest: Manifest) -> None:
        tests = [
            node for node in own(manifest, "test") if node.test_node_type == "singular"
        ]
        assert len(tests) > 30
        for test in tests:
            assert test.raw_code.startswith(("{#\n", "{{ config(")), test.name
            assert re.search(r"{#\n +\w", test.raw_code), test.name

    def test_every_source_of_rides_lists_the_contract(self, manifest: Manifest) -> None:
        listed = {s.name: list(s.columns) for s in own(manifest, "source")}
        assert listed["rides"] == RIDES.names
        # A table in the warehouse may lack more than a file may.
        required = {
            column.name
            for source in own(manifest, "source")
            for column in source.columns.values()
            if source.name == "rides" and column.description.endswith(" Required.")
        }
        assert required == {"ride_id", "user_id", "requested_at"}
        assert required <= set(RIDES.required_names)
        assert listed["users"] == ["user_id", "signed_up_at"]

    def test_every_column_is_described(self, manifest: Manifest) -> None:
        bare = [
            f"{node.name}.{column.name}"
            for node in own(manifest, "model", "seed", "source")
            for column in node.columns.values()
            if not column.description.strip()
        ]
        assert bare == []

    def test_every_column_of_a_seed_has_an_entry(self, manifest: Manifest) -> None:
        for seed in own(manifest, "seed"):
            path = PROJECT / seed.original_file_path
            header = path.read_text("utf-8").splitlines()[0]
            assert list(seed.columns) == header.split(","), seed.name

    def test_every_model_has_an_entry(self, manifest: Manifest) -> None:
        bare = [n.name for n in own(manifest, "model") if not n.patch_path]
        assert bare == []
        for model in own(manifest, "model"):
            assert model.columns, model.name

    def test_every_mart_has_an_enforced_contract(self, manifest: Manifest) -> None:
        marts = [n for n in own(manifest, "model") if "/marts/" in n.original_file_path]
        assert sorted(n.name for n in marts) == list(MARTS)
        assert [n.name for n in marts if not n.config.contract.enforced] == []
        assert [
            n.name
            for n in marts
            if not any(c.type == "primary_key" for c in n.constraints)
        ] == []

    def test_times_have_the_types_that_their_names_promise(
        self, manifest: Manifest
    ) -> None:
        """As models/overview.md says, no other column of a mart is a date or time."""
        marts = [n for n in own(manifest, "model") if n.config.contract.enforced]
        types = {
            (n.name, column.name): str(column.data_type)
            for n in marts
            for column in n.columns.values()
        }
        assert {"date", "timestamp with time zone"} < set(types.values())
        for (mart, column), data_type in types.items():
            if re.search(
                r"(week|month|period)_start$|^date_day$|^birth_date$|_on$|_as_of$",
                column,
            ):
                expected = "date"
            elif column.endswith("_at"):
                expected = "timestamp with time zone"
            else:
                expected = ""
            is_time = data_type.startswith(("date", "time", "interval"))
            assert data_type == expected or not (expected or is_time), (mart, column)

    def test_marts_by_state_have_names_that_sort(self, manifest: Manifest) -> None:
        marts = [n for n in own(manifest, "model") if "/marts/" in n.original_file_path]
        bare = {
            node.name
            for node in marts
            for column in node.columns
            if re.search(r"state_(id|key|name)$", column)
            and re.sub("(id|key|name)$", "sort_name", column) not in node.columns
        }
        assert (
            bare
            - {
                # Rows of single users or customers; other tables have the names.
                "audience_lists",
                "customer_snapshots",
                "customers",
                "example_customers",
                "example_journey_rides",
                "example_journeys",
                "state_moves",
                "user_outlook",
                "user_typicality",
                "user_weekly_states",
                "user_weekly_states_as_of",
                # States of all runs, of which only the champion's have a number.
                "state_lineage",
                "state_names",
                # The second of two states.
                "user_dominant_states",
                "user_list",
            }
            == set()
        )

    @pytest.mark.parametrize(
        "path", sorted((PROJECT / "models").rglob("*.yml")), ids=lambda path: path.name
    )
    def test_every_yml_opens_with_its_grain(self, path: Path) -> None:
        first_line = path.read_text("utf-8").splitlines()[0]
        assert first_line.startswith("# Grain: ")


def test_the_picture_of_the_tables_is_current(manifest: Manifest) -> None:
    """`make tables` draws it again."""
    assert table_picture.PICTURE.read_bytes() == table_picture.draw(manifest)
    assert table_picture.PICTURE.stat().st_size < 150_000
    assert len(table_picture.relations(manifest)) > 30


class TestOverview:
    """models/overview.md, the front page of the documentation."""

    def test_its_links_lead_to_models(self, manifest: Manifest) -> None:
        links = re.findall(r"\]\(#!/model/([\w.]+)\)", OVERVIEW)
        assert len(links) > 20
        assert [link for link in links if link not in manifest.nodes] == []
        assert "](#!/overview/user_states)" in OVERVIEW
        assert "doc.user_states.__user_states__" in manifest.docs

    def test_it_leads_to_every_mart(self) -> None:
        linked = set(re.findall(r"\(#!/model/model\.user_states\.(\w+)\)", OVERVIEW))
        assert set(MARTS) <= linked

    def test_its_pictures_are_those_that_make_draws(self) -> None:
        pictures = re.findall(r"!\[([^\]]+)\]\(figures/(\w+)\.svg\)", OVERVIEW)
        shown = [name for _, name in pictures]
        # Before the first fit there are no pictures, only this text.
        assert all('"make run"' in text for text, _ in pictures)
        makefile = (PROJECT / "Makefile").read_text("utf-8")
        (drawn,) = re.findall(r"^DOCS_FIGURES := (.*)$", makefile, re.M)
        assert shown == drawn.split()
        assert set(shown) <= set(FIGURES)

    def test_its_joins_keep_the_rows(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        joins = _documented_joins()
        assert len(joins) > 20
        for left, left_columns, right, right_columns in joins:
            on = " and ".join(
                f"a.{one} = b.{other}"
                for one, other in zip(left_columns, right_columns, strict=True)
            )
            ((n_rows, n_joined, n_found),) = query(
                published_warehouse,
                f"""
                select
                    (select count(*) from {project.relation(left)}),
                    count(*),
                    count(b.{right_columns[0]})
                from {project.relation(left)} as a
                left join {project.relation(right)} as b on {on}
                """,
            )
            assert n_joined == n_rows, (left, right)
            assert n_found or not n_rows, (left, right)

    def test_its_joins_include_every_relationships_test(self) -> None:
        """Joins to states or users that a yml file tests are in the overview."""
        joins = {(left, right) for left, _, right, _ in _documented_joins()}
        related = {
            (path.stem, parent)
            for path in (PROJECT / "models" / "marts").rglob("*.yml")
            for parent in re.findall(
                r"relationships: .*ref\('(states|users)'\)", path.read_text("utf-8")
            )
        }
        assert len(related) > 5
        assert related - joins == set()


def test_the_database_has_the_descriptions(
    commented_template: LocalServerAddress, manifest: Manifest
) -> None:
    """Every table and column that dbt builds has a comment, which BI tools show."""
    found = query(
        commented_template,
        """
        select
            classes.relnamespace::regnamespace::text,
            classes.relname::text,
            attributes.attname::text,
            obj_description(classes.oid, 'pg_class'),
            col_description(classes.oid, attributes.attnum)
        from pg_class as classes
        inner join pg_attribute as attributes
            on classes.oid = attributes.attrelid
        where
            classes.relkind in ('r', 'v')
            and attributes.attnum > 0
            and not attributes.attisdropped
        """,
    )
    nodes = {(n.schema, n.alias): n for n in own(manifest, "model", "seed")}
    columns = [row for row in found if row[:2] in nodes]
    assert {row[:2] for row in columns} == set(nodes)
    unlike = [
        f"{table}.{column}"
        for schema, table, column, of_table, of_column in columns
        for node in [nodes[schema, table]]
        if column not in node.columns
        or of_column != on_one_line(node.columns[column].description)
        or of_table != on_one_line(node.description)
    ]
    assert unlike == []


def test_the_page_has_every_model_as_it_was_built(
    page: Path, manifest: Manifest
) -> None:
    text = page.read_text("utf-8")
    assert json.dumps(OVERVIEW.splitlines()[2])[1:-1] in text
    for picture in re.findall(r"\]\((figures/[^)]+)\)", OVERVIEW):
        assert (page.parent / picture).stat().st_size > 1000
    catalog = json.loads((page.parent / "catalog.json").read_text("utf-8"))
    for model in own(manifest, "model"):
        built = catalog["nodes"][model.unique_id]
        comment = built["metadata"]["comment"]
        assert comment == on_one_line(model.description), model.name
        assert set(built["columns"]) == set(model.columns), model.name


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
def test_a_browser_shows_the_page(page: Path) -> None:
    requests: list[str] = []
    with running_browser() as browser:
        tab = browser.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(f"{page.as_uri()}#!/overview")
        pictures = tab.locator("img[src^='figures/']")
        pictures.first.wait_for()
        tab.wait_for_function("[...document.images].every(picture => picture.complete)")
        widths = pictures.evaluate_all("all => all.map(one => one.naturalWidth)")
        assert len(widths) == OVERVIEW.count("](figures/")
        assert min(widths) > 100

        tab.click("a[href='#!/model/model.user_states.states']")
        tab.get_by_role("heading", name="states").first.wait_for()
        tab.get_by_text("state_sort_name", exact=True).first.wait_for()
        tab.go_back()
        tab.click("a[href='#!/overview/user_states']")
        tab.get_by_role("heading", name="Docs and BI").wait_for()
    # dbt's page loads a few files from its own folder, and nothing else.
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def _documented_joins() -> list[tuple[str, list[str], str, list[str]]]:
    """Return the overview's joins: left table and columns, right table and columns."""
    section = OVERVIEW.split("\n### Joins\n", 1)[1].split("\n### ", 1)[0]
    rows = re.findall(r"^\| (`.*) \|$", section, re.M)
    joins = []
    for row in rows:
        lefts, by, (right,), other = (
            re.findall(r"`(\w+)`", cell) for cell in row.split(" | ")
        )
        joins += [(left, by, right, other) for left in lefts]
    return joins
