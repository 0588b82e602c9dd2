"""The project's files agree with each other and contain nothing private."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner
from jinja2 import Environment

from conftest import PROJECT
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.panel.panel_reader import hashes_below
from user_states.presets import with_preset
from user_states.rides.white_space import WHITE_SPACE, trimmed
from user_states.warehouse.dbt_project import DbtProject, settings_by_name
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import MARTS, VIEWS, query

SETTINGS = PROJECT / "docs/settings.md"
# The implementation of the macro whose SQL Python also writes.
IMPLEMENTATION = "postgres__hashes_below"

TEXT_SUFFIXES = {
    "", ".cfg", ".csv", ".example", ".md", ".py", ".sql", ".toml", ".txt", ".yaml",
    ".yml",
}  # fmt: skip


REQUIREMENTS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-bertopic.txt",
    "requirements-chitchat.txt",
    "requirements-complete-journey.txt",
    "requirements-ecom.txt",
    "requirements-personas.txt",
    "requirements-retentioneering.txt",
    "requirements-superset.txt",
)


def requirement_lines(name: str) -> list[str]:
    """Return the lines of a requirements file, without comments."""
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def project_files() -> list[Path]:
    """Return the files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git repository")
    paths = [PROJECT / line for line in listed.stdout.splitlines()]
    return [p for p in paths if p.is_file() and p.suffix in TEXT_SUFFIXES]


@pytest.fixture(scope="module")
def declared_vars() -> dict[str, Any]:
    """Return the settings of dbt_project.yml by their full names."""
    text = (PROJECT / "dbt_project.yml").read_text("utf-8")
    return settings_by_name(yaml.safe_load(text)["vars"], {})


class TestVars:
    def test_every_var_has_a_rule(self, declared_vars: dict[str, Any]) -> None:
        rules = (PROJECT / "macros/settings/setting_rules.sql").read_text("utf-8")
        named = re.findall(r"^\s+'([\w.]+)': \{'type'", rules, re.M)
        assert sorted(named) == sorted(declared_vars)

    def test_every_var_is_documented(self, declared_vars: dict[str, Any]) -> None:
        first_cells = re.findall(r"^\| (`[^|]*) \|", SETTINGS.read_text("utf-8"), re.M)
        named = [n for cell in first_cells for n in re.findall(r"`([\w.]+)`", cell)]
        assert sorted(named) == sorted(declared_vars)

    def test_the_documented_defaults_are_right(
        self, declared_vars: dict[str, Any]
    ) -> None:
        text = SETTINGS.read_text("utf-8")
        rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|", text, re.M)
        shown = {name: cell.strip("`") for name, cell in rows}
        plain = {
            name: value
            for name, value in declared_vars.items()
            if name in shown and not isinstance(value, list | dict)
        }
        assert len(plain) > 20
        for name, value in plain.items():
            expected = {"": "empty"}.get(value, value)
            if isinstance(expected, bool):
                assert shown[name] == str(expected).lower(), name
            else:
                assert type(expected)(shown[name]) == expected, name

    def test_every_var_has_a_comment(self) -> None:
        text = (PROJECT / "dbt_project.yml").read_text("utf-8")
        block = text.split("\nvars:\n", 1)[1].split("\non-run-start:", 1)[0]
        lines = block.splitlines()
        bare = [
            line.strip()
            for before, line in pairwise(lines)
            # One comment may describe several vars below it.
            if re.match(r"  \w+:", line) and not before.strip()
        ]
        assert bare == []

    def test_every_setting_of_the_fit_has_a_comment(
        self, declared_vars: dict[str, Any]
    ) -> None:
        text = (PROJECT / "dbt_project.yml").read_text("utf-8")
        block = re.split(r"\n  (?=\S)", text.split("\n  hmm:\n", 1)[1])[0]
        commented = re.findall(r"^    # .*\n    (\w+):", block, re.M)
        names = [name[4:] for name in declared_vars if name.startswith("hmm.")]
        assert commented == names

    def test_every_var_that_sql_reads_is_declared(
        self, declared_vars: dict[str, Any]
    ) -> None:
        used = {
            name
            for folder in ("models", "macros", "tests", "analyses")
            for path in (PROJECT / folder).rglob("*")
            if path.suffix in {".sql", ".yml"}
            for name in re.findall(
                r"\b(?:var|setting)\(['\"]([\w.]+)", path.read_text("utf-8")
            )
        }
        assert used <= set(declared_vars)
        assert "hmm.features" in used

    def test_the_model_reads_declared_features(
        self, declared_vars: dict[str, Any]
    ) -> None:
        names = [feature["name"] for feature in declared_vars["features"]]
        assert len(set(names)) == len(names)
        for preset in declared_vars["hmm.presets"].values():
            assert set(preset["features"]) <= set(names)
        assert set(with_preset(declared_vars)["hmm.features"]) <= set(names)


class TestModels:
    """Conventions that dbt-bouncer cannot check."""

    def test_no_folder_holds_more_than_twelve_files(self) -> None:
        folders = Counter(
            path.parent.relative_to(PROJECT).as_posix()
            for path in (PROJECT / "models").rglob("*.*")
        )
        assert len(folders) > 15
        assert {name: n for name, n in folders.items() if n > 12} == {}

    def test_marts_are_tables_and_staging_is_views(self, project: DbtProject) -> None:
        """Staging models are views; a rebuild of a table would drop views on it.

        So only two marts are views: one repeats the texts of states for each user-week,
        the other what came of each customer for each target.
        """
        allowed = {
            "staging": {"view"},
            "intermediate": {"table", "view", "incremental", "kept_weeks", "stitched"},
            "marts": {"table", "incremental", "view", "kept_weeks"},
            "semantic": {"table"},
        }
        found: dict[str, set[str]] = {}
        for node in project._manifest.nodes.values():
            if str(node.resource_type) == "model":
                layer = Path(node.original_file_path).parts[1]
                found.setdefault(layer, set()).add(node.config.materialized)
        assert set(found) == set(allowed)
        for layer, kinds in found.items():
            assert kinds <= allowed[layer], layer
        views = {
            node.name
            for node in project._manifest.nodes.values()
            if node.config.materialized == "view" and node.fqn[1] == "marts"
        }
        assert views == VIEWS

    @pytest.mark.parametrize(
        ("argument", "decides"),
        [
            ("of_features", "int_feature_sources"),
            ("of_states", "int_champion_states"),
        ],
    )
    def test_who_asks_for_open_weeks_waits_for_what_decides(
        self, project: DbtProject, argument: str, decides: str
    ) -> None:
        """Otherwise the answer may change while the model is built."""
        nodes: Mapping[str, Any] = project._manifest.nodes
        before: dict[str, set[str]] = {}

        def ancestors(name: str) -> set[str]:
            if name not in before:
                parents = getattr(nodes.get(name), "depends_on_nodes", [])
                before[name] = set(parents).union(*map(ancestors, parents))
            return before[name]

        asking = {
            name
            for name, node in nodes.items()
            if str(node.resource_type) == "model"
            and (f"{argument}=true" in node.raw_code or node.config.meta.get(argument))
        }
        assert len(asking) > 13
        awaited = f"model.user_states.{decides}"
        assert {name for name in asking if awaited not in ancestors(name)} == set()

    def test_a_model_over_170_lines_says_why(self) -> None:
        """The comment at the top gives the reason; shorter models have none."""
        models = {
            path.name: path.read_text("utf-8")
            for path in (PROJECT / "models").rglob("*.sql")
        }
        assert len(models) > 80
        reason = re.compile(r"{#(?:(?!#}).)*\n    Over 170 lines, because \w", re.S)
        long = {name for name, text in models.items() if len(text.splitlines()) > 170}
        assert {name for name, text in models.items() if reason.search(text)} == long


class TestDocuments:
    """Markdown files."""

    def test_readme_is_one_page(self) -> None:
        lines = (PROJECT / "README.md").read_text("utf-8").splitlines()
        assert len(lines) <= 150

    def test_the_sample_rows_have_the_columns_of_their_mart(self) -> None:
        readme = (PROJECT / "README.md").read_text("utf-8")
        (header,) = re.findall(r"^\| (user_id \| .*) \|$", readme, re.M)
        contract = PROJECT / "models/marts/users/user_weekly_states.yml"
        (model,) = yaml.safe_load(contract.read_text("utf-8"))["models"]
        columns = [column["name"] for column in model["columns"]]
        shown = header.split(" | ")
        assert shown == [column for column in columns if column in shown]

    def test_readme_links_every_document(self) -> None:
        linked = {
            path for path, _ in relative_links(PROJECT / "README.md") if path.exists()
        }
        documents = set((PROJECT / "docs").glob("*.md"))
        assert len(documents) > 5
        assert documents <= linked

    def test_every_mart_is_among_the_tables(self) -> None:
        text = (PROJECT / "docs/tables.md").read_text("utf-8")
        rows = [line.split(" | ")[0] for line in text.splitlines() if line[:3] == "| `"]
        listed = [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]
        assert sorted(name for name in listed if "." not in name) == list(MARTS)

    def test_relative_links_and_pictures_resolve(self) -> None:
        links = [
            (document, path, fragment)
            for document in project_files()
            if document.suffix == ".md"
            for path, fragment in relative_links(document)
        ]
        assert len(links) > 20
        broken = [
            f"{document.relative_to(PROJECT)}: {path}#{fragment}"
            for document, path, fragment in links
            if not path.exists() or (fragment and fragment not in anchors_of(path))
        ]
        assert broken == []

    def test_paths_in_the_text_exist(self) -> None:
        documents = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"]
        documents += sorted((PROJECT / "docs").glob("*.md"))
        named = [
            (document.name, path)
            for document in documents
            for path in re.findall(
                r"`((?:models|macros|seeds|tests|analyses|scripts|docs)/[\w./*-]*)`",
                document.read_text("utf-8"),
            )
        ]
        assert len(named) > 20
        assert [n for n in named if not any(PROJECT.glob(n[1].rstrip("/")))] == []

    def test_pictures_are_small_and_used(self) -> None:
        pictures = set((PROJECT / "docs").rglob("*.png"))
        shown = {path for path, _ in relative_links(PROJECT / "README.md")}
        assert pictures
        assert pictures <= shown
        assert max(path.stat().st_size for path in pictures) < 150_000


def relative_links(document: Path) -> list[tuple[Path, str]]:
    """Return the files that a document links or shows, each with its fragment.

    Links within dbt's documentation (`#!/…`) and the figures that `make docs` adds to
    it are left out; test_docs.py checks them.
    """
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text("utf-8"), flags=re.S)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    links = []
    for target in targets:
        is_of_dbt_docs = target.startswith(("#!/", "figures/"))
        if is_of_dbt_docs or re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        links.append(
            ((document.parent / path).resolve() if path else document, fragment)
        )
    return links


def anchors_of(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as code hosts generate them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.M)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def test_a_setting_of_the_fit_has_one_default(declared_vars: dict[str, Any]) -> None:
    defaults = asdict(FitSettings())
    # The levels depend on the features that are left in the model.
    assert defaults.pop("n_levels") == 1
    assert defaults.pop("n_levels_of_one_state") is None
    assert len(defaults) == 6
    assert defaults == {name: declared_vars[f"hmm.{name}"] for name in defaults}
    estimator = HiddenMarkovModel().get_params()
    shared = defaults.keys() & estimator.keys()
    assert len(shared) == 4
    assert {name: estimator[name] for name in shared} == {
        name: defaults[name] for name in shared
    }


@pytest.mark.parametrize("share", [0.0, 0.2, 1 / 3, 0.999])
def test_the_hash_rule_is_the_same_in_sql_and_python(share: float) -> None:
    """Python uses it to hold out users, SQL to split an audience."""
    source = (PROJECT / "macros/cross_db/hashes.sql").read_text("utf-8")
    macros = vars(
        Environment(extensions=["jinja2.ext.do"]).from_string(source).make_module()
    )
    (macro,) = (macros[name] for name in macros if name == IMPLEMENTATION)
    assert macro("user_id", share).strip() == hashes_below("user_id", share)


def test_white_space_is_the_same_in_sql_and_python() -> None:
    source = (PROJECT / "macros/cross_db/texts.sql").read_text("utf-8")
    (macro,) = (
        macro
        for name, macro in vars(Environment().from_string(source).make_module()).items()
        if name == "postgres__trimmed"
    )
    assert macro("user_id::text").strip() == trimmed("user_id")
    assert all(character.isspace() for character in WHITE_SPACE)
    assert not any(chr(code).isspace() for code in range(0x3001, 0x110000))


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield path and syntax tree of every module of the package."""
    for path in sorted((PROJECT / "scripts/user_states").rglob("*.py")):
        yield str(path.relative_to(PROJECT)), ast.parse(path.read_text("utf-8"))


def assigned(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield name and value of every public constant that a statement sets."""
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return
    for target in targets:
        pairs = [(target, statement.value)]
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            pairs = list(zip(target.elts, statement.value.elts, strict=True))
        for name, value in pairs:
            if isinstance(name, ast.Name) and not name.id.startswith("_"):
                yield name.id, ast.unparse(value) if value else ""


def imported_from(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the module, as a path, and the name of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"scripts/{node.module.replace('.', '/')}.py", alias.name


class TestNamesOfThePackage:
    def test_a_class_is_defined_once(self) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        for path, tree in modules():
            for statement in tree.body:
                if isinstance(statement, ast.ClassDef):
                    found[statement.name].append(path)
        twice = {
            name: paths
            for name, paths in found.items()
            if len(paths) > 1 and not name.startswith("_")
        }
        assert len(found) > 150
        assert twice == {}

    def test_a_constant_has_one_value(self) -> None:
        """In `explorer` and `figures`, only constants that other modules import count.

        Their other constants are sizes of single drawings.
        """
        trees = dict(modules())
        imported = {pair for tree in trees.values() for pair in imported_from(tree)}
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for path, tree in trees.items():
            draws = path.split("/")[2] in {"explorer", "figures"}
            for statement in tree.body:
                for name, value in assigned(statement):
                    if not draws or (path, name) in imported:
                        found[name][value].append(path)
        differ = {
            name: dict(values) for name, values in found.items() if len(values) > 1
        }
        assert len(found) > 150
        # Each module may have its own logger.
        assert set(differ) == {"logger"}, differ

    def test_a_file_name_is_used_once(self) -> None:
        """Scripts and modules of the package also have different names."""
        paths = (PROJECT / "scripts").rglob("*.py")
        names = Counter(path.name for path in paths if path.name != "__init__.py")
        assert len(names) > 150
        assert [name for name, n_files in names.items() if n_files > 1] == []


def test_no_source_is_read_outside_staging() -> None:
    for folder in ("intermediate", "marts"):
        for path in (PROJECT / "models" / folder).rglob("*.sql"):
            assert "source(" not in re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)


def test_analyses_read_marts_only() -> None:
    """The role of a BI tool may read nothing else."""
    read = {
        name
        for path in (PROJECT / "analyses").glob("*.sql")
        for name in re.findall(r"ref\('(\w+)'\)", path.read_text("utf-8"))
    }
    assert len(read) > 10
    assert read - set(MARTS) == set()


def test_analyses_compile_and_run(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    arguments = [*project._arguments, "--log-level", "none"]
    outcome = dbtRunner(manifest=project._manifest).invoke(
        ["compile", "--select", "resource_type:analysis", *arguments]
    )
    assert outcome.success, outcome.exception
    results = getattr(outcome.result, "results", [])
    files = {path.stem for path in (PROJECT / "analyses").glob("*.sql")}
    assert {result.node.name for result in results} == files
    n_rows = {
        result.node.name: len(query(published_warehouse, result.node.compiled_code))
        for result in results
    }
    # A small log with three states answers most questions, but not all of them.
    assert sum(n > 0 for n in n_rows.values()) >= 20, n_rows


class TestNothingPrivate:
    def test_the_profile_holds_no_credential(self) -> None:
        text = (PROJECT / "profiles.yml.example").read_text("utf-8")
        targets = yaml.safe_load(text)["user_states"]["outputs"]
        assert set(targets) == {"demo", "dev", "prod"}
        for target in targets.values():
            for key in ("host", "port", "user", "password", "dbname"):
                assert re.match(r"\{\{ env_var\('\w+'", target[key])
            # A default for the password would be a credential.
            assert "," not in target["password"]

    def test_no_file_names_a_machine_or_holds_a_secret(self) -> None:
        # Written so that this file does not match itself.
        patterns = [
            r"/(?:root|home|Users|work)/" + r"\w",
            r"https?://[^\s/]*:[^\s/]*" + r"@",
            r"-----BEGIN [A-Z ]*" + "PRIVATE KEY",
            r"postgres(?:ql)?://\w+:[^\s{<'\"]+" + r"@",
            r"(?:index-url|extra-index)" + r"\s*[=:]",
        ]
        found = [
            f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:80]}"
            for path in project_files()
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            for pattern in patterns
            if re.search(pattern, line)
        ]
        assert found == []

    def test_local_files_are_ignored(self) -> None:
        names = {path.relative_to(PROJECT).parts[0] for path in project_files()}
        assert names.isdisjoint({".venv", ".local", "profiles.yml", "target", "logs"})

    def test_requirements_are_exact_versions(self) -> None:
        for name in REQUIREMENTS:
            wanted = requirement_lines(name)
            assert wanted
            for line in wanted:
                pattern = r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; .*| --hash=\S+)?$"
                assert re.match(pattern, line), line

    def test_runtime_requirements_exclude_tools_for_tests(self) -> None:
        runtime, development = map(requirement_lines, REQUIREMENTS[:2])
        # The second file has the same versions, and additional packages.
        assert set(runtime) < set(development)
        extra = {line.split("==")[0] for line in set(development) - set(runtime)}
        tools = {"pytest", "ruff", "mypy", "sqlfluff", "import-linter", "dbt-bouncer"}
        assert tools <= extra
