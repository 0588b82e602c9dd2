"""Audiences: spells that open and close once, stable hold-outs, and effects."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from conftest import CopyProject, run_as_admin
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_UNIT_TESTS,
    messages_of_failure,
    query,
    warehouse_digest,
)

RULES = """
    truncate seeds.audience_definitions, seeds.audience_rules;
    insert into seeds.audience_definitions (audience, description)
    values ('recent', 'Rode lately.'), ('frequent', 'Rode often.');
    insert into seeds.audience_rules (audience, fact, least, most)
    values
        ('recent', 'weeks_since_last_ride', null, 5),
        ('frequent', 'lifetime_rides', 20, null);
"""

# The seed of the previous version, with thresholds that a user has changed.
WIDE_COLUMNS = [
    "audience",
    "description",
    "min_ride_probability_4_weeks",
    "max_ride_probability_4_weeks",
    "min_weeks_since_last_ride",
    "max_weeks_since_last_ride",
    "min_lifetime_rides",
    "max_lifetime_rides",
    "state_keys",
    "home_city",
]
WIDE_RULES = f"""{",".join(WIDE_COLUMNS)}
likely_to_lapse,"Rode not long ago, and ""may"" go.",,0.35,,8,5,,,
win_back,Rode often once.,0.02,0.9,13,,,,k1 k2,Lima
"""

SPELLS = """
    select
        audience, user_id, entered_week_start, left_week_start, holdout_share,
        is_holdout, entered_at, left_at
    from marts.audiences
    order by audience, user_id, entered_week_start
"""


def build_audiences(project: DbtProject, *options: str) -> None:
    """Build and test members and spells, without rebuilding the facts."""
    project.run(
        "build",
        "--select",
        "int_audience_definitions",
        "int_customer_contacts",
        "int_user_contacts",
        "int_audience_members",
        "audiences",
        "users_left_alone",
        "customers_left_alone",
        "audience_outcomes",
        "audience_effects",
        "audience_lists",
        "audience_summary",
        "--exclude-resource-type",
        "unit_test",
        *options,
        label="audiences",
    )


@pytest.fixture
def audience_warehouse(published_warehouse: LocalServerAddress) -> LocalServerAddress:
    """Create a warehouse with two audiences whose members are not built yet.

    The as-of week of the facts is ten weeks before the newest week.
    """
    run_as_admin(
        published_warehouse,
        "truncate marts.audiences",
        RULES,
        "update intermediate.int_audience_facts "
        "set as_of_week_start = as_of_week_start - 70",
    )
    return published_warehouse


def next_week(address: LocalServerAddress, *changes: str) -> None:
    """Move the as-of week of the facts on by one week, and run these changes."""
    run_as_admin(
        address,
        "update intermediate.int_audience_facts "
        "set as_of_week_start = as_of_week_start + 7",
        *changes,
    )


def expected_members(address: LocalServerAddress) -> dict[str, set[str]]:
    """Apply the two rules in Python."""
    rows = query(
        address,
        "select user_id, weeks_since_last_ride, lifetime_rides "
        "from intermediate.int_audience_facts",
    )
    return {
        "recent": {user for user, silent, _ in rows if silent <= 5},
        "frequent": {user for user, _, rides in rows if rides >= 20},
    }


def open_members(address: LocalServerAddress) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for audience, user, _, left, *_ in query(address, SPELLS):
        if left is None:
            members[audience].add(user)
    return dict(members)


def is_held_out(contact: str, share: float) -> bool:
    digest = hashlib.md5(f"audience{contact}".encode()).hexdigest()
    return int(digest[:8], 16) < share * 16**8


def expected_side(contact: str, earlier: list[Any], week: Any, share: float) -> bool:
    """Return the side of the contact's spells before a week, else that of the hash.

    Spells that are held out count until four weeks after the week of entering.
    """
    open_sides = {held for _, _, _, left, _, held, *_ in earlier if left is None}
    is_followed = any(
        held and (week - entered).days <= 21
        for _, _, entered, left, _, held, *_ in earlier
        if left is not None
    )
    if is_followed or True in open_sides:
        return True
    return False if open_sides else is_held_out(contact, share)


def by_contact(spells: list[Any], contacts: dict[str, str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for spell in spells:
        found[contacts[spell[1]]].append(spell)
    return found


def test_spells_open_and_close_once(
    audience_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    build_audiences(project)
    first = query(audience_warehouse, SPELLS)
    assert open_members(audience_warehouse) == expected_members(audience_warehouse)
    assert len({spell[0] for spell in first}) == 2
    assert len(first) > 100
    contacts = dict(
        query(
            audience_warehouse,
            "select user_id, contact_id from intermediate.int_user_contacts",
        )
    )
    for _, user, _, _, share, held_out, *_ in first:
        assert share == 0.1
        assert held_out == is_held_out(contacts[user], 0.1)
    # A second build changes nothing, and a full refresh changes nothing.
    build_audiences(project)
    build_audiences(project, "--full-refresh")
    assert query(audience_warehouse, SPELLS) == first

    # Three weeks later, with another share: users leave and enter, an audience ends.
    another_share = DbtProject.load("demo", {"audience_holdout_share": 0.4})
    for _ in range(2):
        next_week(audience_warehouse)
    next_week(
        audience_warehouse,
        "update intermediate.int_audience_facts set "
        "weeks_since_last_ride = 5 - weeks_since_last_ride",
        "delete from seeds.audience_definitions where audience = 'frequent'",
        "delete from seeds.audience_rules where audience = 'frequent'",
    )
    build_audiences(another_share)
    second = query(audience_warehouse, SPELLS)
    assert open_members(audience_warehouse) == {
        "recent": expected_members(audience_warehouse)["recent"]
    }
    recorded = {spell[:3]: spell for spell in second}
    n_left = n_stayed = 0
    for spell in first:
        # Only its end may change, not who is held out.
        kept = recorded[spell[:3]]
        assert kept[4:7] == spell[4:7]
        n_left += kept[3] is not None
        n_stayed += kept[3] is None
    new_spells = [spell for spell in second if spell[:3] not in {s[:3] for s in first}]
    assert min(n_left, n_stayed, len(new_spells)) > 10
    earlier = by_contact(first, contacts)
    for _, user, entered, _, share, held_out, *_ in new_spells:
        assert (entered - first[0][2]).days == 21
        assert share == 0.4
        contact = contacts[user]
        assert held_out == expected_side(contact, earlier[contact], entered, 0.4)

    # Users who left return and get a new spell; the old one stays.
    next_week(
        audience_warehouse,
        "update intermediate.int_audience_facts set "
        "weeks_since_last_ride = 5 - weeks_since_last_ride",
    )
    build_audiences(project)
    third = query(audience_warehouse, SPELLS)
    ended = [spell for spell in second if spell[3] is not None]
    assert set(ended) <= set(third)
    back = [s for s in third if (s[2] - first[0][2]).days == 28]
    assert {s[1] for s in back} >= {s[1] for s in ended if s[0] == "recent"}
    earlier = by_contact(second, contacts)
    for _, user, entered, _, _, held_out, *_ in back:
        contact = contacts[user]
        assert held_out == expected_side(contact, earlier[contact], entered, 0.1)

    # A build as of an earlier week changes nothing.
    run_as_admin(
        audience_warehouse,
        "update intermediate.int_audience_facts "
        "set as_of_week_start = as_of_week_start - 14, weeks_since_last_ride = 99",
    )
    build_audiences(project)
    assert query(audience_warehouse, SPELLS) == third


def test_effects_and_the_exposure_log(
    audience_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    build_audiences(project)
    rows = query(
        audience_warehouse,
        """
        select
            spells.audience, spells.is_holdout, spells.user_id,
            cast(sum(panel.n_rides) as double precision)
        from marts.audiences as spells
        inner join intermediate.user_week_panel as panel
            on
                spells.user_id = panel.user_id
                and panel.week_start - spells.entered_week_start in (7, 14, 21, 28)
        group by spells.audience, spells.is_holdout, spells.user_id
        """,
    )
    rides: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for audience, held_out, _, n_rides in rows:
        rides[audience, held_out].append(n_rides)
    # Marketing contacts one user to contact and one in the hold-out.
    (treated_user,), (held_out_user,) = (
        query(
            audience_warehouse,
            "select min(user_id) from marts.audiences "
            f"where audience = 'recent' and is_holdout = {side}",
        )[0]
        for side in ("false", "true")
    )
    log = (
        "insert into activation.exposures (exposure_id, audience, user_id, exposed_at)"
    )
    run_as_admin(
        audience_warehouse, f"{log} values ('1', 'recent', '{treated_user}', now())"
    )
    check = ("test", "--select", "held_out_users_are_left_alone", "--warn-error")
    project.run(*check, label="held out")
    run_as_admin(
        audience_warehouse, f"{log} values ('2', 'recent', '{held_out_user}', now())"
    )
    with pytest.raises(UserError, match="held_out_users_are_left_alone"):
        project.run(*check, label="held out")
    written = warehouse_digest(audience_warehouse, ["activation"])
    build_audiences(project, "--full-refresh")
    assert warehouse_digest(audience_warehouse, ["activation"]) == written
    assert query(
        audience_warehouse,
        "select n_treated_exposed, n_held_out_exposed from marts.audience_effects "
        "where audience = 'recent'",
    ) == [(1, 1)]

    # One message measures nothing, so means are given and no difference.
    effects = query(
        audience_warehouse,
        """
        select
            audience, n_treated, n_held_out, rode_share_treated, mean_rides_held_out,
            rode_share_difference, rode_share_difference_low,
            rode_share_difference_high, mean_rides_difference,
            mean_rides_difference_low, mean_rides_difference_high
        from marts.audience_effects order by audience
        """,
    )
    assert [row[0] for row in effects] == ["frequent", "recent"]
    for audience, n_treated, n_held_out, rode, mean_held_out, *differences in effects:
        treated, held_out = rides[audience, False], rides[audience, True]
        assert (n_treated, n_held_out) == (len(treated), len(held_out))
        assert rode == pytest.approx(np.mean(np.array(treated) > 0))
        assert mean_held_out == pytest.approx(np.mean(held_out))
        assert differences == [None] * 6


def test_the_writer_may_only_insert_into_the_log(
    audience_warehouse: LocalServerAddress,
) -> None:
    run_as_admin(audience_warehouse, "create role marketing_tool nologin")
    try:
        with_writer = DbtProject.load(
            "demo", {"exposure_writer_role": "marketing_tool"}
        )
        build_audiences(with_writer)
        rights: list[tuple[Any, ...]] = query(
            audience_warehouse,
            """
            select privilege_type
            from information_schema.role_table_grants
            where grantee = 'marketing_tool' and table_name = 'exposures'
            order by privilege_type
            """,
        )
        assert rights == [("INSERT",), ("SELECT",)]
        run_as_admin(
            audience_warehouse,
            "set role marketing_tool; insert into activation.exposures "
            "(exposure_id, audience, user_id, exposed_at) "
            "values ('1', 'a', 'u', now())",
        )
    finally:
        run_as_admin(
            audience_warehouse,
            "drop owned by marketing_tool",
            "drop role marketing_tool",
        )
    with pytest.raises(UserError, match="exposure_writer_role = 'nobody_here'"):
        build_audiences(
            DbtProject.load("demo", {"exposure_writer_role": "nobody_here"})
        )


def test_a_rule_that_cannot_be_met_fails_a_test(
    audience_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    check = ("test", "--select", "audience_rules_can_be_met")
    ((key,),) = query(
        audience_warehouse, "select min(segment_key) from register.segment_keys"
    )
    definitions, rules = "seeds.audience_definitions", "seeds.audience_rules"
    for sound in (
        f"update {definitions} set state_keys = '{key}'",
        f"update {definitions} set home_city = 'Madrid'",
        f"update {rules} set least = 4, most = 4",
    ):
        run_as_admin(audience_warehouse, RULES, sound)
        project.run(*check, label="rules")
    for slip in (
        f"update {rules} set least = 9, most = 8 where audience = 'frequent'",
        f"update {rules} set least = null, most = null where audience = 'frequent'",
        f"update {definitions} set state_keys = '{key} no_such_key'",
        f"update {definitions} set audience = 'two words' where audience = 'recent'",
        f"insert into {definitions} (audience, description) values ('all', 'Anyone.')",
    ):
        run_as_admin(audience_warehouse, RULES, slip)
        with pytest.raises(UserError, match="audience_rules_can_be_met"):
            project.run(*check, label="rules")


def test_rules_of_an_audience_that_is_not_defined_fail_a_test(
    audience_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    check = ("test", "--select", "audience_rules", "audience_definitions")
    project.run(*check, label="rules")
    run_as_admin(
        audience_warehouse,
        "update seeds.audience_definitions set audience = 'lately' "
        "where audience = 'recent'",
    )
    with pytest.raises(UserError, match="relationships_audience_rules"):
        project.run(*check, label="rules")


def make_table_wide(address: LocalServerAddress) -> None:
    """Replace the seed's table by that of an earlier version."""
    types = ["text"] * 2 + ["double precision"] * (len(WIDE_COLUMNS) - 4) + ["text"] * 2
    columns = ", ".join(map(" ".join, zip(WIDE_COLUMNS, types, strict=True)))
    run_as_admin(
        address,
        "drop table seeds.audience_rules, seeds.audience_definitions",
        f"create table seeds.audience_rules ({columns})",
        "insert into seeds.audience_rules (audience, max_lifetime_rides) "
        "values ('of_old', 3)",
    )


def test_the_first_build_replaces_the_table_of_an_earlier_version(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = query(published_warehouse, SPELLS)
    rules = query(published_warehouse, "select * from seeds.audience_rules order by 1")
    make_table_wide(published_warehouse)
    project.run(
        "build",
        "--select",
        "audience_definitions",
        "audience_rules",
        "int_audience_definitions",
        "int_audience_members",
        "audiences",
        *WITHOUT_UNIT_TESTS,
        label="audiences",
    )
    assert len(rules) == 12
    assert (
        query(published_warehouse, "select * from seeds.audience_rules order by 1")
        == rules
    )
    assert query(published_warehouse, SPELLS) == before


def test_rules_in_the_form_of_an_earlier_version(
    published_warehouse: LocalServerAddress, copy_project: CopyProject
) -> None:
    make_table_wide(published_warehouse)
    before = warehouse_digest(published_warehouse, ["seeds", "marts"])
    folder = copy_project()
    (folder / "seeds/audience_rules.csv").write_text(WIDE_RULES, "utf-8")
    project = DbtProject.load("demo")
    build = ("build", "--select", "audience_rules+", *WITHOUT_UNIT_TESTS)
    messages = messages_of_failure(project, *build)
    assert warehouse_digest(published_warehouse, ["seeds", "marts"]) == before

    output = "\n".join(line.strip() for line in "\n".join(messages).splitlines())
    assert (
        f"found the columns {', '.join(WIDE_COLUMNS)} in seeds/audience_rul" in output
    )
    new_rules = """audience,fact,least,most
likely_to_lapse,ride_probability_4_weeks,,0.35
likely_to_lapse,weeks_since_last_ride,,8
likely_to_lapse,lifetime_rides,5,
win_back,ride_probability_4_weeks,0.02,0.9
win_back,weeks_since_last_ride,13,
"""
    definitions = """audience,description,state_keys,home_city
likely_to_lapse,"Rode not long ago, and ""may"" go.",,
win_back,Rode often once.,k1 k2,Lima
"""
    assert f"\nseeds/audience_rules.csv\n{new_rules}" in output
    assert f"\nseeds/audience_definitions.csv\n{definitions}" in output

    # The rows that the message shows work unchanged.
    (folder / "seeds/audience_rules.csv").write_text(new_rules, "utf-8")
    (folder / "seeds/audience_definitions.csv").write_text(definitions, "utf-8")
    seeds = ("seed", "--select", "audience_rules", "audience_definitions")
    DbtProject.load("demo").run(*seeds, label="seeds")
    assert query(
        published_warehouse,
        "select fact, least, most from seeds.audience_rules "
        "where audience = 'win_back' order by fact",
    ) == [("ride_probability_4_weeks", 0.02, 0.9), ("weeks_since_last_ride", 13, None)]

    # A file of definitions without the newer columns builds, with values for them.
    DbtProject.load("demo").run(
        *("build", "--select", "int_audience_definitions", *WITHOUT_UNIT_TESTS),
        label="definitions",
    )
    assert query(
        published_warehouse,
        "select audience, title, message, state_keys, priority "
        "from intermediate.int_audience_definitions order by priority",
    ) == [
        ("likely_to_lapse", "likely to lapse", None, None, 1),
        ("win_back", "win back", None, "k1 k2", 2),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "audience,fact,least,most\nwin_back,lifetime_ride,5,\n",
            "found the fact 'lifetime_ride' of the audience win_back in "
            "seeds/audience_rules.csv; did you mean lifetime_rides? Expected one of: "
            "ride_probability_next_week, ride_probability_4_weeks, ",
            id="fact",
        ),
        pytest.param(
            "audience,fact,minimum,most\nwin_back,lifetime_rides,5,\n",
            "found the columns audience, fact, minimum, most in "
            "seeds/audience_rules.csv; expected audience, fact, least, most",
            id="column",
        ),
    ],
)
def test_a_file_of_rules_that_cannot_be_read(
    published_warehouse: LocalServerAddress,
    copy_project: CopyProject,
    text: str,
    words: str,
) -> None:
    before = warehouse_digest(published_warehouse)
    (copy_project() / "seeds/audience_rules.csv").write_text(text, "utf-8")
    project = DbtProject.load("demo")
    with pytest.raises(UserError, match=re.escape(words)):
        project.run("build", "--select", "audience_rules+", label="audiences")
    assert warehouse_digest(published_warehouse) == before
