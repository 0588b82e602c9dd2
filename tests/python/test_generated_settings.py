"""Settings of any content are accepted because they make sense, or clearly refused.

CI tries a few. `make fuzz` tries thousands.
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from dbt.adapters.factory import get_adapter_by_type
from dbt_common.exceptions import DbtRuntimeError
from hypothesis import example, given
from hypothesis import strategies as st

from conftest import PROJECT
from generated_inputs import assert_clear, generated
from user_states.commands.options import parse_vars
from user_states.errors import UserError
from user_states.hmm.fit_options import FitOptions
from user_states.presets import with_preset
from user_states.warehouse.dbt_project import DbtProject, _one_line, settings_by_name

DECLARED = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
RULES_TEXT = (PROJECT / "macros/settings/setting_rules.sql").read_text("utf-8")
RULES: dict[str, dict[str, Any]] = ast.literal_eval(
    "{" + RULES_TEXT.split("return({", 1)[1].split("}) }}", 1)[0] + "}"
)
FAR_TOO_LONG = "x" * 3000

# --- Values ---------------------------------------------------------------

SCALARS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "preset", "1-8", "8-1", "0-99", "2024-13-45", "EUR", "a'b",
         FAR_TOO_LONG, "\ud800", "٣-٤", "fit", "mixed", "n_rides", "behaviour"]
    ),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 0, 1, 2**31, 2**63]),
    st.floats(),
    st.booleans(),
    st.none(),
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["completed", "cancelled", "cash", "ios", "features", "emissions"]),
)
VALUES: st.SearchStrategy[Any] = st.deferred(
    lambda: st.one_of(
        SCALARS, st.lists(VALUES, max_size=3), st.dictionaries(KEYS, VALUES, max_size=3)
    )
)
FEATURE_NAMES = st.sampled_from([entry["name"] for entry in DECLARED["features"]])
PRESETS = st.fixed_dictionaries(
    {
        "features": st.one_of(st.lists(FEATURE_NAMES, min_size=1), VALUES),
        "emissions": st.one_of(st.sampled_from(["mixed", "gaussian"]), VALUES),
        "levels": st.one_of(st.integers(0, 21), VALUES),
        "traits": st.one_of(st.sampled_from(["drop", "keep"]), VALUES),
    }
)
ENTRIES = st.sampled_from(DECLARED["features"]).flatmap(
    lambda entry: st.dictionaries(st.sampled_from(list(entry)), VALUES, max_size=1).map(
        lambda changed: entry | changed
    )
)


def nearly_right(name: str) -> st.SearchStrategy[Any]:
    """Return values of about the type that a setting has."""
    rule = RULES[name]
    if "min" in rule:
        least, most = rule["min"], rule["max"]
        return st.one_of(
            st.integers(math.floor(least) - 1, math.ceil(most) + 1),
            st.floats(least, most),
            st.lists(st.integers(0, 60), max_size=3),
        )
    if name == "features":
        return st.lists(ENTRIES, max_size=4)
    if name == "hmm.features":
        return st.lists(FEATURE_NAMES, max_size=4)
    if rule["type"] == "presets":
        return st.dictionaries(st.sampled_from(["behaviour", "own"]), PRESETS)
    if rule["type"] == "value_lists":
        lists = st.one_of(st.lists(st.text(max_size=5), max_size=3), VALUES)
        return st.dictionaries(KEYS, lists).map(
            lambda given: {key: ["a"] for key in rule["keys"]} | given
        )
    if "date" in rule["type"]:
        return st.one_of(st.dates().map(str), st.dates(dt.date(1990, 1, 1)).map(str))
    return st.sampled_from(rule.get("values", ["EUR", "Europe/Madrid", "a_b", True]))


SETTINGS = st.sampled_from(sorted(RULES)).flatmap(
    lambda name: st.tuples(
        st.just(name), st.one_of(VALUES, nearly_right(name), nearly_right(name))
    )
)
UNKNOWN = st.tuples(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["hmm", "hmm.", "hmm_states", "hmm.stats", FAR_TOO_LONG, "a.b.c"]
        ),
    ),
    VALUES,
)
# Most have known names only: an unknown one is refused before any value is looked at.
VARS = st.one_of(
    *[st.lists(SETTINGS, min_size=1, max_size=2).map(dict)] * 6,
    st.lists(UNKNOWN, min_size=1, max_size=2).map(dict),
)

# --- What makes sense, in other words than those of the rules --------------


def is_text(value: Any) -> bool:
    return isinstance(value, str) and not re.search(
        r"[\x00-\x1f\x7f\ud800-\udfff]", value
    )


def is_number_in(value: Any, rule: dict[str, Any]) -> bool:
    is_number = type(value) is int or (
        type(value) is float and rule["type"] == "number"
    )
    return is_number and rule["min"] <= value <= rule["max"]


def is_sensible(value: Any, rule: dict[str, Any]) -> bool:
    """Return whether a value has the type that its setting should have."""
    if "or" in rule and value == rule["or"]:
        return True
    kind = rule["type"]
    if kind in ("integer", "number"):
        return is_number_in(value, rule)
    if kind == "numbers":
        values = value if isinstance(value, list) else str(value).split("-")
        return all(rule["min"] <= int(number) <= rule["max"] for number in values)
    if kind == "list":
        kinds = str if "of" in rule else dict
        has_items = bool(value) or rule.get("may_be_empty", False)
        return has_items and all(isinstance(item, kinds) for item in value)
    if kind == "value_lists":
        texts = [text for values in value.values() for text in values]
        return all(is_text(str(text)) for text in texts) and all(map(is_text, value))
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "choice":
        return value in rule["values"]
    if kind == "currency":
        return len(value) == 3 and value.isupper()
    if kind == "date":
        return bool(dt.date.fromisoformat(value))
    if kind == "optional_date":
        return (
            not value or dt.date.fromisoformat(value) <= dt.datetime.now(dt.UTC).date()
        )
    if kind in ("presets", "preset", "embedder"):
        return bool(value)
    return is_text(value) and (kind == "text" or not set(value) & set("'\"\\"))


Check = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def check(project: DbtProject, empty_warehouse: None) -> Check:
    """Return what applies the rules of the settings, without a process for each."""
    # This leaves dbt's adapter and its settings of the command line behind.
    project.check_settings()
    adapter: Any = get_adapter_by_type("postgres")  # type: ignore[no-untyped-call]
    config = adapter.config

    def check_vars(cli_vars: dict[str, Any]) -> None:
        config.cli_vars.clear()
        config.cli_vars.update(cli_vars)
        object.__setattr__(config.args, "VARS", cli_vars)
        names = sorted(settings_by_name(DECLARED, cli_vars))
        with adapter.connection_named("settings"):
            adapter.execute_macro(
                "check_settings",
                macro_resolver=project._manifest,
                project="user_states",
                kwargs={"names": names},
            )

    return check_vars


@generated
@given(cli_vars=VARS)
@example(cli_vars={"hmm.tolerance": math.nan})
@example(cli_vars={"hmm.features": [["n_rides"]]})
@example(cli_vars={"hmm.preset": ["behaviour"]})
@example(cli_vars={"unprefixed_targets": [["demo"]]})
@example(cli_vars={"ride_statuses": {"completed": ["x"], "cancelled": [" X"]}})
@example(cli_vars={"ride_statuses": {"completed": ["x"], "cancelled": {"y": 1}}})
@example(cli_vars={"rides_table": "rides\x00"})
@example(cli_vars={"features": None})
@example(cli_vars={FAR_TOO_LONG: 1})
def test_settings_make_sense_or_are_refused(
    check: Check, cli_vars: dict[str, Any]
) -> None:
    settings = with_preset(settings_by_name(DECLARED, cli_vars))
    try:
        check(cli_vars)
    except DbtRuntimeError as error:
        message = _one_line(str(error))
    else:
        message = ""
    if message:
        assert_clear(UserError(message))
        assert message.startswith("found ")
        assert re.search("expected|Expected", message)
        assert re.search("Correct|Write|Change|Add|Choose|Remove|such as", message)
        return
    for name, value in cli_vars.items():
        assert name in RULES
        assert is_sensible(value, RULES[name])
    try:
        FitOptions.from_vars(settings)
    except UserError as error:
        assert_clear(error)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"hmm.preset": "behavior"},
            "expected one of hmm.presets: ",
        ),
        ({"hmm.features": "presets"}, "a list that is not empty, or the word preset"),
        ({"hmm.states": "8-1"}, "expected a whole number, a range such as 1-8 or a"),
        ({"hmm.states": "1-51"}, "expected a value from 1 to 50"),
        ({"hmm.states": [2, 2]}, "a list of different numbers"),
        ({"hmm.states": 2.5}, "expected a whole number"),
        ({"hmm.levels": 0}, "expected a value from 1 to 20"),
        (
            {"hmm.preset": "notebook", "hmm.levels": 2},
            "expected mixed emissions that read a count",
        ),
        (
            {"hmm.preset": "behaviour", "hmm.emissions": "gaussian"},
            "gaussian with day_parts in the var hmm.features, whose family is parts",
        ),
        (
            {"hmm.preset": "own", "hmm.presets": {"own": {"features": ["is_active"]}}},
            "expected under own features (a list), emissions",
        ),
        (
            {
                "hmm.preset": "notebook",
                "hmm.presets": {"notebook": {"features": ["is_active"]}},
            },
            "expected under notebook features (a list), emissions",
        ),
    ],
)
def test_a_wrong_preset_or_number_of_states_is_an_error(
    check: Check, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(DbtRuntimeError, match=re.escape(words)):
        check(changed)


YAML_TEXTS = st.one_of(
    st.text(max_size=40),
    VARS.map(lambda cli_vars: yaml.safe_dump(cli_vars, allow_unicode=True)),
    st.lists(
        st.sampled_from(
            ["{", "}", "[", "]", ":", " ", ",", "hmm.seed", "2024-01-01", "!!binary",
             "&a", "*a", "!!set", "? ", "~", "1", "'", '"', "\\ud800", "\n", "<<",
             "2024-13-45", "0x", ".nan", "1:2:3", "!!python/none"]
        )
    ).map("".join),
)  # fmt: skip


@generated
@given(text=YAML_TEXTS)
@example(text="{as_of_date: 2024-01-31}")
@example(text="{hmm.states: [2024-01-31]}")
@example(text="{a: !!binary aGFsbG8=}")
@example(text="{a: &a [*a]}")
@example(text="{a: " + "[" * 5000)
@example(text='{a: "\\ud800"}')
@example(text="{[1]: 2}")
def test_the_text_of_vars_is_read_or_refused(text: str) -> None:
    try:
        parsed = parse_vars(text)
    except argparse.ArgumentTypeError as error:
        message = str(error)
        parsed = {}
    else:
        message = ""
    if message:
        assert_clear(UserError(message))
        assert re.search("expected|cannot be read", message)
    assert all(isinstance(name, str) for name in parsed)
    # dbt gets the settings as YAML again.
    yaml.safe_load(yaml.safe_dump(parsed))
