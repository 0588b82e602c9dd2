"""Stored runs on a real warehouse: promotion, rollback, pruning and names of states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from conftest import PROJECT, Command, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.runs.panel_settings import (
    MEANINGS,
    changed_settings,
    panel_settings,
)
from user_states.runs.promotion import previous_champion
from user_states.runs.stored_runs import PromotionEntry
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_UNIT_TESTS,
    champion,
    query,
    quick_options,
    restorable_marts,
    warehouse_digest,
)


@pytest.fixture(scope="module")
def two_runs_template(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    published_template: LocalServerAddress,
) -> LocalServerAddress:
    """Return a database with a champion of 3 states and a candidate of 2."""
    warehouse = make_database(template=published_template, name="test_warehouse")
    with point_at(warehouse):
        fit_and_publish(project, quick_options(project, n_states=(2,), promote=False))
    return make_database(template=warehouse)


@pytest.fixture
def two_runs(
    make_database: MakeDatabase,
    point_at: PointAt,
    two_runs_template: LocalServerAddress,
) -> Iterator[LocalServerAddress]:
    """Create a warehouse with a champion of 3 states and a candidate of 2."""
    warehouse = make_database(template=two_runs_template, name="test_warehouse")
    with point_at(warehouse):
        yield warehouse


def candidate(address: LocalServerAddress) -> str:
    ((run_id,),) = query(
        address, "select run_id from register.runs where run_id not in "
        "(select run_id from register.champions)"
    )  # fmt: skip
    return str(run_id)


def build(project: DbtProject) -> None:
    """Build everything downstream of the model's tables, without the seeds."""
    project.run("run", "--select", "source:hmm+", "source:register+", label="marts")


def build_names(project: DbtProject) -> None:
    """Build and test only the models that show names of states."""
    models = (
        *("int_state_names", "int_champion_states"),
        *("states", "state_names", "state_lineage"),
    )
    project.run("build", "--select", *models, *WITHOUT_UNIT_TESTS, label="names")


def assert_weeks_are_compared_within(address: LocalServerAddress, run_id: str) -> None:
    """Assert that a champion with other states is not compared with the one before."""
    known = query(
        address,
        """
        select sum(n_users), sum(n_users_as_known)
        from marts.state_sizes
        where n_users_as_known is not null
        group by week_start
        """,
    )
    assert len(known) >= 2
    assert all(n_users == n_known for n_users, n_known in known)
    recorded = query(address, "select run_id from marts.user_weekly_states_as_of")
    assert (run_id,) not in recorded
    assert query(address, "select count(*) from marts.hindsight_revisions") == [(0,)]
    checks = query(
        address,
        """
        select measured_value, is_warning, not_measured_because
        from marts.quality_checks
        where check_name in ('revised_by_hindsight', 'revised_more_than_said')
        """,
    )
    assert len(checks) == 2
    for value, is_warning, because in checks:
        assert (value, is_warning) == (None, False)
        assert "by runs with the same states" in because


class TestPromotion:
    def test_a_rollback_restores_the_marts(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first, second = champion(two_runs), candidate(two_runs)
        before = restorable_marts(two_runs)
        output = command("promote", second, "--force")
        assert f"run {second} is the champion" in output
        assert "published despite this defect: " in output
        assert restorable_marts(two_runs) == before
        build(project)
        after = restorable_marts(two_runs)
        for mart in ("states", "state_profiles", "user_outlook", "user_weekly_states"):
            assert after[f"marts.{mart}"] != before[f"marts.{mart}"]
        assert query(two_runs, "select distinct run_id from marts.states") == [
            (second,)
        ]
        assert_weeks_are_compared_within(two_runs, second)
        settled = warehouse_digest(two_runs, ["register"])

        assert f"run {first} is the champion again" in command("rollback")
        build(project)
        assert restorable_marts(two_runs) == before
        # A second promotion keeps keys, names and lineage of the first one.
        command("promote", second[:-2], "--force")
        again = warehouse_digest(two_runs, ["register"])
        for table in ("segments", "segment_keys", "segment_lineage"):
            assert again[f"register.{table}"] == settled[f"register.{table}"]
        assert query(
            two_runs,
            "select promotion_number, run_id, previous_run_id, action, is_forced "
            "from register.promotions order by promotion_number",
        ) == [
            (1, first, None, "promote", True),
            (2, second, first, "promote", True),
            (3, first, second, "rollback", True),
            (4, second, first, "promote", True),
        ]
        ((n_promotions, is_champion),) = query(
            two_runs,
            "select n_promotions, is_champion from marts.runs "
            f"where run_id = '{first}'",
        )
        assert (n_promotions, is_champion) == (2, True)

    def test_promoting_the_champion_again_changes_nothing(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        before = warehouse_digest(two_runs)
        output = command("promote", champion(two_runs))
        assert "is already the champion; nothing was changed" in output
        assert warehouse_digest(two_runs) == before

    def test_a_run_with_defects_needs_force(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        before = warehouse_digest(two_runs)
        with pytest.raises(UserError, match=r"failed \d of its checks: .*--force"):
            command("promote", candidate(two_runs))
        assert warehouse_digest(two_runs) == before

    def test_other_features_than_the_panel_s_are_refused_even_with_force(
        self,
        two_runs: LocalServerAddress,
        project: DbtProject,
        command: Command,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        before = warehouse_digest(two_runs)
        changed = [
            entry | ({"default": 1} if entry["name"] == "n_away_rides" else {})
            for entry in project.vars["features"]
        ]
        with monkeypatch.context() as patch:
            patch.setitem(project.vars, "features", changed)
            patch.setitem(project.vars, "rolling_price_rides", 12)
            patch.setattr(project, "check_settings", lambda: None)
            with pytest.raises(UserError) as caught:
                command("promote", candidate(two_runs), "--force")
        assert "default of n_away_rides was 0 and is 1" in str(caught.value)
        assert "rolling_price_rides was 10 and is 12" in str(caught.value)
        assert warehouse_digest(two_runs) == before

        run_as_admin(
            two_runs,
            "alter table intermediate.user_week_panel rename n_away_rides to other",
        )
        with pytest.raises(UserError, match="the panel has no column n_away_rides"):
            command("promote", candidate(two_runs), "--force")
        assert champion(two_runs) != candidate(two_runs)

    def test_nothing_is_promoted_while_a_fit_runs(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        before = warehouse_digest(two_runs)
        with (
            project.only_writer("fit"),
            pytest.raises(UserError, match="expected one at a time"),
        ):
            command("promote", candidate(two_runs), "--force")
        assert warehouse_digest(two_runs) == before

    def test_a_refused_promotion_leaves_no_trace(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        before = warehouse_digest(two_runs)
        run_as_admin(
            two_runs,
            "alter table register.promotions "
            "add check (promotion_number < 2) not valid",
        )
        with pytest.raises(UserError, match="nothing was written"):
            command("promote", candidate(two_runs), "--force")
        assert warehouse_digest(two_runs) == before


class TestRollback:
    def test_without_an_earlier_champion(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        before = warehouse_digest(two_runs)
        with pytest.raises(UserError, match="no earlier champion"):
            command("rollback")
        assert warehouse_digest(two_runs) == before

    @pytest.mark.parametrize(
        ("log", "present", "goal"),
        [
            ("a", "a", None),
            ("ab", "ab", "a"),
            ("abc", "abc", "b"),
            ("abc<b", "abc", "a"),
            ("abc<b<a", "abc", None),
            ("ab<ac", "abc", "a"),
            ("aba", "ab", "b"),
            ("aba<b", "ab", "a"),
            ("abc", "ac", "a"),
            ("abc", "c", None),
            ("", "a", None),
        ],
    )
    def test_each_rollback_goes_one_champion_further_back(
        self, log: str, present: str, goal: str | None
    ) -> None:
        """In `log`, `<a` is a rollback to a; any other letter is a promotion."""
        entries: list[PromotionEntry] = []
        is_rollback = False
        for letter in log:
            if letter == "<":
                is_rollback = True
                continue
            action = "rollback" if is_rollback else "promote"
            entries.append(PromotionEntry(len(entries) + 1, letter, action))
            is_rollback = False
        now = entries[-1].run_id if entries else None
        assert previous_champion(entries, now, list(present)) == goal


class TestPrune:
    def test_the_champion_and_the_previous_one_are_kept(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first, second = champion(two_runs), candidate(two_runs)
        third, fourth = (
            str(
                fit_and_publish(
                    project, quick_options(project, n_states=(2,), promote=False)
                )
            )
            for _ in range(2)
        )
        command("promote", second, "--force")
        shown = (
            "select segment_key, minted_by_run_id from register.segment_keys order by 1"
        )
        keys = query(two_runs, shown)
        assert f"removed 1 runs: {third}" in command("prune", "--keep", "1")
        assert "removed 0 runs" in command("prune", "--keep", "1")
        assert f"removed 1 runs: {fourth}" in command("prune", "--keep", "0")
        left = query(two_runs, "select distinct run_id from hmm.state_assignments")
        assert {run_id for (run_id,) in left} == {first, second}
        command("rollback")
        assert champion(two_runs) == first
        assert f"removed 1 runs: {second}" in command("prune", "--keep", "0")
        # Published keys stay.
        assert query(two_runs, shown) == keys
        digest = warehouse_digest(two_runs, ["register"])
        assert digest["register.promotions"][0] == 3
        assert query(
            two_runs, "select distinct run_id from register.segment_lineage order by 1"
        ) == sorted([(first,), (second,)])


class TestListAndShow:
    def test_the_list_and_a_run(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        first, second = champion(two_runs), candidate(two_runs)
        lines = command("list").splitlines()
        assert second in lines[1]
        assert "never promoted" in lines[1]
        assert lines[2].startswith(f"  *  {first}")
        assert "champion since" in lines[2]

        before = warehouse_digest(two_runs)
        shown = command("show", first)
        names = query(
            two_runs,
            "select state_key, state_name from marts.states where state_id > 0",
        )
        assert len(names) == 3
        for key, name in names:
            assert key in shown
            assert name in shown
        assert "Lineage: there was no champion before" in shown
        assert "rolling_price_rides: 10" in shown
        assert "seed: 1" in shown
        assert "Certificate" in shown
        assert "defect: " in command("show", "newest")
        assert warehouse_digest(two_runs) == before

    def test_an_ambiguous_or_unknown_run_id_is_an_error(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        with pytest.raises(UserError, match="found 2 runs whose id begins with"):
            command("show", "20")
        with pytest.raises(UserError, match="found 0 runs whose id begins with"):
            command("show", "no-such-run")


class TestIdentity:
    def test_a_permuted_refit_restores_every_id(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first = champion(two_runs)
        # A copy of the champion with the states in another order.
        copy_run(two_runs, first, "permuted", is_reversed=True)
        command("promote", "permuted", "--force")
        assert query(
            two_runs,
            """
            select count(*), count(*) filter (where old.segment_key = new.segment_key)
            from hmm.state_assignments as before
            inner join register.segments as old
                on before.run_id = old.run_id and before.state_id = old.segment_id
            inner join hmm.state_assignments as after
                on before.user_id = after.user_id
                and before.week_start = after.week_start
            inner join register.segments as new
                on after.run_id = new.run_id and after.state_id = new.segment_id
            where after.run_id = 'permuted' and before.run_id =
            """
            f"'{first}'",
        ) == query(
            two_runs,
            "select count(*), count(*) from hmm.state_assignments "
            f"where run_id = '{first}'",
        )
        assert query(
            two_runs,
            "select distinct relation, share_of_segment, share_of_previous_segment "
            "from register.segment_lineage where run_id = 'permuted'",
        ) == [("kept", 1, 1)]
        names = "select state_key, state_name from marts.states order by state_key"
        before = query(two_runs, names)
        build(project)
        assert query(two_runs, names) == before

    def test_splits_and_merges_are_named(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        first = champion(two_runs)
        # States 1 and 3 become state 2. State 2 becomes state 1, except for a quarter
        # of its users, who become state 3.
        copy_run(two_runs, first, "changed", is_reversed=False)
        run_as_admin(
            two_runs,
            """
            update hmm.state_assignments
            set state_id = case
                when state_id = 2 and get_byte(decode(md5(user_id), 'hex'), 0) < 64
                    then 3
                when state_id = 2 then 1
                else 2
            end
            where run_id = 'changed'
            """,
        )
        keys = dict(
            query(
                two_runs,
                "select segment_id, segment_key from register.segments "
                f"where run_id = '{first}'",
            )
        )
        ((n_one, n_three),) = query(
            two_runs,
            "select count(*) filter (where state_id = 1), "
            "count(*) filter (where state_id = 3) "
            f"from hmm.state_assignments where run_id = '{first}'",
        )
        larger, smaller = (1, 3) if n_one > n_three else (3, 1)
        command("promote", "changed", "--force")
        found = query(
            two_runs,
            "select relation, previous_segment_key, segment_id "
            "from register.segment_lineage "
            "left join register.segments using (run_id, segment_key) "
            "where run_id = 'changed' order by position",
        )
        assert found == [
            ("kept", keys[2], 1),
            ("kept", keys[larger], 2),
            ("split", keys[2], 3),
            ("merged", keys[smaller], 2),
        ]
        ((fresh_key, minted_by),) = query(
            two_runs,
            "select segment_key, minted_by_run_id from register.segment_keys "
            "where minted_by_run_id = 'changed'",
        )
        assert fresh_key not in keys.values()
        assert minted_by == "changed"


def copy_run(
    address: LocalServerAddress, run_id: str, copy: str, *, is_reversed: bool
) -> None:
    """Store a copy of a run of 3 states that was never promoted.

    The copy can have its states in reversed order.
    """
    tables = [
        name
        for (name,) in query(
            address,
            "select distinct table_schema || '.' || table_name "
            "from information_schema.columns "
            "where table_schema in ('hmm', 'register') and column_name = 'run_id' "
            "and table_name not in ('champions', 'promotions', 'segment_lineage')",
        )
    ]
    # Insert the run before the rows that refer to it.
    for table in sorted(tables, key=lambda name: name != "register.runs"):
        columns = [
            name
            for (name,) in query(
                address,
                "select column_name from information_schema.columns "
                f"where table_schema || '.' || table_name = '{table}' "
                "order by ordinal_position",
            )
        ]
        replaced = {
            "run_id": f"'{copy}'",
            "segment_key": "null",
            "promoted_name": "null",
        }
        if is_reversed:
            ids = ("state_id", "from_state_id", "to_state_id", "segment_id")
            replaced |= {name: f"4 - {name}" for name in ids}
            replaced["belief"] = "array[belief[3], belief[2], belief[1]]"
        run_as_admin(
            address,
            f"insert into {table} select "
            + ", ".join(replaced.get(name, name) for name in columns)
            + f" from {table} where run_id = '{run_id}'",
        )


class TestNames:
    def test_a_label_survives_a_refit_and_old_names_stay(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        ((key, name),) = query(
            two_runs,
            "select state_key, state_name from marts.states where state_id = 1",
        )
        label(two_runs, key, "Commuters")
        build_names(project)
        of_key = f"from marts.state_names where state_key = '{key}' order by revision"
        assert query(
            two_runs, f"select revision, state_name, name_source {of_key}"
        ) == [(1, name, "automatic"), (2, "Commuters", "label")]
        copy_run(two_runs, champion(two_runs), "refit", is_reversed=True)
        command("promote", "refit", "--force")
        build_names(project)
        assert query(
            two_runs,
            f"select state_id, state_name from marts.states where state_key = '{key}'",
        ) == [(3, "Commuters")]
        assert query(two_runs, f"select count(*) {of_key.split(' order')[0]}") == [(2,)]

    def test_an_untrue_name_is_replaced_and_restored_by_a_rollback(
        self, two_runs: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first = champion(two_runs)
        shown = "select state_id, state_key, state_name from marts.states order by 1"
        _, *states = query(two_runs, shown)
        (_, untrue, old_name), (_, labelled, _), (_, still, kept_name) = states
        label(two_runs, labelled, "Commuters")
        copy_run(two_runs, first, "refit", is_reversed=False)
        # For states 1 and 2 only the words of the new name are true. For state 3 the
        # old name is still true, although a new name would differ.
        for state_id, automatic, words in (
            (1, "Blue", ["Blue"]),
            (2, "Red", ["Red"]),
            (3, "Green", ["Green", *kept_name.split(", ")]),
        ):
            run_as_admin(
                two_runs,
                f"update register.segments set automatic_name = '{automatic}', "
                f"longer_names = '[]', true_words = '{json.dumps(words)}' "
                f"where run_id = 'refit' and segment_id = {state_id}",
            )
        command("promote", "refit", "--force")
        build_names(project)
        after = [(1, untrue, "Blue"), (2, labelled, "Commuters"), (3, still, kept_name)]
        assert query(two_runs, shown)[1:] == after
        history = (
            "select state_name, name_source from marts.state_names "
            f"where state_key = '{untrue}' order by revision"
        )
        assert query(two_runs, history) == [
            (old_name, "automatic"),
            ("Blue", "automatic"),
        ]
        assert old_name in command("show", first)
        shown_refit = command("show", "refit")
        assert "Blue" in shown_refit
        assert old_name in shown_refit
        assert query(
            two_runs,
            "select run_id, state_name, previous_state_name from marts.state_lineage "
            f"where state_key = '{untrue}' and run_id in ('refit', '{first}') "
            "order by promoted_at",
        ) == [(first, old_name, None), ("refit", "Blue", old_name)]

        command("rollback")
        build_names(project)
        assert query(two_runs, shown)[1:] == [
            (1, untrue, old_name),
            (2, labelled, "Commuters"),
            (3, still, kept_name),
        ]
        assert [name for name, _ in query(two_runs, history)] == [
            *(old_name, "Blue", old_name),
        ]
        command("promote", "refit", "--force")
        assert query(
            two_runs,
            "select current_name from register.segment_keys "
            f"where segment_key = '{untrue}'",
        ) == [("Blue",)]

    def test_a_new_name_is_never_a_label_of_another_state(
        self, two_runs: LocalServerAddress, command: Command
    ) -> None:
        second = candidate(two_runs)
        automatic = [
            name
            for (name,) in query(
                two_runs,
                "select automatic_name from register.segments "
                f"where run_id = '{second}' order by segment_id",
            )
        ]
        ((key,),) = query(
            two_runs,
            "select segment_key from register.segments "
            "inner join register.champions using (run_id) where segment_id = 1",
        )
        label(two_runs, key, automatic[0].upper())
        # Without a champion, both states are new.
        run_as_admin(two_runs, "delete from register.champions")
        command("promote", second, "--force")
        minted = query(
            two_runs,
            "select current_name from register.segment_keys "
            "inner join register.segments using (segment_key) "
            f"where run_id = '{second}' order by segment_id",
        )
        assert minted[0][0].casefold() != automatic[0].casefold()
        assert len(minted) == 2

    def test_two_states_never_share_a_name(
        self, two_runs: LocalServerAddress, project: DbtProject
    ) -> None:
        (one, other) = query(
            two_runs,
            "select state_key, state_name from marts.states where state_id in (1, 2)",
        )
        label(two_runs, one[0], f" {other[1].upper()}")
        with pytest.raises(UserError, match="two_states_never_share_a_name"):
            build_names(project)
        # Two states may exchange their names.
        label(two_runs, one[0], other[1])
        label(two_runs, other[0], one[1])
        build_names(project)
        assert set(
            query(
                two_runs,
                "select state_key, state_name from marts.states "
                "where state_id in (1, 2)",
            )
        ) == {(one[0], other[1]), (other[0], one[1])}


def label(address: LocalServerAddress, key: str, name: str) -> None:
    """Insert a label for a state, as if it were in the seed."""
    run_as_admin(
        address,
        f"delete from seeds.state_labels where state_key = '{key}'",
        f"insert into seeds.state_labels values ('{key}', '{name}', null)",
    )


def test_a_run_stores_the_settings_of_its_panel(
    published_warehouse: LocalServerAddress,
) -> None:
    ((settings,),) = query(
        published_warehouse, "select feature_settings from register.runs"
    )
    stored = json.loads(settings)
    assert stored["lapse_after_weeks"] == 19
    assert stored["features"]["n_away_rides"]["of"] == "n_rides_with_city"
    in_use = query(
        published_warehouse,
        "select feature from register.feature_scaling where position is not null",
    )
    assert set(stored["features"]) == {name for (name,) in in_use}


# The stored settings of a default run, from before the vars were named `hmm.…`.
OLD_SETTINGS: dict[str, Any] = {
    "n_states": [8], "n_starts": 4, "seed": 1, "sample_users": 60000,
    "sample_salt": "fit", "holdout_share": 0.2, "holdout_salt": "holdout",
    "emissions": "mixed", "min_state_share": 0.005, "min_stability": 0.6,
    "bootstrap_refits": 5, "belief_weeks": 6, "lapse_after_weeks": 19,
    "settings": {
        "variance_floor": 0.1, "probability_floor": 0.0001, "tolerance": 1e-06,
        "max_iterations": 300, "start_users": 2000, "polished_starts": 3,
    },
    "dry_run": False, "force": True, "promote": True,
}  # fmt: skip
OLD_PANEL_SETTINGS: dict[str, Any] = {
    "features": {
        "rolling_avg_price": {
            "silent_week": "carried", "family": "continuous", "transform": "log1p",
            "evidence": "ride", "default": 0,
        },
        "is_active": {
            "silent_week": "zero", "family": "binary", "transform": "none",
            "evidence": "week", "default": 0,
        },
    },
    "rolling_price_rides": 10, "lapse_after_weeks": 19, "reporting_currency": "EUR",
    "default_currency": "EUR", "default_time_zone": "UTC",
}  # fmt: skip


def test_settings_are_stored_under_their_names_before_hmm(
    project: DbtProject,
) -> None:
    stored = json.loads(
        json.dumps(asdict(FitOptions.from_vars(project.vars, force=True)))
    )
    # Defaults that have changed since.
    newer = {"n_states": list(range(1, 9))}
    how = OLD_SETTINGS["settings"] | {"polished_starts": 2, "max_iterations": 1000}
    assert {name: stored["settings"][name] for name in how} == how
    assert {name: stored[name] for name in OLD_SETTINGS} == (
        OLD_SETTINGS | newer | {"settings": stored["settings"]}
    )
    features = tuple(OLD_PANEL_SETTINGS["features"])
    now = panel_settings(project.vars, features)
    kept = {
        name: {key: now["features"][name][key] for key in entry}
        for name, entry in OLD_PANEL_SETTINGS["features"].items()
    }
    assert now | {"features": kept} == OLD_PANEL_SETTINGS
    assert changed_settings(OLD_PANEL_SETTINGS, project.vars) == []


def test_a_reworded_label_does_not_change_the_meaning_of_a_feature() -> None:
    entry = {"name": "n_tips", "default": 0, "cap": "most_tips", "trait": "tips"}
    then = dict.fromkeys(MEANINGS, "x") | {"features": [entry], "most_tips": 5}
    settings = panel_settings(then, ["n_tips"])
    assert settings["features"] == {"n_tips": {"default": 0, "cap": "most_tips"}}
    reworded = then | {"features": [entry | {"label": {"text": "Tips"}}]}
    assert changed_settings(settings, reworded) == []
    assert changed_settings(settings, then | {"most_tips": 6}) == [
        "most_tips was 5 and is 6"
    ]


def test_an_added_cap_changes_the_meaning_of_a_feature() -> None:
    entry = {"name": "n_tips", "default": 0, "source": "none"}
    then = dict.fromkeys(MEANINGS, "x") | {"features": [entry], "most_tips": 5}
    settings = panel_settings(then, ["n_tips"])
    capped = then | {"features": [entry | {"cap": "most_tips"}]}
    assert changed_settings(settings, capped) == [
        "cap of n_tips was None and is 'most_tips'"
    ]


def test_the_help_names_every_command() -> None:
    text = (PROJECT / "scripts/runs.py").read_text("utf-8")
    for name in ("list", "show", "promote", "rollback", "prune"):
        assert f"runs.py {name}" in text
