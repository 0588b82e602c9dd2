"""The demo lives through a campaign whose effects are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt
from user_states.commands.demo_campaign import campaign_monday, hide_what_comes_later
from user_states.commands.main_job import Steps, publish, study_customers
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.messages.load_simulated_messages import MessageWriter
from user_states.rides import simulation
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulated_population import CITIES
from user_states.rides.simulation import SimulationSettings, simulate
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import MARTS, query, quick_options

END = dt.date(2025, 2, 23)
THREE_WEEKS = dt.timedelta(days=3 * 7 - 1)
SETTINGS = {
    # So many are held out that effects can be seen among few users.
    "audience_holdout_share": 0.5,
    # The fit of segments only has to fill its tables.
    "segment_refits": 1,
    "segment_starts": 2,
}


@pytest.fixture(scope="module")
def demo(
    make_database: MakeDatabase, point_at: PointAt, dbt_folders: None
) -> Iterator[LocalServerAddress]:
    """Create a small demo: loaded, fitted before the campaign, and built after it."""
    warehouse = make_database(name=WAREHOUSE)
    settings = SimulationSettings.ending(1_500, 60, END)
    monday = campaign_monday(settings)
    assert monday == dt.date(2025, 1, 13)
    with point_at(warehouse):
        project = DbtProject.load("demo", SETTINGS)
        with closing(connect(warehouse.url)) as connection:
            load_simulation(
                connection, settings, events=EventWriter(), messages=MessageWriter()
            )
        hide_what_comes_later(project, monday)
        publish(project, quick_options(project, n_starts=2), monday, backtests=True)
        study_customers(project, Steps())
        yield warehouse


# Of each user in an audience on that Monday: rides that a message brings on average.
PLANTED = """
    select
        spells.audience,
        avg(coalesce(messages.expected_extra_rides, 0)) filter (where not is_holdout)
    from marts.audiences as spells
    left join simulation.campaign_messages as messages
        on spells.user_id = messages.user_id
    where spells.entered_week_start = date '2025-01-06'
    group by spells.audience
"""


def test_the_intervals_cover_the_planted_effects(demo: LocalServerAddress) -> None:
    planted = {name: float(effect) for name, effect in query(demo, PLANTED)}
    assert planted["win_back"] == 0
    assert planted["likely_to_lapse"] > 1
    effects = query(
        demo,
        """
        select
            audience, n_held_out_exposed, mean_rides_difference_low,
            mean_rides_difference_high
        from marts.audience_effects
        where effect_status <> 'not measured yet'
        """,
    )
    assert len(effects) >= 2
    for audience, n_held_out_exposed, low, high in effects:
        assert n_held_out_exposed == 0
        assert low <= planted[audience] <= high, audience


def test_one_audience_is_not_measured_yet(demo: LocalServerAddress) -> None:
    """Nothing was sent to new_regulars, and nobody claims an effect."""
    ((status, why, first_result_on, on_top),) = query(
        demo,
        """
        select effect_status, why_not_measured, first_result_on, on_top_rides
        from marts.audience_summary where audience = 'new_regulars'
        """,
    )
    assert status == "not measured yet"
    assert why == "No message to this audience is in the log of messages."
    assert first_result_on == dt.date(2025, 3, 24)
    assert on_top is None


def test_messages_went_to_the_lists_of_that_monday(demo: LocalServerAddress) -> None:
    messages = query(
        demo,
        """
        select exposures.user_id, exposures.exposed_at, spells.entered_at, is_holdout
        from activation.exposures
        left join marts.audiences as spells
            on
                exposures.audience = spells.audience
                and exposures.user_id = spells.user_id
                and spells.entered_week_start = date '2025-01-06'
        """,
    )
    assert len(messages) > 50
    assert len({user for user, *_ in messages}) == len(messages)
    for _, exposed_at, entered_at, is_holdout in messages:
        assert entered_at == dt.datetime(2025, 1, 13, 16, tzinfo=dt.UTC)
        assert dt.timedelta() < exposed_at - entered_at < dt.timedelta(days=3)
        assert is_holdout is False


def test_extra_rides_come_after_their_message_and_within_four_weeks(
    demo: LocalServerAddress,
) -> None:
    rides = query(
        demo,
        """
        select
            rides.week_start, rides.requested_at, messages.sent_at, rides.is_completed
        from simulation.campaign_rides as extra
        inner join simulation.campaign_messages as messages
            on extra.user_id = messages.user_id
        left join intermediate.int_rides as rides
            on extra.ride_id = rides.ride_id
        """,
    )
    assert len(rides) > 50
    for week, requested_at, sent_at, is_completed in rides:
        assert is_completed
        assert dt.date(2025, 1, 13) <= week < dt.date(2025, 2, 10)
        assert requested_at > sent_at


def test_the_log_is_complete_again(demo: LocalServerAddress) -> None:
    ((as_of_week,),) = query(
        demo, "select as_of_week_start from intermediate.int_as_of_week"
    )
    assert as_of_week == dt.date(2025, 2, 17)
    for hidden in ("later_rides", "later_events"):
        gone = query(demo, f"select to_regclass('simulation.{hidden}')")
        assert gone == [(None,)]
    ((newest_event,),) = query(
        demo,
        "select max(week_start) from intermediate.int_events "
        "where event_type = 'page_view'",
    )
    assert newest_event >= as_of_week


def test_no_mart_is_empty(demo: LocalServerAddress) -> None:
    empty = {
        mart
        for mart in MARTS
        if query(demo, f"select exists(select 1 from marts.{mart})") == [(False,)]
    }
    # No feature knows its outcome, no published forecast is over yet, other methods are
    # only asked by `make explanation-checks`, nothing of the past is sent, and no rule
    # has changed.
    assert empty == {
        "explanation_checks",
        "outbox_messages",
        "outbox_status",
        "propensity_leaks",
        "propensity_results",
        "rule_changes",
    }


def test_each_check_is_measured_or_says_why_not(demo: LocalServerAddress) -> None:
    checks = query(
        demo,
        "select check_name, measured_value, not_measured_because "
        "from marts.quality_checks",
    )
    assert len(checks) > 15
    for name, value, why_not in checks:
        assert (value is None) == (why_not is not None), name
        assert value is not None or why_not.endswith("."), name


def test_a_short_log_and_real_rides_have_no_campaign() -> None:
    assert campaign_monday(None) is None
    assert campaign_monday(SimulationSettings.ending(10, 25, END)) is None


def test_a_log_ends_on_the_last_sunday_of_a_day() -> None:
    for day in range(7):
        end = END + dt.timedelta(days=day)
        settings = SimulationSettings.ending(10, 30, end)
        assert settings.first_week + dt.timedelta(weeks=30, days=-1) == END
        assert (settings.hours_after_last_week == 48).all()


@pytest.mark.parametrize(
    ("now", "last_sunday", "fewest", "most"),
    [
        # In Tijuana it is Sunday until 8:00 UTC in winter, and until 7:00 in summer.
        ("2026-11-30 08:59", "2026-11-22", 48, 48),
        ("2026-11-30 09:00", "2026-11-29", 1, 10),
        ("2026-07-06 08:00", "2026-07-05", 1, 10),
        ("2026-12-01 00:00", "2026-11-29", 16, 25),
        ("2026-12-06 23:59", "2026-11-29", 48, 48),
    ],
)
def test_the_newest_log_ends_on_the_last_sunday_that_is_over_everywhere(
    monkeypatch: pytest.MonkeyPatch, now: str, last_sunday: str, fewest: int, most: int
) -> None:
    instant = dt.datetime.fromisoformat(f"{now}+00:00")
    clocks = [
        instant.astimezone(ZoneInfo(city.time_zone)).replace(tzinfo=None)
        for city in CITIES
    ]
    monkeypatch.setattr(simulation, "_clocks", lambda: clocks)
    settings = SimulationSettings.ending(10, 30)
    end = settings.first_week + dt.timedelta(weeks=30, days=-1)
    assert end == dt.date.fromisoformat(last_sunday)
    hours = settings.hours_after_last_week
    assert (hours.min(), hours.max()) == (fewest, most)
    # A ride at an instant that is on Monday everywhere completes the week before.
    rides = next(simulate(SimulationSettings(2_000, 3, 0, 0, end - THREE_WEEKS))).rides
    newest = max(rides["requested_at"].to_pylist())
    monday = dt.datetime.combine(end + dt.timedelta(days=1), dt.time())
    assert newest < instant
    assert newest >= max(
        monday.replace(tzinfo=ZoneInfo(city.time_zone)) for city in CITIES
    )


def test_a_log_that_is_not_over_is_refused() -> None:
    with pytest.raises(UserError, match="end after today"):
        SimulationSettings.ending(10, 30, dt.date.today() + dt.timedelta(days=7))
