"""The main job: load rides, build the panel, fit, build the marts, write the page.

When the marts are there, customers are divided into segments, if there are enough, and
what they are likely to do is learned; types of journeys and personas of conversations
are found. Then the marts about all this are built.

The demo with simulated rides lives through a campaign on the way (demo_campaign.py).
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from user_states.backtest.backtest_job import short_backtest
from user_states.commands.audience_files import write_audience_files
from user_states.commands.chitchat import load_chitchat
from user_states.commands.demo_campaign import (
    campaign_monday,
    hide_what_comes_later,
    live_through_campaign,
)
from user_states.commands.summary import describe_events_only, describe_job
from user_states.errors import UserError
from user_states.events.ecom import load_ecom
from user_states.events.load_simulated_events import (
    EventWriter,
    clear_simulated_events,
)
from user_states.explorer.page_file import DEFAULT_PAGE, write_page
from user_states.fit.conversations_job import NoConversationError
from user_states.fit.explain_job import explain_propensities, has_tree_champions
from user_states.fit.fit_job import fit_and_publish
from user_states.fit.journeys_job import JourneyOptions, fit_journeys
from user_states.fit.journeys_reader import TooFewSessionsError
from user_states.fit.personas_job import PersonaOptions, find_personas
from user_states.fit.propensity_job import PropensityOptions, fit_propensities
from user_states.fit.segments_job import SegmentOptions, fit_segments
from user_states.hmm.fit_options import FitOptions
from user_states.messages.load_simulated_messages import (
    MessageWriter,
    clear_simulated_messages,
)
from user_states.personas.conversation_set import TooFewConversationsError
from user_states.rides.complete_journey import MAPPING_FILE as COMPLETE_JOURNEY
from user_states.rides.complete_journey import load_complete_journey
from user_states.rides.landing import AppTables
from user_states.rides.load_files import load_files
from user_states.rides.load_simulation import load_simulation
from user_states.rides.mapping_file import read_mapping
from user_states.rides.simulation import SimulationSettings
from user_states.rides.source_files import expand_paths
from user_states.segments.segmentation_certificate import TooFewCustomersError
from user_states.warehouse.connection import Connection, connect, execute, quoted
from user_states.warehouse.dbt_project import (
    MARTS_OF_CUSTOMER_MODELS,
    MARTS_OF_REASONS,
    MODELS_OF_CUSTOMER_MODELS,
    UP_TO_THE_PANEL,
    DbtProject,
    chosen_target,
)
from user_states.warehouse.server import SERVER_FOLDER, LocalServer, LocalServerAddress

logger = logging.getLogger("user_states")

DEMO_TARGET = "demo"
# Data without rides: there are no states.
EVENTS_ONLY = ("ecom", "chitchat")


@dataclass(frozen=True)
class JobOptions:
    """The options of scripts/run_job.py.

    Attributes
    ----------
    users, weeks : int
        Users and weeks to simulate, if no rides are given.
    states : tuple of int or None
        Numbers of states to try; None for those of dbt_project.yml.
    starts : int or None
    data : str or None
        `complete_journey`, `ecom` or `chitchat` (events without rides), or None.
    rides, map : str or None
        A file of rides and its mapping, or None.
    end : date or None
        Day on or before which the simulated log ends; None for the newest possible.
    existing_rides : bool
        Load nothing.
    force : bool
        Publish the model even if checks fail.
    target : str or None
        Target of the dbt profile, as in `job_target`.
    vars : dict or None
        Settings, as for dbt's --vars.
    """

    users: int
    weeks: int
    states: tuple[int, ...] | None
    starts: int | None
    data: str | None
    rides: str | None
    map: str | None
    existing_rides: bool
    force: bool
    target: str | None
    vars: Mapping[str, Any] | None = None
    end: dt.date | None = None

    @property
    def simulates(self) -> bool:
        """Whether the rides are simulated."""
        return not (self.existing_rides or self.data or self.rides)


def run_main_job(options: JobOptions) -> None:
    """Run every step, and print the results."""
    steps = Steps()
    target = job_target(options)
    is_demo = target == DEMO_TARGET
    if is_demo:
        with steps.timed("start the local PostgreSQL"):
            os.environ.update(LocalServer(SERVER_FOLDER).start().environment())
    with steps.timed("read the project"):
        # The target is named, because a profile may have another default.
        project = DbtProject.load(target, _settings(options))
        project.check_settings()
    # A build as of an earlier day would not see what the campaign brings.
    has_campaign = is_demo and not project.vars["as_of_date"]
    monday = campaign_monday(_simulation(options)) if has_campaign else None
    if not options.existing_rides:
        with steps.timed(
            "load events" if options.data in EVENTS_ONLY else "load rides"
        ):
            _load_rides(project, options, is_demo=is_demo)
            if monday:
                hide_what_comes_later(project, monday)
    if options.data in EVENTS_ONLY:
        _build_without_rides(project, steps)
        return
    fit_options = _fit_options(project, options)
    publish(project, fit_options, monday, steps, backtests=is_demo)
    study_customers(project, steps)
    with steps.timed("write the explorer and the lists"):
        write_page(project)
        write_audience_files(project)
    with closing(connect(project.connection_uri)) as connection:
        lines = describe_job(
            connection, project, steps.seconds, DEFAULT_PAGE, is_demo=is_demo
        )
    print("\n".join(["", *lines]))


def _build_without_rides(project: DbtProject, steps: Steps) -> None:
    """Build all tables in one go: there is nothing to fit."""
    with steps.timed("build the tables"):
        project.build(
            "--exclude", *MARTS_OF_CUSTOMER_MODELS, label="building the tables"
        )
    study_customers(project, steps)
    with steps.timed("write the explorer"):
        write_page(project)
    with closing(connect(project.connection_uri)) as connection:
        lines = describe_events_only(connection, project, steps.seconds, DEFAULT_PAGE)
    print("\n".join(["", *lines]))


def publish(
    project: DbtProject,
    fit_options: FitOptions,
    monday: dt.date | None = None,
    steps: Steps | None = None,
    *,
    backtests: bool = False,
) -> None:
    """Build the panel, fit, and build the marts but those that `study_customers` does.

    Parameters
    ----------
    project : DbtProject
    fit_options : FitOptions
    monday : date or None
        Monday of a campaign to live through between the fit and the marts. The rides
        after it are hidden until then.
    steps : Steps or None
        Gets the seconds of each step.
    backtests : bool
        Forecast the newest half year too, so that marts show how good forecasts are.
    """
    steps = steps or Steps()
    # A second build follows a campaign, and tests everything.
    untested = ("--exclude-resource-type", "test") if monday else ()
    with steps.timed("build the panel"):
        project.build(
            "--select", UP_TO_THE_PANEL, *untested, label="building the panel"
        )
    with steps.timed("fit, decode and write back"):
        fit_and_publish(project, fit_options)
    if monday:
        with steps.timed("live through a campaign"):
            live_through_campaign(project, monday)
        with steps.timed("build the panel again"):
            project.build("--select", UP_TO_THE_PANEL, label="building the panel again")
    if backtests:
        with steps.timed("forecast past weeks"):
            short_backtest(project, fit_options)
    with steps.timed("build the marts"):
        project.build(
            "--exclude",
            UP_TO_THE_PANEL,
            *MARTS_OF_CUSTOMER_MODELS,
            label="building the marts",
        )


def study_customers(project: DbtProject, steps: Steps) -> None:
    """Fit the models of customers, their journeys and what they write.

    Then the marts about them are built.

    The marts are built also if a fit stops with an error. Reasons of trees are computed
    after that, for the scores of this build.
    """
    try:
        divide_customers(project, steps)
        with steps.timed("learn what customers are likely to do"):
            fit_propensities(project, PropensityOptions.from_vars(project.vars))
        find_journeys(project, steps)
        listen_to_customers(project, steps)
    finally:
        with steps.timed("build the marts of segments and propensities"):
            project.build(
                "--select", *MODELS_OF_CUSTOMER_MODELS, label="building customers"
            )
    if has_tree_champions(project):
        with steps.timed("explain what customers are likely to do"):
            explain_propensities(project)
            project.build("--select", *MARTS_OF_REASONS, label="building reasons")


def divide_customers(project: DbtProject, steps: Steps) -> None:
    """Fit segments of customers.

    Too few customers are no error: a log of rides only has none. Nothing is published
    by force, because segments that tell nothing would mislead.
    """
    with steps.timed("divide customers into segments"):
        try:
            fit_segments(project, SegmentOptions.from_vars(project.vars))
        except TooFewCustomersError as error:
            logger.info("no segments of customers: %s", error)


def find_journeys(project: DbtProject, steps: Steps) -> None:
    """Find types and phases of sessions; a log without sessions is no error."""
    with steps.timed("find types and phases of journeys"):
        try:
            fit_journeys(project, JourneyOptions.from_vars(project.vars))
        except TooFewSessionsError as error:
            logger.info("no journeys: %s", error)


def listen_to_customers(project: DbtProject, steps: Steps) -> None:
    """Find personas of conversations; a log with no or few messages is no error."""
    with steps.timed("find personas of conversations"):
        try:
            find_personas(project, PersonaOptions.from_vars(project.vars))
        except (NoConversationError, TooFewConversationsError) as error:
            logger.info("no personas: %s", error)


def job_target(options: JobOptions) -> str:
    """Return the target of --target, or a default that loses no rides.

    DBT_TARGET counts only if the rides stay. Otherwise the default is the demo's own
    server, so that a shell prepared for a production target does not replace its rides.
    """
    if options.existing_rides:
        return chosen_target(options.target) or DEMO_TARGET
    return options.target or DEMO_TARGET


class Steps:
    """The finished steps, and the seconds that each took."""

    def __init__(self) -> None:
        self.seconds: list[tuple[str, float]] = []

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the step of this name, with the seconds until its end."""
        started = time.monotonic()
        yield
        self.seconds.append((name, time.monotonic() - started))
        logger.info("%s: %.1f s", *self.seconds[-1])


def _load_rides(project: DbtProject, options: JobOptions, *, is_demo: bool) -> None:
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        app = AppTables.from_vars(project.vars)
        events, messages = EventWriter(app=app), MessageWriter(app=app)
        report = _loader(options, events, messages)(connection, app)
        logger.info("%s", report)
        if options.simulates:
            logger.info(
                "%s events and %s messages of the same people",
                f"{events.n_events:,}",
                f"{messages.n_messages:,}",
            )
        else:
            if options.data != "chitchat":
                clear_simulated_messages(connection, messages)
            if options.data not in EVENTS_ONLY:
                clear_simulated_events(connection, events)
        if is_demo:
            # Runs, names and histories belong to the rides that were replaced.
            start_over(connection, project, LocalServer(SERVER_FOLDER).address)


def _loader(
    options: JobOptions, events: EventWriter, messages: MessageWriter
) -> Callable[[Connection, AppTables], object]:
    """Check the input, and return the function that loads the rides."""
    if options.data == "complete_journey":
        return lambda connection, app: load_complete_journey(connection, app=app)
    if options.data == "ecom":
        return lambda connection, app: load_ecom(connection, app=app)
    if options.data == "chitchat":
        return lambda connection, app: load_chitchat(connection, app=app)
    if options.rides and options.map:
        paths = expand_paths([options.rides])
        mapping = read_mapping(options.map)
        return lambda connection, app: load_files(connection, paths, mapping, app=app)
    settings = _simulation(options)
    assert settings is not None
    return lambda connection, app: load_simulation(
        connection, settings, app=app, events=events, messages=messages
    )


def _settings(options: JobOptions) -> dict[str, Any]:
    """Return the settings of the command line, and what the mapping says of the log."""
    path = COMPLETE_JOURNEY if options.data == "complete_journey" else options.map
    words = read_mapping(path).log_words if path else ""
    return {**({"log_words": words} if words else {}), **(options.vars or {})}


def _simulation(options: JobOptions) -> SimulationSettings | None:
    """Return the settings of the simulated log; None if the rides are not simulated."""
    if not options.simulates:
        return None
    return SimulationSettings.ending(options.users, options.weeks, options.end)


def _fit_options(project: DbtProject, options: JobOptions) -> FitOptions:
    return FitOptions.from_vars(
        project.vars,
        n_states=options.states,
        n_starts=options.starts,
        # A demo shows its model, with a warning, even if a check fails.
        force=options.force or not options.existing_rides,
    )


def start_over(
    connection: Connection, project: DbtProject, server: LocalServerAddress
) -> None:
    """Drop everything that was made from earlier rides, including histories and runs.

    Whom to leave out stays: a file that is loaded again may hold a forgotten user.

    Raises
    ------
    UserError
        If the target is not on the local server: this must never happen elsewhere.
    """
    target = urlsplit(project.connection_uri)
    if (target.hostname, target.port) != (server.host, server.port):
        raise UserError(
            f"found the target demo at {target.hostname}:{target.port}; expected the "
            f"local server at {server.host}:{server.port}, where a demo starts over: "
            "correct profiles.yml. Nothing was dropped"
        )
    forgotten_users, _ = project.source("privacy", "forgotten_users")
    for schema in project.own_schemas():
        if schema == forgotten_users:
            continue
        execute(connection, f"drop schema if exists {quoted(schema)} cascade")
    connection.commit()
