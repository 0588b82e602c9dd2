"""The register serves several models: none changes what another one published.

A model of these tests, customer_segments, has its own tables beside those of the
states. `propensity:purchase` has no segments.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import psycopg2
import pytest

from conftest import PROJECT, Command, MakeDatabase, PointAt, run_as_admin
from test_runs import copy_run
from user_states.errors import UserError
from user_states.naming.automatic_name import AutomaticName
from user_states.runs.all_models import MODELS, registered_model
from user_states.runs.feature_meanings import changed_meanings
from user_states.runs.promotion import promote
from user_states.runs.register_rows import run_row, segment_row
from user_states.runs.registered_model import Members, Profiles, RegisteredModel
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion, query, warehouse_digest

SEGMENTS, PROPENSITY = "customer_segments", "propensity:purchase"
OWN = """
    create schema segments_of_test;
    create table segments_of_test.customers (
        run_id text not null references register.runs (run_id) on delete cascade,
        customer_id text not null,
        segment_id integer not null
    );
    create table segments_of_test.centres (
        run_id text not null references register.runs (run_id) on delete cascade,
        segment_id integer not null,
        feature text not null,
        mean double precision not null,
        variance double precision not null
    )
"""
# What the features mean now; a test changes it.
MEANING = {"features": {"n_views": {"default": 0}}, "window_days": 90}
WORDS = {"rare": "Rare", "keen": "Keen", "silent": "Silent"}


def segments_model(project: DbtProject, name: str) -> RegisteredModel:
    """Return a model with clusters of customers, or one without segments."""
    own = SchemaTables("segments_of_test")
    has_segments = name == SEGMENTS
    return RegisteredModel(
        name=name,
        noun="segment",
        register=SchemaTables.of(project, "register"),
        own=own,
        versions=SchemaTables.of(project, "hmm"),
        tables=("centres", "customers") if has_segments else (),
        streams=(),
        changed_features=lambda connection, run: changed_meanings(
            run.feature_settings or {}, MEANING, "the features of customers"
        ),
        members=Members(own.name("customers"), "segment_id", ("customer_id",))
        if has_segments
        else None,
        profiles=Profiles(own.name("centres"), "segment_id") if has_segments else None,
    )


@pytest.fixture
def models(
    make_database: MakeDatabase,
    point_at: PointAt,
    published_template: LocalServerAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[LocalServerAddress]:
    """Create a warehouse with a champion of the states, and tables of another model."""
    warehouse = make_database(template=published_template, name="test_warehouse")
    run_as_admin(warehouse, OWN)
    monkeypatch.setitem(MODELS, SEGMENTS, segments_model)
    monkeypatch.setitem(MODELS, "propensity:", segments_model)
    with point_at(warehouse):
        yield warehouse


def store(
    project: DbtProject,
    run_id: str,
    members: Mapping[str, Sequence[str]],
    centres: Sequence[float],
    *,
    defects: Sequence[str] = (),
    is_promoted: bool = True,
    force: bool = False,
) -> None:
    """Write a run whose segments have these words and members, as a fit would.

    The centre of each segment is its mean of log1p(n_views), with variance 1.
    """
    model = registered_model(project, SEGMENTS)
    n_members = sum(map(len, members.values()))
    numbered = list(enumerate(members.items(), start=1))

    def then(connection: Connection) -> None:
        if is_promoted:
            promote(connection, RunRegister(model), run_id, force=force)

    warehouse = RunStore(project.connection_uri, model)
    warehouse.check()
    warehouse.write(
        run_id,
        {
            "runs": [
                run_row(
                    n_segments=len(members),
                    n_members=n_members,
                    first_week_start=None,
                    last_week_start=dt.date(2025, 3, 3),
                    log_score=-0.25,
                    defects=[{"text": text} for text in defects],
                    choice=f"k-means with {len(members)} clusters.",
                    settings={"seed": 1},
                    feature_settings=MEANING,
                )
            ],
            "segments": [
                segment_row(
                    number,
                    len(customers),
                    len(customers) / n_members,
                    AutomaticName(
                        WORDS[word], (f"{WORDS[word]}, web",), word, frozenset({word})
                    ),
                )
                for number, (word, customers) in numbered
            ],
            "feature_scaling": [
                {
                    "feature": "n_views", "position": 1, "family": "continuous",
                    "transform": "log1p", "mean": 0.0, "scale": 1.0,
                }
            ],
            "centres": [
                {"segment_id": k, "feature": "n_views", "mean": mean, "variance": 1.0}
                for k, mean in enumerate(centres, start=1)
            ],
            "customers": [
                {"segment_id": number, "customer_id": customer}
                for number, (_, customers) in numbered
                for customer in customers
            ],
        },
        {},
        lambda connection: None,
        then,
    )  # fmt: skip


def customers(first: int, last: int) -> list[str]:
    return [f"c{number}" for number in range(first, last + 1)]


def rows_of(address: LocalServerAddress, model: str) -> list[object]:
    """Return all rows of a model in the register."""
    return [
        row
        for table in (
            *("runs", "champions", "promotions", "segments"),
            *("segment_keys", "segment_lineage", "feature_scaling"),
        )
        for row in query(
            address,
            f"select cast(t as text) from register.{table} as t "
            f"where model = '{model}' order by 1",
        )
    ]


def keys(address: LocalServerAddress, run_id: str) -> list[tuple[str, str]]:
    """Return key and name of each segment of a run by number."""
    return [
        (str(key), str(name))
        for key, name in query(
            address,
            "select segment_key, promoted_name from register.segments "
            f"where run_id = '{run_id}' order by segment_id",
        )
    ]


def lineage(address: LocalServerAddress, run_id: str) -> list[tuple[object, ...]]:
    return list(
        query(
            address,
            "select relation, n_shared_members, share_of_segment, profile_distance "
            f"from register.segment_lineage where run_id = '{run_id}' "
            "order by position",
        )
    )


class TestTwoModels:
    def test_neither_touches_the_other(
        self, models: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        states = rows_of(models, "user_states")
        of_states = warehouse_digest(models, ["hmm", "marts"])
        first = champion(models)

        store(
            project, "a", {"rare": customers(1, 60), "keen": customers(61, 100)}, [0, 3]
        )
        assert champion(models, SEGMENTS) == "a"
        minted = keys(models, "a")
        assert [name for _, name in minted] == ["Rare", "Keen"]
        assert lineage(models, "a") == [("new", 0, None, None)] * 2

        # In another order; ten customers moved, and a few form a new segment.
        moved = {
            "keen": customers(51, 95),
            "silent": customers(96, 100),
            "rare": customers(1, 50),
        }
        store(project, "b", moved, [3, 9, 0], is_promoted=False)
        model = ("--model", SEGMENTS)
        assert "run b is the champion" in command("promote", "newest", *model)
        new = keys(models, "b")
        assert [new[2], new[0]] == minted
        assert new[1] not in minted
        assert lineage(models, "b") == [
            ("kept", 35, pytest.approx(35 / 45), 0.0),
            # Hellinger's distance of normals whose means are 6 apart.
            ("split", 5, 1.0, pytest.approx(math.sqrt(1 - math.exp(-(6**2) / 8)))),
            ("kept", 50, 1.0, 0.0),
        ]

        assert "run a is the champion again" in command("rollback", *model)
        store(project, "c", moved, [3, 9, 0], is_promoted=False)
        command("promote", "b", *model)
        assert "removed 1 runs: c" in command("prune", "--keep", "0", *model)
        left = query(
            models, "select distinct run_id from segments_of_test.customers order by 1"
        )
        assert left == [("a",), ("b",)]
        assert query(
            models,
            "select promotion_number, run_id, action from register.promotions "
            f"where model = '{SEGMENTS}' order by 1",
        ) == [
            (1, "a", "promote"), (2, "b", "promote"),
            (3, "a", "rollback"), (4, "b", "promote"),
        ]  # fmt: skip

        assert rows_of(models, "user_states") == states
        assert warehouse_digest(models, ["hmm", "marts"]) == of_states

        # And the other way round.
        segments = rows_of(models, SEGMENTS)
        copy_run(models, first, "refit", is_reversed=True)
        copy_run(models, first, "other", is_reversed=False)
        command("promote", "refit", "--force")
        assert champion(models) == "refit"
        command("rollback")
        assert champion(models) == first
        assert "other" in command("prune", "--keep", "0")
        assert rows_of(models, SEGMENTS) == segments

    def test_the_list_has_all_models_and_show_one_run(
        self, models: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        store(
            project, "a", {"rare": customers(1, 9), "keen": customers(10, 12)}, [0, 3]
        )
        first = champion(models)
        _, own, of_states, _ = command("list").splitlines()
        assert own.split()[:3] == ["*", "a", SEGMENTS]
        assert of_states.split()[:3] == ["*", first, "user_states"]
        assert first not in command("list", "--model", SEGMENTS)
        shown = command("show", "champion", "--model", SEGMENTS)
        for words in ("k-means with 2 clusters.", keys(models, "a")[0][0], "75.0%"):
            assert words in shown
        with pytest.raises(UserError, match="0 runs whose id begins with 'a'"):
            command("show", "a")
        with pytest.raises(UserError, match="found no model 'clusters'; expected one"):
            command("list", "--model", "clusters")

    def test_a_champion_is_a_run_of_its_model(self, models: LocalServerAddress) -> None:
        with pytest.raises(psycopg2.errors.ForeignKeyViolation):
            run_as_admin(
                models,
                "insert into register.champions "
                "select promotion_number, run_id, promoted_at, is_forced, "
                f"'{SEGMENTS}' from register.champions",
            )

    def test_a_model_without_segments(
        self, models: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        model = registered_model(project, PROPENSITY)
        for run_id in ("a", "b"):
            row = run_row(
                n_segments=None,
                n_members=9,
                first_week_start=None,
                last_week_start=dt.date(2025, 3, 3),
                log_score=None,
                defects=[],
                choice="Logistic.",
                settings={},
                feature_settings=MEANING,
            )
            RunStore(project.connection_uri, model).write(
                run_id,
                {"runs": [row], "segments": [], "feature_scaling": []},
                {},
                lambda connection: None,
                partial(
                    promote, register=RunRegister(model), run_id=run_id, force=False
                ),
            )
        assert champion(models, PROPENSITY) == "b"
        command("rollback", "--model", PROPENSITY)
        assert champion(models, PROPENSITY) == "a"
        assert "Logistic." in command("show", "a", "--model", PROPENSITY)


class TestPromotion:
    def test_without_a_shared_member_profiles_decide(
        self, models: LocalServerAddress, project: DbtProject
    ) -> None:
        before = {"rare": customers(1, 60), "keen": customers(61, 100)}
        store(project, "a", before, [0, 3])
        after = {"keen": customers(201, 240), "rare": customers(241, 300)}
        store(project, "b", after, [3.1, 6])
        (rare, keen), (kept, new) = keys(models, "a"), keys(models, "b")
        assert kept == keen
        assert new[0] not in (rare[0], keen[0])
        assert [row[0] for row in lineage(models, "b")] == ["kept", "new", "ended"]
        # The name is that of another key, which still exists.
        assert new[1] == "Rare, web"

    def test_defects_need_force_and_other_features_are_refused_even_so(
        self,
        models: LocalServerAddress,
        project: DbtProject,
        command: Command,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        divided = {"rare": customers(1, 60)}
        store(project, "a", divided, [0], defects=["too small"], is_promoted=False)
        before = warehouse_digest(models)
        model = ("--model", SEGMENTS)
        with pytest.raises(UserError, match="failed 1 of its checks: too small"):
            command("promote", "a", *model)
        with monkeypatch.context() as patch:
            patch.setitem(MEANING, "window_days", 30)
            patch.setitem(MEANING, "features", {"n_views": {"default": 1}})
            with pytest.raises(UserError) as caught:
                command("promote", "a", "--force", *model)
        assert "default of n_views was 0 and is 1" in str(caught.value)
        assert "window_days was 90 and is 30" in str(caught.value)
        assert warehouse_digest(models) == before
        assert "despite this defect: too small" in command(
            "promote", "a", "--force", *model
        )

    def test_a_refused_run_leaves_no_trace(
        self, models: LocalServerAddress, project: DbtProject
    ) -> None:
        before = warehouse_digest(models)
        with pytest.raises(UserError, match="failed 1 of its checks"):
            store(project, "a", {"rare": customers(1, 9)}, [0], defects=["too small"])
        assert warehouse_digest(models) == before


# --- One way into the register ---------------------------------------------------

CODE = {
    path.relative_to(PROJECT / "scripts").as_posix(): path.read_text("utf-8")
    for path in (PROJECT / "scripts").rglob("*.py")
}


def files_with(pattern: str) -> set[str]:
    """Return the files of scripts/ in which a pattern occurs."""
    return {name for name, text in CODE.items() if re.search(pattern, text)}


@pytest.mark.parametrize(
    ("what", "pattern", "where"),
    [
        (
            "rows are changed",
            (
                r"(insert\(|insert into|update|delete from)[^\n]*"
                r"\b(champions|promotions|segment_keys|segment_lineage)\b"
            ),
            "run_register.py",
        ),
        ("a champion is set", r"(?<!def )set_champion\(", "promotion.py"),
        ("keys are stored", r"(?<!def )store_keys\(", "promotion.py"),
        ("keys are minted", r"(?<!def )mint_key\(", "promotion.py"),
        ("lineage is found", r"(?<!def )match_segments\(", "promotion.py"),
        ("names are kept", r"= promoted_names\(", "promotion.py"),
    ],
)
def test_there_is_one_promotion_and_one_lineage(
    what: str, pattern: str, where: str
) -> None:
    # They change no run: one makes up a champion on a server of its own, the other
    # measures how many conversations would keep their persona.
    others = {
        "user_states/benchmarks/made_up_snapshots.py",
        "user_states/personas/persona_measures.py",
    }
    assert files_with(pattern) - others == {f"user_states/runs/{where}"}, what


def test_dbt_writes_the_register_in_its_migrations_only() -> None:
    writes = re.compile(r"(insert into|update|delete from)[^\n]*register", re.I)
    found = {
        path.name
        for folder in ("macros", "models")
        for path in (PROJECT / folder).rglob("*.sql")
        if writes.search(path.read_text("utf-8"))
    }
    assert found == {"hmm_migrations.sql"}
