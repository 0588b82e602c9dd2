"""The project's own files agree with each other, and hold nothing they should not."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner

from conftest import PROJECT
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

TEXT_SUFFIXES = {
    "", ".cfg", ".csv", ".example", ".md", ".py", ".sql", ".toml", ".txt", ".yaml",
    ".yml",
}  # fmt: skip


REQUIREMENTS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-complete-journey.txt",
)


def requirement_lines(name: str) -> list[str]:
    """Return the lines of a file of requirements, without comments."""
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def project_files() -> list[Path]:
    """Return the files that git keeps, or would."""
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
    text = (PROJECT / "dbt_project.yml").read_text("utf-8")
    declared: dict[str, Any] = yaml.safe_load(text)["vars"]
    return declared


class TestVars:
    def test_every_var_has_a_rule(self, declared_vars: dict[str, Any]) -> None:
        rules = (PROJECT / "macros/settings/setting_rules.sql").read_text("utf-8")
        assert set(re.findall(r"^\s+'(\w+)': \{'type'", rules, re.M)) == set(
            declared_vars
        )

    def test_every_var_is_in_the_readme(self, declared_vars: dict[str, Any]) -> None:
        readme = (PROJECT / "README.md").read_text("utf-8")
        section = readme.split("\n## Settings\n", 1)[1].split("\n## ", 1)[0]
        first_cells = re.findall(r"^\| (`[^|]*) \|", section, re.M)
        named = [name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)]
        assert sorted(named) == sorted(declared_vars)

    def test_the_readme_has_the_defaults(self, declared_vars: dict[str, Any]) -> None:
        readme = (PROJECT / "README.md").read_text("utf-8")
        section = readme.split("\n## Settings\n", 1)[1].split("\n## ", 1)[0]
        rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.M)
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
            # A comment may stand over several vars in a row.
            if re.match(r"  \w+:", line) and not before.strip()
        ]
        assert bare == []

    def test_every_var_that_sql_reads_is_declared(
        self, declared_vars: dict[str, Any]
    ) -> None:
        used = {
            name
            for folder in ("models", "macros", "tests", "analyses")
            for path in (PROJECT / folder).rglob("*")
            if path.suffix in {".sql", ".yml"}
            for name in re.findall(r"\bvar\(['\"](\w+)", path.read_text("utf-8"))
        }
        assert used <= set(declared_vars)

    def test_the_model_reads_declared_features(
        self, declared_vars: dict[str, Any]
    ) -> None:
        names = [feature["name"] for feature in declared_vars["features"]]
        assert len(set(names)) == len(names)
        assert set(declared_vars["hmm_features"]) <= set(names)


def test_no_source_is_read_outside_staging() -> None:
    for folder in ("intermediate", "marts"):
        for path in (PROJECT / "models" / folder).rglob("*.sql"):
            assert "source(" not in re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)


def test_analyses_compile_and_run(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    arguments = [*project._arguments, "--log-level", "none"]
    outcome = dbtRunner(manifest=project._manifest).invoke(
        ["compile", "--select", "resource_type:analysis", *arguments]
    )
    assert outcome.success, outcome.exception
    results = getattr(outcome.result, "results", [])
    assert len(results) >= 5
    for result in results:
        query(published_warehouse, result.node.compiled_code)


class TestNothingPrivate:
    def test_the_profile_holds_no_credential(self) -> None:
        text = (PROJECT / "profiles.yml.example").read_text("utf-8")
        targets = yaml.safe_load(text)["user_states"]["outputs"]
        assert set(targets) == {"demo", "dev", "prod"}
        for target in targets.values():
            for key in ("host", "port", "user", "password", "dbname"):
                assert re.match(r"\{\{ env_var\('\w+'", target[key])
            # A default for a password would be one.
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

    def test_what_is_made_on_a_machine_is_ignored(self) -> None:
        names = {path.relative_to(PROJECT).parts[0] for path in project_files()}
        assert names.isdisjoint({".venv", ".local", "profiles.yml", "target", "logs"})

    def test_requirements_are_exact_versions(self) -> None:
        for name in REQUIREMENTS:
            wanted = requirement_lines(name)
            assert wanted
            for line in wanted:
                assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; .*)?$", line), line

    def test_what_runs_is_apart_from_what_tests(self) -> None:
        runtime, development = map(requirement_lines, REQUIREMENTS[:2])
        # The same versions in both, and more in the second.
        assert set(runtime) < set(development)
        extra = {line.split("==")[0] for line in set(development) - set(runtime)}
        tools = {"pytest", "ruff", "mypy", "sqlfluff", "import-linter", "dbt-bouncer"}
        assert tools <= extra
