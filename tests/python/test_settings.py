"""Settings: names, changes on the command line, and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt_common.clients.jinja import get_environment
from jinja2 import nodes

from conftest import PROJECT, CopyProject, MakeDatabase, PointAt
from user_states.errors import UserError
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.numbers_of_states import parse_numbers
from user_states.presets import with_preset
from user_states.warehouse.dbt_project import (
    PARSED_VARS,
    DbtProject,
    settings_by_name,
)
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import rendered


@pytest.fixture(scope="module")
def empty_project(
    make_database: MakeDatabase, point_at: PointAt, dbt_folders: None
) -> Iterator[DbtProject]:
    """Return the project on an empty database, with two settings changed."""
    changed = {"hmm.states": 6, "hmm.features": ["is_active", "is_ios"]}
    with point_at(make_database()):
        yield DbtProject.load("demo", changed)


def test_a_single_setting_is_changed_on_the_command_line(
    empty_project: DbtProject,
) -> None:
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    settings = empty_project.vars
    assert settings["hmm.states"] == 6
    assert settings["hmm.features"] == ["is_active", "is_ios"]
    assert settings["hmm.tolerance"] == defaults["hmm"]["tolerance"]
    assert "hmm" not in settings
    assert FitOptions.from_vars(settings).n_states == (6,)
    empty_project.check_settings()

    model = empty_project._model("user_typicality").raw_code
    sql = rendered(empty_project, model)
    assert "is_ios" in sql
    assert "rolling_avg_price" not in sql


def test_python_and_dbt_read_the_same_values(empty_project: DbtProject) -> None:
    names = sorted(empty_project.vars)
    lines = rendered(
        empty_project,
        f"{{% for name in {names} %}}{{{{ tojson(setting(name)) }}}}\n{{% endfor %}}",
    ).splitlines()
    assert [json.loads(line) for line in lines] == [
        empty_project.vars[name] for name in names
    ]


def test_dbt_parses_again_only_for_names_of_schemas_and_tables() -> None:
    """What dbt keeps of a model when it parses depends on no other var."""
    files = [
        *PROJECT.glob("models/**/*.yml"),
        PROJECT / "macros/settings/generate_schema_name.sql",
        PROJECT / "macros/settings/prefixed_schema.sql",
    ]
    texts = [file.read_text("utf-8") for file in files]
    read = {name for text in texts for name in re.findall(r"\bvar\('(\w+)'", text)}
    assert read == PARSED_VARS
    assert not [text for text in texts if "setting(" in text]

    environment = get_environment()
    for folder in ("models", "macros", "tests"):
        for file in (PROJECT / folder).rglob("*.sql"):
            tree = environment.parse(file.read_text("utf-8"))
            branches: list[Any] = [*tree.find_all((nodes.If, nodes.CondExpr))]
            for branch in branches:
                if {"var", "setting"} & called(branch.test):
                    kept = called(branch) & {"ref", "source", "config"}
                    assert not kept, f"{file}, line {branch.lineno}: {kept}"


def called(node: nodes.Node) -> set[str]:
    """Return the names of the functions that a part of a template calls."""
    calls = [call.node for call in node.find_all(nodes.Call)]
    return {name.name for name in calls if isinstance(name, nodes.Name)}


def test_a_table_of_another_name_is_read(
    database: LocalServerAddress, copy_project: CopyProject
) -> None:
    copy_project(has_models=False)
    project = DbtProject.load("demo", {"rides_table": "trips", "hmm.seed": 3})
    assert project.source("app", "rides") == ("app", "trips")
    assert project.vars["hmm.seed"] == 3


@pytest.mark.parametrize(
    ("changed", "resolved"),
    [
        (
            {"hmm.preset": "behaviour", "hmm.emissions": "preset"},
            (["n_rides", "day_parts", "n_coupon_rides", "n_away_rides"], "mixed", 5),
        ),
        (
            {"hmm.preset": "behaviour", "hmm.emissions": "preset"}
            | {"hmm.features": ["n_rides"]},
            (["n_rides"], "mixed", 3),
        ),
        (
            {"hmm.preset": "behaviour", "hmm.emissions": "preset"}
            | {"hmm.features": ["is_active", "is_ios"]},
            (["is_active", "is_ios"], "mixed", 1),
        ),
        (
            {"hmm.preset": "notebook", "hmm.emissions": "preset"}
            | {"hmm.features": ["n_rides", "is_ios"]},
            (["n_rides", "is_ios"], "gaussian", 1),
        ),
        (
            {"hmm.preset": "notebook", "hmm.emissions": "mixed", "hmm.levels": 2}
            | {"hmm.features": ["n_rides", "is_ios"]},
            (["n_rides", "is_ios"], "mixed", 2),
        ),
    ],
)
def test_a_preset_stands_for_several_settings(
    database: LocalServerAddress,
    copy_project: CopyProject,
    changed: dict[str, Any],
    resolved: tuple[list[str], str, int],
) -> None:
    copy_project(has_models=False)
    project = DbtProject.load("demo", changed)
    names = ("hmm.features", "hmm.emissions", "hmm.levels")
    assert tuple(project.vars[name] for name in names) == resolved
    jinja = "".join(f"{{{{ tojson(setting('{name}')) }}}}\n" for name in names)
    lines = rendered(project, jinja).splitlines()
    assert [json.loads(line) for line in lines] == list(resolved)
    project.check_settings()


def test_a_preset_may_name_its_own_features_only() -> None:
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    behaviour = {"hmm.preset": "behaviour", "hmm.emissions": "preset"}
    own = behaviour | {"hmm.features": ["n_rides", "n_coupon_rides"]}
    for changed, follows in ((behaviour, True), (own, False)):
        resolved = with_preset(settings_by_name(settings, changed))
        options = FitOptions.from_vars(resolved)
        assert options.drops_traits is follows
        assert options.has_preset_levels
        assert options.n_levels == 5


@pytest.mark.parametrize(
    ("setting", "numbers"),
    [(6, (6,)), ("6", (6,)), ("1-4", (1, 2, 3, 4)), ([2, 7], (2, 7))],
)
def test_numbers_of_states_are_a_number_a_range_or_a_list(
    setting: int | str | list[int], numbers: tuple[int, ...]
) -> None:
    assert parse_numbers(setting) == numbers


@pytest.fixture
def one_model(copy_project: CopyProject) -> Path:
    """Return the folder of a project with one model, which reads settings."""
    folder = copy_project(has_models=False)
    model = (
        "select {% for name in setting('hmm.features') %} '{{ name }}', {% endfor %}"
        "{{ setting('hmm.states') }}"
    )
    (folder / "models/one_model.sql").write_text(model, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hmm.features": 5}, "found the var hmm.features = 5; expected a list"),
        ({"hmm.preset": ["behaviour"]}, 'hmm.preset = ["behaviour"]; expected one of'),
    ],
)
def test_settings_with_which_dbt_cannot_parse_are_explained(
    database: LocalServerAddress,
    one_model: Path,
    changed: dict[str, Any],
    words: str,
) -> None:
    with pytest.raises(UserError, match=re.escape(words)):
        DbtProject.load("demo", changed)


def test_nearest_names(empty_project: DbtProject) -> None:
    names = ["states", "starts", "seed", "tolerance"]
    nearest = {
        "stats": "states starts",
        "sede": "seed",
        "Toleranz": "tolerance",
        "xxxxxxxx": "",
    }
    jinja = "".join(
        f"{{{{ nearest_names('{misspelt}', {names}) | join(' ') }}}},"
        for misspelt in nearest
    )
    assert rendered(empty_project, jinja) == "".join(f"{n}," for n in nearest.values())


def test_the_command_line_takes_precedence() -> None:
    declared = {"hmm": {"states": 8, "seed": 1}, "recent_weeks": 12}
    assert settings_by_name(declared, {"hmm.states": 6}) == {
        "hmm.states": 6,
        "hmm.seed": 1,
        "recent_weeks": 12,
    }


@pytest.mark.parametrize(
    ("cli_vars", "words"),
    [
        pytest.param(
            {"hmm": {"states": 6}},
            ["found the var hmm in --vars", "such as --vars '{hmm.states: 6}'"],
            id="a mapping",
        ),
        pytest.param(
            {"hmm": None},
            ["found the var hmm in --vars", "such as --vars '{hmm.states: 6}'"],
            id="an empty mapping",
        ),
        pytest.param(
            {"hmm_states": 6},
            ["found hmm_states among the vars", "expected the new name, hmm.states."],
            id="an old name",
        ),
        pytest.param(
            {"hmm_match_min_overlap": 0.5, "hmm_seed": 0},
            [
                "found hmm_seed, hmm_match_min_overlap among the vars",
                "expected the new name, hmm.seed, hmm.match_min_overlap.",
                "Write --vars '{hmm.seed: …}'",
            ],
            id="two old names",
        ),
    ],
)
def test_wrong_settings_on_the_command_line_are_errors(
    database: LocalServerAddress,
    one_model: Path,
    cli_vars: dict[str, Any],
    words: list[str],
) -> None:
    with pytest.raises(UserError) as stopped:
        DbtProject.load("demo", cli_vars)
    for word in words:
        assert word in str(stopped.value)


def replaced(text: str, pattern: str, by: str) -> str:
    """Replace the only match of a pattern."""
    changed, n_matches = re.subn(pattern, by, text, flags=re.M | re.S)
    assert n_matches == 1
    return changed


@pytest.mark.parametrize(
    ("pattern", "by", "words"),
    [
        pytest.param(
            r"^  hmm:\n.*?(?=^  # --- Week by week)",
            "  hmm_states: 8\n  hmm_features: [is_active]\n\n",
            ["found hmm_features, hmm_states among", "new name, hmm.features, hmm.st"],
            id="the file of an earlier version",
        ),
        pytest.param(
            r"^  hmm:$",
            "  hmm_starts: 12\n  hmm:",
            ["found hmm_starts among the vars", "expected the new name, hmm.starts."],
            id="an old name and the new one",
        ),
        pytest.param(
            r"^    states: 1-8$",
            "    stats: 8",
            ["found a var 'hmm.stats'", "did you mean hmm.starts or hmm.states?"],
            id="a misspelt setting",
        ),
        pytest.param(
            r"^    states: 1-8$",
            "",
            ["found no value of hmm.states", "Write states under hmm in dbt_project"],
            id="a missing setting",
        ),
        pytest.param(
            r"^  hmm:\n.*?(?=^  # --- Week by week)",
            "  hmm: 8\n\n",
            ["found the var hmm = 8; expected a mapping of its knobs"],
            id="no mapping",
        ),
    ],
)
def test_wrong_settings_in_the_file_are_errors(
    database: LocalServerAddress,
    one_model: Path,
    pattern: str,
    by: str,
    words: list[str],
) -> None:
    file = one_model / "dbt_project.yml"
    file.write_text(replaced(file.read_text("utf-8"), pattern, by), "utf-8")
    with pytest.raises(UserError) as stopped:
        DbtProject.load("demo").check_settings()
    for word in words:
        assert word in str(stopped.value)


def test_a_setting_out_of_range_in_the_file_is_an_error(
    database: LocalServerAddress, copy_project: CopyProject
) -> None:
    file = copy_project(has_models=False) / "dbt_project.yml"
    text = replaced(file.read_text("utf-8"), r"^    states: 1-8$", "    states: 51")
    file.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"hmm\.states = 51; expected a value from 1"):
        DbtProject.load("demo").check_settings()
