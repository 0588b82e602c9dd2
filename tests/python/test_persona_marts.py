"""Marts of personas on one small warehouse, compared with plain Python.

Personas, members, terms and states are planted, so nothing is fitted.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from psycopg2.extras import execute_values
from scipy.stats import norm, t

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from planted_runs import cursor_of
from user_states.personas.persona_clusters import LEAST_PEOPLE
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    WITHOUT_UNIT_TESTS,
    query,
)

FIRST_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
N_WEEKS = 20
PERSONAS = {1: "p-price", 2: "p-bags", 3: "p-praise"}
STATES = {1: "s-often", 2: "s-lapsing", 3: "s-rare"}
MARTS = ("path:models/marts/personas", "path:models/marts/persona_models")


@dataclass(frozen=True)
class Written:
    """A conversation of one user: all that is planted about it."""

    conversation_id: str
    user: str
    persona: int
    state: int | None
    is_core: bool | None
    similarity: float
    sent_at: tuple[dt.datetime, ...]


def written_conversations(draw: random.Random) -> list[Written]:
    """Return conversations of 40 users; the newest week ends on its Wednesday.

    The third persona is hardly written in before the last weeks.
    """
    found = []
    for number in range(400):
        week = draw.randrange(N_WEEKS)
        is_new = week >= N_WEEKS - 5
        n_minutes = 3 * 1440 if week == N_WEEKS - 1 else 9000
        begin = FIRST_DAY + dt.timedelta(weeks=week, minutes=draw.randrange(n_minutes))
        user = draw.randrange(40)
        # Whoever has an even number writes about prices more often.
        weights = (6, 2, 4 if is_new else 0.1) if user % 2 else (2, 6, 0.5)
        gaps = (draw.randrange(600) for _ in range(draw.randint(0, 6)))
        times = [begin]
        for gap in gaps:
            times.append(times[-1] + dt.timedelta(minutes=gap))
        found.append(
            Written(
                conversation_id=f"c{number:03d}",
                user=f"u{user:02d}",
                persona=draw.choices(tuple(PERSONAS), weights)[0],
                state=draw.choices((*STATES, None), (6, 4, 0.1, 1))[0],
                is_core=draw.choices((True, False, None), (6, 3, 1))[0],
                similarity=round(draw.random(), 3),
                sent_at=tuple(times),
            )
        )
    return found


DRAW = random.Random(22)
CONVERSATIONS = written_conversations(DRAW)


def monday(day: dt.datetime, zone: ZoneInfo) -> dt.date:
    local = day.astimezone(zone).date()
    return local - dt.timedelta(days=local.weekday())


@dataclass(frozen=True)
class Planted:
    """The warehouse, its time zone, and keys of conversations."""

    address: LocalServerAddress
    zone: ZoneInfo
    keys: dict[str, str]

    def rows(self, columns: str, mart: str) -> list[tuple[Any, ...]]:
        return query(self.address, f"select {columns} from marts.{mart} order by 1, 2")


def load(address: LocalServerAddress) -> None:
    """Write the messages, and one event of each user, so that all are customers."""
    run_as_admin(
        address,
        "create schema app",
        "create table app.events"
        " (source text, event_type text, occurred_at timestamptz, user_id text)",
        "create table app.messages (message_id text, conversation_id text,"
        " sent_at timestamptz, body text, user_id text)",
    )
    users = sorted({conversation.user for conversation in CONVERSATIONS})
    with cursor_of(address) as cursor:
        execute_values(
            cursor,
            "insert into app.events values %s",
            [("web", "page_view", FIRST_DAY, user) for user in users],
        )
        execute_values(
            cursor,
            "insert into app.messages values %s",
            [
                (f"{c.conversation_id}-{n}", c.conversation_id, at, words, c.user)
                for c in CONVERSATIONS
                for n, at in enumerate(c.sent_at)
                for words in [" ".join(DRAW.choices(["why?", "NO", "a", "taxi!"], k=5))]
            ],
        )


def plant(address: LocalServerAddress, keys: dict[str, str]) -> None:
    """Make planted personas the champion, and write the states of conversations."""
    now = dt.datetime.now(dt.UTC)
    run = "r-personas"
    with cursor_of(address) as cursor:

        def insert(table: str, columns: str, rows: Iterable[Any]) -> None:
            execute_values(
                cursor, f"insert into {table} ({columns}) values %s", list(rows)
            )

        insert(
            "register.runs",
            "run_id, model, created_at, n_segments, has_passed_guards, defects, "
            "choice, settings, versions",
            [(run, "personas", now, 3, True, "[]", "planted", "{}", "{}")],
        )
        insert(
            "register.champions",
            "promotion_number, run_id, promoted_at, is_forced, model",
            [(1, run, now, False, "personas")],
        )
        insert(
            "register.segments",
            "run_id, model, segment_id, segment_key, n_members, member_share, "
            "automatic_name, automatic_description",
            [
                (run, "personas", k, key, 9, 0.3, f"{key} old", f"{key}.")
                for k, key in PERSONAS.items()
            ],
        )
        insert(
            "register.segment_keys",
            "segment_key, model, minted_by_run_id, minted_at, current_name, "
            "first_description",
            [
                (key, "personas", run, now, f"{key} now", "x")
                for key in PERSONAS.values()
            ],
        )
        insert(
            "intermediate.int_champion_states",
            "run_id, state_id, state_key, state_name, state_sort_name",
            [("r", k, key, f"{key} now", f"0{k} {key}") for k, key in STATES.items()],
        )
        insert(
            "intermediate.int_state_names",
            "state_key, state_name",
            [(key, f"{key} now") for key in STATES.values()],
        )
        insert(
            "intermediate.int_conversation_states",
            "conversation_key, state_key",
            [
                (keys[c.conversation_id], STATES[c.state])
                for c in CONVERSATIONS
                if c.state is not None
            ],
        )
        insert(
            "personas.fits",
            "run_id, embedder, reduction, text_share, n_conversations, n_customers, "
            "n_personas, core_share, n_held_out, sentence",
            [
                (
                    "r-personas",
                    "column",
                    "averages",
                    0.75,
                    400,
                    40,
                    3,
                    0.7,
                    0,
                    "Planted.",
                )
            ],
        )
        insert(
            "personas.fusions",
            "run_id, text_share, is_chosen, n_personas, core_share, smallest_share, "
            "n_held_out",
            [(run, s, s == 0.75, 3, 0.7, 0.1, 0) for s in (1, 0.75, 0.5, 0)],
        )
        insert(
            "personas.members",
            "run_id, conversation_key, customer_id, persona_id, is_core, similarity",
            [
                (
                    *(run, keys[c.conversation_id], c.user),
                    *(c.persona, c.is_core, c.similarity),
                )
                for c in CONVERSATIONS
            ],
        )
        insert(
            "personas.terms",
            "run_id, persona_id, term, term_rank, n_customers, log_odds, z",
            [(run, k, f"t{k}", 1, 9, 1.5, 4) for k in PERSONAS],
        )
        insert(
            "personas.state_terms",
            "run_id, state_key, term, term_rank, n_customers, log_odds, z",
            [(run, "s-lapsing", "price", 1, 9, 1.5, 4)],
        )


@pytest.fixture(scope="module")
def planted(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Planted]:
    address = make_database(name=WAREHOUSE)
    load(address)
    upstream = ("int_conversation_features", "int_conversation_states")
    with point_at(address):
        project.build(
            "--select",
            *(f"+{model}" for model in (*upstream, "int_conversations")),
            *("int_state_names", *WITHOUT_UNIT_TESTS, *WITHOUT_DATA_TESTS),
            label="without personas",
        )
        keys = dict(
            query(
                address,
                "select conversation_id, conversation_key "
                "from intermediate.int_conversations",
            )
        )
        plant(address, keys)
        project.build(
            "--select",
            *("path:models/staging/personas", "path:models/intermediate/personas"),
            *(*MARTS, *WITHOUT_UNIT_TESTS, *WITHOUT_DATA_TESTS),
            label="with personas",
        )
        yield Planted(address, ZoneInfo(project.vars["default_time_zone"]), keys)


def test_each_persona_is_counted(planted: Planted) -> None:
    rows = planted.rows(
        "persona_key, persona_name, description, n_conversations, n_customers, "
        "n_messages, conversation_share, core_share, mean_similarity, first_on, "
        "last_on",
        "personas",
    )
    assert len(rows) == len(PERSONAS)
    for key, name, description, *figures in rows:
        of = [c for c in CONVERSATIONS if PERSONAS[c.persona] == key]
        assert (name, description) == (f"{key} now", f"{key}.")
        assert figures == [
            len(of),
            len({c.user for c in of}),
            sum(len(c.sent_at) for c in of),
            len(of) / len(CONVERSATIONS),
            np.mean([c.is_core for c in of if c.is_core is not None]),
            pytest.approx(np.mean([c.similarity for c in of])),
            min(c.sent_at[0] for c in of).astimezone(planted.zone).date(),
            max(c.sent_at[-1] for c in of).astimezone(planted.zone).date(),
        ]
    assert planted.rows("conversation_key, persona_key", "conversation_personas") == (
        sorted(
            (planted.keys[c.conversation_id], PERSONAS[c.persona])
            for c in CONVERSATIONS
        )
    )


def test_growth_by_week_and_what_is_emerging(planted: Planted) -> None:
    begun = [(c, monday(c.sent_at[0], planted.zone)) for c in CONVERSATIONS]
    first, newest = min(w for _, w in begun), max(w for _, w in begun)
    weeks = [
        first + dt.timedelta(weeks=n) for n in range((newest - first).days // 7 + 1)
    ]
    total = Counter(week for _, week in begun)
    assert planted.rows(
        "persona_key, week_start, is_complete, n_conversations, n_customers, "
        "conversation_share",
        "persona_growth",
    ) == [
        (
            key,
            week,
            week < newest,
            len(users),
            len(set(users)),
            len(users) / total[week],
        )
        for k, key in sorted(PERSONAS.items(), key=lambda item: item[1])
        for week in weeks
        for users in [[c.user for c, w in begun if (c.persona, w) == (k, week)]]
    ]
    complete = weeks[:-1]
    recent, earlier = set(complete[-4:]), set(complete[-16:-4])
    found = {
        key: figures
        for key, *figures in planted.rows(
            "persona_key, recent_share, earlier_share, growth_z, is_emerging",
            "personas",
        )
    }
    for k, key in PERSONAS.items():
        shares: list[float] = []
        effects: dict[str, float] = defaultdict(float)
        for span, sign in ((recent, 1), (earlier, -1)):
            of = [c for c, week in begun if week in span]
            shares.append(sum(c.persona == k for c in of) / len(of))
            for c in of:
                effects[c.user] += sign * ((c.persona == k) - shares[-1]) / len(of)
        people = {c.user for c, w in begun if w in recent and c.persona == k}
        n = len(effects)
        error = sqrt(n / (n - 1) * sum(effect**2 for effect in effects.values()))
        z = (shares[0] - shares[1]) / error
        is_emerging = len(people) >= LEAST_PEOPLE and z > norm.isf(0.025 / 3)
        assert found[key] == [
            *map(pytest.approx, (*shares, z)),
            is_emerging,
        ]
    assert [found[key][3] for key in PERSONAS.values()] == [False, False, True]


def interval(share: float, errors: list[float], n_messages: int) -> tuple[float, float]:
    """Return Wilson's interval with as many messages as would be independent."""
    n = len(errors)
    variance = n / (n - 1) * sum(error**2 for error in errors)
    size = min(share * (1 - share) / variance, n_messages) if 0 < share < 1 else n
    z = t.ppf(0.975, n - 1)
    middle = (share * size + z**2 / 2) / (size + z**2)
    reach = z * sqrt(share * (1 - share) * size + z**2 / 4) / (size + z**2)
    return max(middle - reach, 0), min(middle + reach, 1)


def test_rhythms_and_their_intervals(planted: Planted) -> None:
    sent = [
        (c.persona, c.user, at.astimezone(planted.zone).hour)
        for c in CONVERSATIONS
        for at in c.sent_at
    ]
    rows = planted.rows(
        "persona_key, hour_of_day, n_messages, message_share, share_of_all, "
        "share_lower, share_upper",
        "persona_rhythms",
    )
    assert len(rows) == 24 * len(PERSONAS)
    for key, hour, n_messages, share, share_of_all, lower, upper in rows:
        of = [(user, h == hour) for k, user, h in sent if PERSONAS[k] == key]
        assert n_messages == sum(hit for _, hit in of)
        assert share == pytest.approx(n_messages / len(of))
        assert share_of_all == pytest.approx(
            sum(h == hour for *_, h in sent) / len(sent)
        )
        errors: dict[str, float] = defaultdict(float)
        for user, hit in of:
            errors[user] += (hit - share) / len(of)
        expected = interval(share, list(errors.values()), len(of))
        assert (lower, upper) == pytest.approx(expected, rel=2e-3)


def test_states_and_lifts(planted: Planted) -> None:
    """The lift of each cell of at least five people, and no row for smaller ones."""
    known = [(c.persona, c.user, c.state) for c in CONVERSATIONS if c.state is not None]

    def parts(of: list[tuple[int, str, int]], state: int) -> dict[str, float]:
        hits: dict[str, list[bool]] = defaultdict(list)
        for _, user, found in of:
            hits[user].append(found == state)
        return {user: sum(found) / len(found) for user, found in hits.items()}

    expected = []
    for k, key in PERSONAS.items():
        own = [row for row in known if row[0] == k]
        for state, state_key in STATES.items():
            n_people = len({user for _, user, found in own if found == state})
            if n_people < LEAST_PEOPLE:
                continue
            f, g = parts(own, state), parts(known, state)
            p, q = np.mean([*f.values()]), np.mean([*g.values()])
            effects = [
                (f.get(u, p) / p - 1) / len(f) - (g[u] / q - 1) / len(g) for u in g
            ]
            squares = sum(effect**2 for effect in effects)
            reach = t.ppf(0.975, len(f) - 1) * sqrt(squares * len(f) / (len(f) - 1))
            ends = [exp(log(p / q) + sign * reach) for sign in (-1, 1)]
            figures = pytest.approx([p, q, p / q, *ends], rel=2e-3)
            n_own = sum(found == state for *_, found in own)
            expected.append((key, state_key, n_people, n_own, figures))
    rows = planted.rows(
        "persona_key, state_key, n_customers, n_conversations, customer_share, "
        "share_of_all, lift, lift_lower, lift_upper",
        "persona_states",
    )
    assert [(*row[:4], list(row[4:])) for row in rows] == sorted(
        expected, key=lambda row: row[:2]
    )
    assert 4 <= len(rows) < len(PERSONAS) * len(STATES)


def test_traits_are_means_of_columns(planted: Planted) -> None:
    (columns,) = query(
        planted.address,
        "select array_agg(trait order by trait) from marts.persona_traits "
        "where persona_key = 'p-bags'",
    )[0]
    assert len(columns) == 36
    rows = query(
        planted.address,
        f"select persona_key, {', '.join(columns)} "
        "from intermediate.int_conversation_features "
        "inner join marts.conversation_personas using (conversation_key)",
    )
    values = np.array([row[1:] for row in rows])
    spread = values.std(axis=0)
    for key in PERSONAS.values():
        of = values[[row[0] == key for row in rows]]
        found = dict(
            query(
                planted.address,
                "select trait, array[mean_value, mean_of_all, sd_of_all, "
                f"difference] from marts.persona_traits where persona_key = '{key}'",
            )
        )
        for place, column in enumerate(columns):
            mean, everyone = of[:, place].mean(), values[:, place].mean()
            expected = [mean, everyone, spread[place]]
            assert found[column][:3] == pytest.approx(expected, abs=1e-7), column
            if spread[place] > 1e-6:
                assert found[column][3] == pytest.approx(
                    (mean - everyone) / spread[place], abs=1e-6
                )


def test_evidence_is_of_five_people_and_without_texts(planted: Planted) -> None:
    rows = planted.rows(
        "persona_key, evidence_rank, conversation_id, customer_id, body",
        "persona_evidence",
    )
    for k, key in PERSONAS.items():
        best: dict[str, Written] = {}
        for c in sorted(
            CONVERSATIONS,
            key=lambda c: (-c.similarity, planted.keys[c.conversation_id]),
        ):
            if c.persona == k and c.is_core:
                best.setdefault(c.user, c)
        nearest = [*best.values()][:5]
        found = [row[1:] for row in rows if row[0] == key]
        assert [row[1] for row in found] == [c.conversation_id for c in nearest]
        assert [row[0] for row in found] == [1, 2, 3, 4, 5]
        assert len({row[2] for row in found}) == 5
        assert {row[3] for row in found} == {None}


def test_what_the_fit_wrote_is_shown_by_key_and_name(planted: Planted) -> None:
    assert planted.rows("persona_key, term_rank, term", "persona_terms") == sorted(
        (key, 1, f"t{k}") for k, key in PERSONAS.items()
    )
    assert planted.rows("state_name, term", "state_terms") == [
        ("s-lapsing now", "price")
    ]
    assert planted.rows("text_share, is_chosen", "persona_fusions") == [
        (0, False), (0.5, False), (0.75, True), (1, False)
    ]  # fmt: skip
    assert planted.rows("run_id, sentence", "persona_quality") == [
        ("r-personas", "Planted.")
    ]
