"""The demo's campaign: lists made six weeks before the end, messages, and their effect.

The demo goes through it as a company would. It fits on what was known on a Monday,
makes lists, sends messages to them, and builds again six weeks later, without another
fit. So effects are measured, and forecasts can be compared with what happened.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import closing

from user_states.events.later_events import bring_back_events, hide_later_events
from user_states.rides.landing import AppTables
from user_states.rides.simulated_campaign import (
    CampaignTables,
    hide_later_rides,
    listed_at,
    run_campaign,
)
from user_states.rides.simulated_world import CAMPAIGN_WEEKS
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect, quoted
from user_states.warehouse.dbt_project import UP_TO_THE_PANEL, DbtProject

logger = logging.getLogger("user_states")

# A shorter log is too short for a model that is fitted before the campaign.
LEAST_CAMPAIGN_WEEKS = 26
# No list is made of checks, of sessions or of what customers did. Who is a customer is
# read, because one hold-out counts for all users of a customer.
UNREAD = (
    *(
        f"path:models/intermediate/{folder}"
        for folder in (
            "cohorts",
            "conversations",
            "customer_sources",
            "event_quality",
            "funnels",
            "journey_steps",
            "journeys",
            "messages",
            "personas",
            "phases",
            "propensities",
            "quality",
            "recent",
            "scaling",
            "segments",
            "sessions",
            "snapshots",
        )
    ),
    "int_customer_events",
    "int_rejected_events",
    "int_snapshot_weeks",
)
# What the campaign needs, and what else was published on that Monday: histories that
# later builds compare with what came.
MADE_ON_MONDAY = ("audience_lists", "user_outlook", "state_moves")


def campaign_monday(settings: SimulationSettings | None) -> dt.date | None:
    """Return the Monday of the campaign; None if a log has none.

    Parameters
    ----------
    settings : SimulationSettings or None
        None for rides that are not simulated: they have a campaign of their own, or
        none.
    """
    if settings is None or settings.n_weeks < LEAST_CAMPAIGN_WEEKS:
        return None
    return settings.first_week + dt.timedelta(weeks=settings.n_weeks - CAMPAIGN_WEEKS)


def hide_what_comes_later(project: DbtProject, monday: dt.date) -> None:
    """Take what comes after a campaign's Monday out of the log, until it is sent."""
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        app = AppTables.from_vars(project.vars)
        hide_later_rides(connection, app, monday)
        hide_later_events(connection, app, listed_at(monday))


def live_through_campaign(project: DbtProject, monday: dt.date) -> None:
    """Make the lists of a Monday, send messages, and let the weeks since pass.

    Raises
    ------
    UserError
        If a table cannot be built.
    """
    project.build(
        "--select",
        *(f"+{mart}" for mart in MADE_ON_MONDAY),
        *("--exclude", UP_TO_THE_PANEL, *UNREAD),
        *("--exclude-resource-type", "test"),
        label="lists of six weeks ago",
    )
    exposures = ".".join(map(quoted, project.source("activation", "exposures")))
    tables = CampaignTables(
        project.relation("audiences"), project.relation("audience_lists"), exposures
    )
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        app = AppTables.from_vars(project.vars)
        report = run_campaign(connection, app, tables, monday)
        bring_back_events(connection, app)
    logger.info("the campaign of %s: %s", monday, report)
