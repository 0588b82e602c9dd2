"""Journeys in SQL, compared with plain Python on a made-up log and with scipy."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg2
import pytest
from psycopg2.extras import execute_values
from scipy.stats import chi2, chi2_contingency

from conftest import (
    PROJECT,
    WAREHOUSE,
    CopyProject,
    MakeDatabase,
    PointAt,
    run_as_admin,
)
from made_up_walks import (
    Path,
    WalkedEvent,
    drop_offs,
    paths_of,
    reached,
    transitions,
    walks,
)
from user_states.errors import UserError
from user_states.fit.journeys_job import JourneyOptions, fit_journeys
from user_states.journeys.compared_models import NUMBERS_OF_PHASES
from user_states.runs.run_options import RunOptions
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, query

UNITS = ("session", "person")
WINDOW_HOURS = 168
FUNNELS = {
    "purchase": [{"catalog"}, {"add_to_cart"}, {"purchase"}],
    "checkout": [
        {"product_view"},
        {"add_to_cart"},
        {"checkout_start", "shipping_details"},
        {"payment_details"},
        {"purchase"},
    ],
}


@dataclass(frozen=True, eq=False)
class Walked:
    """A warehouse with made-up journeys, and the journeys themselves, by unit."""

    address: LocalServerAddress
    paths: dict[str, dict[str, Path]]


def step_order() -> list[str]:
    """Return the steps of the seed in their order."""
    text = (PROJECT / "seeds/journey_steps.csv").read_text("utf-8").splitlines()
    rows = sorted(csv.DictReader(text), key=lambda row: int(row["sort_order"]))
    return [row["step"] for row in rows]


def load(address: LocalServerAddress, events: list[WalkedEvent]) -> None:
    """Make the events the log."""
    run_as_admin(
        address,
        "create schema app",
        "create table app.events (source text, event_type text, occurred_at "
        "timestamptz, user_id text, anonymous_id text, session_id text, platform text)",
    )
    rows = [
        ("web", e.step, e.moment, e.user, None, e.session, e.platform) for e in events
    ]
    with (
        closing(psycopg2.connect(address.url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        execute_values(cursor, "insert into app.events values %s", rows)


@pytest.fixture(scope="module")
def walked(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Walked]:
    """Build journeys with all their data tests."""
    address = make_database(name=WAREHOUSE)
    events = list({(e.session, e.step, e.moment): e for e in walks()}.values())
    with point_at(address):
        load(address, events)
        project.run(
            *(
                "build",
                "--select",
                "+path:models/marts/journeys",
                "+path:models/marts/funnels",
                *WITHOUT_UNIT_TESTS,
            ),
            label="journeys",
        )
        order = step_order()
        yield Walked(address, {u: paths_of(events, u, order) for u in UNITS})


def test_the_chain_is_counted(walked: Walked) -> None:
    for unit in UNITS:
        rows = query(
            walked.address,
            "select from_step, to_step, n_transitions, n_from, share, share_low, "
            "share_high from marts.journey_transitions "
            f"where unit = '{unit}' and population = 'everybody'",
        )
        expected = transitions(walked.paths[unit])
        assert {(row[0], row[1]): row[2] for row in rows} == dict(expected)
        totals: Counter[str] = Counter()
        for (before, _), count in expected.items():
            totals[before] += count
        for before, _, count, n_from, share, low, high in rows:
            assert n_from == totals[before]
            assert share == pytest.approx(count / n_from, abs=1e-15)
            assert 0 <= low < share + 1e-12
            assert share - 1e-12 < high <= 1


def test_platforms_add_up_to_everybody(walked: Walked) -> None:
    sums = query(
        walked.address,
        "select population = 'everybody', sum(n_transitions), "
        "count(distinct population) from marts.journey_transitions "
        "group by population = 'everybody'",
    )
    assert len(sums) == 2
    assert sums[0][1] == sums[1][1]
    assert {row[2] for row in sums} == {1, 3}


@pytest.mark.parametrize("counting", ["ordered", "strict", "any"])
@pytest.mark.parametrize("within", ["window", "ever"])
def test_funnels_are_those_of_every_journey(
    walked: Walked, counting: str, within: str
) -> None:
    hours = WINDOW_HOURS if within == "window" else 1e6
    for unit in UNITS:
        for name, funnel in FUNNELS.items():
            lengths = [
                reached(path, funnel, counting, hours)
                for path in walked.paths[unit].values()
            ]
            expected = [
                sum(length > place for length in lengths)
                for place in range(len(funnel))
            ]
            assert query(
                walked.address,
                "select array_agg(n_reached order by position) "
                "from marts.journey_funnels "
                f"where funnel = '{name}' and unit = '{unit}' "
                f"and counting = '{counting}' and within = '{within}'",
            ) == [(expected,)]
            assert expected[1 if counting == "strict" else -1] > 0


def test_the_ways_of_counting_differ(walked: Walked) -> None:
    """Else the comparisons above would show nothing."""
    found = query(
        walked.address,
        "select count(distinct n_reached) from marts.journey_funnels "
        "where funnel = 'checkout' and unit = 'person' and position = 3",
    )
    assert found[0][0] >= 4


def test_in_any_order_a_place_is_a_number_of_steps(walked: Walked) -> None:
    found = query(
        walked.address,
        "select array_agg(distinct title order by title), count(distinct steps) "
        "from marts.journey_funnels "
        "where funnel = 'checkout' and counting = 'any'",
    )
    n_places = len(FUNNELS["checkout"])
    titles = [f"At least {n + 1} of the {n_places} steps" for n in range(n_places)]
    assert found == [(titles, 1)]


def test_drop_offs_are_those_of_every_journey(walked: Walked) -> None:
    owners = dict(
        query(
            walked.address,
            "select identifier, customer_id from intermediate.int_customer_identifiers",
        )
    )
    paths = walked.paths["person"]
    log_end = max(moment for path in paths.values() for _, moment in path)
    for name, funnel in FUNNELS.items():
        expected = {
            (owners[user], *found)
            for user, path in paths.items()
            for found in drop_offs(path, funnel, WINDOW_HOURS, log_end)
        }
        rows = query(
            walked.address,
            "select customer_id, position, dropped_at from marts.journey_drop_offs "
            f"where funnel = '{name}'",
        )
        assert set(rows) == expected
        assert len(expected) > 50


def test_whoever_dropped_off_and_came_further_has_resumed(walked: Walked) -> None:
    counts = query(
        walked.address,
        "select count(resumed_at), count(case when is_open then 1 end), "
        "count(case when is_open and resumed_at is not null then 1 end), "
        "count(case when resumed_at <= dropped_at then 1 end) "
        "from marts.journey_drop_offs",
    )
    resumed, is_open, both, too_early = counts[0]
    assert resumed > 0
    assert is_open > 0
    assert (both, too_early) == (0, 0)
    assert query(
        walked.address,
        "select max(n) from (select count(*) as n from marts.journey_drop_offs "
        "where is_open group by funnel, position, customer_id) as counted",
    ) == [(1,)]


def reaching(paths: dict[str, Path], goal: str) -> dict[str, tuple[int, int]]:
    """Return visits to each step, and how many of them reach the goal later."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path in paths.values():
        steps = ["start", *(step for step, _ in path)]
        for number, step in enumerate(steps):
            counts[step][0] += 1
            counts[step][1] += goal in steps[number + 1 :]
    return {step: (n, k) for step, (n, k) in counts.items() if step != goal}


def solved(paths: dict[str, Path], goal: str) -> dict[str, float]:
    """Return with which probability the chain reaches the goal, by linear algebra."""
    counts = transitions(paths)
    steps = sorted({before for before, _ in counts} - {goal})
    inner = np.zeros((len(steps), len(steps)))
    outer = np.zeros(len(steps))
    for row, before in enumerate(steps):
        total = sum(n for (step, _), n in counts.items() if step == before)
        outer[row] = counts[before, goal] / total
        for column, after in enumerate(steps):
            inner[row, column] = counts[before, after] / total
    chances = np.linalg.solve(np.eye(len(steps)) - inner, outer)
    return dict(zip(steps, chances.tolist(), strict=True))


def test_the_goal_is_reached_as_seen_and_by_the_chain(walked: Walked) -> None:
    for unit in UNITS:
        rows = query(
            walked.address,
            "select step, n_visits, n_reaching, share_by_chain, chain_error "
            f"from marts.journey_reach where unit = '{unit}' and goal = 'purchase'",
        )
        seen = reaching(walked.paths[unit], "purchase")
        assert {row[0]: (row[1], row[2]) for row in rows} == seen
        chain = solved(walked.paths[unit], "purchase")
        for step, n_visits, n_reaching, share, error in rows:
            assert share == pytest.approx(chain[step], abs=1e-9)
            assert error == pytest.approx(n_reaching / n_visits - chain[step], abs=1e-9)


def order_tables(paths: dict[str, Path]) -> dict[str, np.ndarray[Any, Any]]:
    """Return steps before against steps after, for each step, rare ones together."""
    triples: Counter[tuple[str, str, str]] = Counter()
    for path in paths.values():
        steps = ["start", *(step for step, _ in path), "exit"]
        triples.update(zip(steps, steps[1:], steps[2:], strict=False))
    tables = {}
    for middle in {step for _, step, _ in triples}:
        cells = {(a, c): n for (a, b, c), n in triples.items() if b == middle}
        sums: list[Counter[str]] = [Counter(), Counter()]
        for pair, n in cells.items():
            for side in (0, 1):
                sums[side][pair[side]] += n
        pooled: Counter[tuple[str, ...]] = Counter()
        for pair, n in cells.items():
            key = tuple(
                pair[side] if sums[side][pair[side]] >= 20 else "rare"
                for side in (0, 1)
            )
            pooled[key] += n
        rows = sorted({row for row, _ in pooled})
        columns = sorted({column for _, column in pooled})
        tables[middle] = np.array(
            [[pooled[row, column] for column in columns] for row in rows]
        )
    return tables


def test_the_order_of_the_chain_is_tested_as_scipy_does(walked: Walked) -> None:
    for unit in UNITS:
        found = {
            row[0]: row[1:]
            for row in query(
                walked.address,
                "select step, chi_square, degrees_of_freedom, p_value, cramers_v "
                f"from marts.journey_order_tests where unit = '{unit}'",
            )
        }
        total, freedom = 0.0, 0
        for step, table in order_tables(walked.paths[unit]).items():
            chi_square, degrees, p_value, v = found.pop(step)
            if min(table.shape) == 1:
                assert (chi_square, degrees, p_value, v) == (0, 0, None, None)
                continue
            expected = chi2_contingency(table, correction=False)
            assert chi_square == pytest.approx(expected.statistic, rel=1e-9)
            assert degrees == expected.dof
            assert p_value == pytest.approx(expected.pvalue, rel=1e-9)
            total, freedom = total + expected.statistic, freedom + expected.dof
        chi_square, degrees, p_value, v = found.pop("any_step")
        assert chi_square == pytest.approx(total, rel=1e-9)
        assert degrees == freedom
        assert p_value == pytest.approx(chi2.sf(total, freedom), rel=1e-9)
        # The made-up walks remember two steps.
        assert p_value < 1e-6
        assert 0 < v < 1
        assert not found


def test_paths_and_their_lift(walked: Walked) -> None:
    sessions = []
    for path in walked.paths["session"].values():
        steps = [step for step, _ in path]
        sessions.append(steps[:1] + [b for a, b in pairwise(steps) if a != b])
    having: Counter[str] = Counter()
    buying: Counter[str] = Counter()
    ending: Counter[str] = Counter()
    for steps in sessions:
        first_ends: dict[str, int] = {}
        for length in range(2, 6):
            for end in range(length, len(steps) + 1):
                first_ends.setdefault(" > ".join(steps[end - length : end]), end)
        having.update(first_ends.keys())
        buying.update(
            path for path, end in first_ends.items() if "purchase" in steps[end:]
        )
        ending.update(
            path
            for path in first_ends
            if " > ".join(steps[-len(path.split(" > ")) :]) == path
        )
    rows = query(
        walked.address,
        "select leads_to, path, n_steps, n_sessions, n_reaching, lift, lift_low, "
        "lift_high from marts.journey_paths",
    )
    shown = {row[1] for row in rows if row[0] == "exit"}
    for length in range(2, 6):
        counts = {p: n for p, n in having.items() if p.count(">") == length - 1}
        left = [n for path, n in counts.items() if path not in shown]
        kept = [n for path, n in counts.items() if path in shown]
        assert min(kept) >= 20
        assert max(left, default=0) < 20 or len(kept) == 100
        assert max(left, default=0) <= min(kept)
    assert {row[1] for row in rows if row[0] == "purchase"} == {
        path for path in shown if "purchase" not in path.split(" > ")
    }
    share_buying = sum("purchase" in steps for steps in sessions) / len(sessions)
    for leads_to, path, n_steps, n_sessions, n_reaching, lift, low, high in rows:
        assert n_steps == len(path.split(" > "))
        assert n_sessions == having[path]
        assert n_reaching == (ending if leads_to == "exit" else buying)[path]
        if leads_to == "purchase":
            assert lift == pytest.approx(n_reaching / n_sessions / share_buying)
        assert low <= lift <= high


# By seed, a line that it cannot have, and what the build says.
BAD_LINES = {
    "journey_steps": {
        "Home,home,1,x": "capital letters; expected home",
        "x,exit,1,x": "because start, exit and any_step are ours",
        "home,home,1,x": "two rows; expected one",
        "x,y,,x": "no event_name, step or sort_order",
    },
    "funnel_steps": {
        "f,1,home,x": "1 places; expected 2 to 12",
        "purchase,4,catalog,x": "the step 'catalog' twice",
        "f,1,start,x": "the step 'start'; expected one of an event",
    },
}


def test_a_seed_that_cannot_be_used_stops_the_build(
    walked: Walked, point_at: PointAt, copy_project: CopyProject
) -> None:
    folder = copy_project()
    with point_at(walked.address):
        project = DbtProject.load("demo")
        for seed, lines in BAD_LINES.items():
            path = folder / f"seeds/{seed}.csv"
            text = path.read_text("utf-8")
            for line, words in lines.items():
                path.write_text(f"{text}{line}\n", "utf-8")
                with pytest.raises(UserError) as raised:
                    project.run("seed", "--select", seed, label="seeds")
                assert words in " ".join(str(raised.value).split()), line


# Simulated shops without a change, and the sessions of each on a day and platform.
N_SHOPS, N_DAYS, SESSIONS_A_DAY = 40, 150, 6
# A third of the shops has a drop from 70 % to 35 % of the sessions on one platform,
# for three weeks from this day on.
DROP_FROM, DROP_DAYS = 100, 21


def plant_sessions(address: LocalServerAddress) -> None:
    """Replace the sessions of funnels by those of simulated shops."""
    drop = (
        "case when shop % 3 = 0 and platform = 'web' "
        f"and day between {DROP_FROM} and {DROP_FROM + DROP_DAYS - 1} "
        "then 0.35 else 0.7 end"
    )
    run_as_admin(
        address,
        "truncate intermediate.int_funnel_sessions",
        f"""
        select setseed(0.5);
        insert into intermediate.int_funnel_sessions
        select
            'shop ' || lpad(cast(shop as text), 3, '0'), 1,
            concat_ws(' ', shop, platform, day, number), platform,
            date '2026-01-01' + day, random() < {drop}
        from generate_series(1, {N_SHOPS}) as shop,
            unnest(array['web', 'mobile', 'tablet']) as platform,
            generate_series(0, {N_DAYS - 1}) as day,
            generate_series(1, 2 * {SESSIONS_A_DAY}) as number
        where random() < 0.5
        """,
    )


def test_drops_are_found_and_little_else(
    walked: Walked, point_at: PointAt, project: DbtProject
) -> None:
    plant_sessions(walked.address)
    with point_at(walked.address):
        project.run("run", "--select", "journey_windows", label="windows")
    rows = query(
        walked.address,
        "select cast(right(funnel, 3) as int), platform, "
        "window_ends_on - date '2026-01-01', is_alarm from marts.journey_windows "
        "where is_measured",
    )
    dropped = {shop for shop, *_ in rows if shop % 3 == 0}
    quiet = [alarm for shop, _, _, alarm in rows if shop not in dropped]
    assert len(quiet) > 10_000
    assert sum(quiet) / len(quiet) < 0.005
    quiet_days = {(shop, day): False for shop, _, day, _ in rows if shop not in dropped}
    quiet_days |= {
        (shop, day): True
        for shop, _, day, alarm in rows
        if alarm and shop not in dropped
    }
    # Of the days of a shop with four series, on how many any alarms.
    assert sum(quiet_days.values()) / len(quiet_days) < 0.02
    found = {
        shop
        for shop, platform, day, alarm in rows
        if alarm
        and shop in dropped
        and platform == "web"
        and DROP_FROM <= day <= DROP_FROM + 9
    }
    assert len(found) >= 0.9 * len(dropped)


MODELS_OF_JOURNEYS = (
    "path:models/staging/journeys",
    "path:models/marts/journey_models",
)


def test_types_and_phases_are_published_as_a_run(
    walked: Walked, point_at: PointAt, project: DbtProject
) -> None:
    options = JourneyOptions(min_stability=0, n_starts=1)
    with point_at(walked.address):
        assert (
            fit_journeys(project, replace(options, run=RunOptions(dry_run=True)))
            is None
        )
        run_id = fit_journeys(project, options)
        project.run(
            *("build", "--select", *MODELS_OF_JOURNEYS, *WITHOUT_UNIT_TESTS),
            label="journeys",
        )
    assert query(
        walked.address, "select run_id from register.champions where model = 'journeys'"
    ) == [(run_id,)]
    n_sessions = len(walked.paths["session"])
    assert query(
        walked.address,
        "select sum(n_sessions), sum(session_share) > 1 - 1e-9, count(*) "
        "from marts.journey_types",
    )[0][:2] == (n_sessions, True)
    assert query(walked.address, "select count(*) from journeys.members") == [
        (n_sessions,)
    ]
    shares = query(
        walked.address,
        "select phase_id, sum(share), min(step_share) from marts.journey_phases "
        "group by phase_id",
    )
    assert sum(row[2] for row in shares) == pytest.approx(1)
    assert [row[1] for row in shares] == pytest.approx([1.0] * len(shares))
    losses = dict(
        query(walked.address, "select model, log_loss from marts.journey_next_steps")
    )
    assert losses["chain_of_order_1"] < losses["base_rates"]
    assert len(losses) == 3 + len(NUMBERS_OF_PHASES)
