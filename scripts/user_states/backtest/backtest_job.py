"""The backtest from end to end: read the panel, forecast past weeks, write scores."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import asdict, dataclass, replace

from user_states.backtest.backtest_store import BacktestStore
from user_states.backtest.backtest_tables import backtest_tables, new_backtest_id
from user_states.backtest.known_states import read_known_states
from user_states.backtest.origin_sums import KnownStates
from user_states.backtest.rivals import PRICE
from user_states.backtest.rolling_origins import (
    Backtest,
    Plan,
    refresh_weeks_of,
    run_backtest,
)
from user_states.console import progress_bar
from user_states.hmm.fit_options import FitOptions
from user_states.panel.features import Feature, parse_features
from user_states.panel.panel_reader import Panel
from user_states.panel.user_weeks import Sample
from user_states.runs.states_model import states_register
from user_states.runs.table_writer import Rows
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject

# A short backtest forecasts from this many newest weeks, half of them with twelve known
# weeks after them, and learns from at least so many before. It learns from the first
# users, of whom some are held out, with few starts.
SHORT_WEEKS = 25
LEAST_FIRST_WEEKS = 26
_SHORT_USERS = 1_000
_SHORT_STARTS = 2
_SHORT_RESAMPLES = 100

logger = logging.getLogger("user_states")


def backtest_outlook(
    project: DbtProject,
    options: FitOptions,
    plan: Plan,
    *,
    dry_run: bool = False,
) -> dict[str, Rows]:
    """Forecast the past weeks of the panel, write the scores, and return them.

    Parameters
    ----------
    project : DbtProject
    options : FitOptions
        How every refresh fits.
    plan : Plan
    dry_run : bool
        Write nothing.

    Raises
    ------
    UserError
        If the panel, the settings or the warehouse do not allow it, or there are too
        few weeks.
    """
    started = time.monotonic()
    store = _store(project)
    tables = _scored(_read(project, options), options, plan)
    if not dry_run:
        _write(store, tables)
    logger.info("%.0f s", time.monotonic() - started)
    return tables


def _store(project: DbtProject) -> BacktestStore:
    store = BacktestStore(project.connection_uri, project.source_schema("hmm"))
    store.check()
    return store


def _scored(read: _Read, options: FitOptions, plan: Plan) -> dict[str, Rows]:
    backtest = _run(read, options, plan)
    return backtest_tables(
        backtest,
        read.last_week_start,
        read.sample.weeks.n_weeks,
        {**asdict(plan), **asdict(options)},
        options.seed,
        plan.resamples,
        read.share,
    )


def _write(store: BacktestStore, tables: dict[str, Rows]) -> None:
    backtest_id = new_backtest_id()
    store.write(backtest_id, tables)
    logger.info(
        "backtest %s is written. `make build` takes it into the marts, then "
        "`make explore` shows it on the page",
        backtest_id,
    )


def short_backtest(project: DbtProject, options: FitOptions) -> dict[str, Rows] | None:
    """Forecast the newest half year in seconds, by one refresh; see `backtest_outlook`.

    The number of states is that of the model in use, and it learns from some of the
    users. So its scores are of those users, and its states are not examined; its sums
    are of all users.

    Parameters
    ----------
    project : DbtProject
    options : FitOptions
        As of a fit; what makes it slow is replaced.

    Returns
    -------
    dict or None
        None, with a line in the log, if no model is in use or there are too few weeks.
    """
    with connect(project.connection_uri) as connection:
        register = states_register(project)
        run_id = register.champion(connection)
        n_states = len(register.segments(connection, run_id)) if run_id else 0
    store, read = _store(project), _read(project, options)
    n_weeks = read.sample.weeks.n_weeks
    if not n_states or n_weeks < SHORT_WEEKS + LEAST_FIRST_WEEKS:
        logger.info(
            "no short backtest: found %d states in use and %d weeks; expected a model, "
            "and at least %d weeks",
            n_states,
            n_weeks,
            SHORT_WEEKS + LEAST_FIRST_WEEKS,
        )
        return None
    settings = replace(options.settings, polished_starts=1)
    plan = Plan(
        first_weeks=n_weeks - SHORT_WEEKS,
        refresh_weeks=SHORT_WEEKS,
        learn_users=_SHORT_USERS,
        examines=False,
        resamples=_SHORT_RESAMPLES,
    )
    quick = replace(
        options, n_states=(n_states,), n_starts=_SHORT_STARTS, settings=settings
    )
    tables = _scored(read, quick, plan)
    _write(store, tables)
    return tables


@dataclass(frozen=True, eq=False)
class _Read:
    """What was read from the warehouse.

    Attributes
    ----------
    features : tuple of Feature
        Of the model.
    sample : Sample
        With the rolling price.
    states : KnownStates or None
        Of its rows.
    share : float
        Share of all users in the sample.
    last_week_start : datetime.date
        Monday of its last week.
    """

    features: tuple[Feature, ...]
    sample: Sample
    states: KnownStates | None
    share: float
    last_week_start: dt.date


def _read(project: DbtProject, options: FitOptions) -> _Read:
    features = parse_features(project.vars["features"], project.vars["hmm.features"])
    names = dict.fromkeys([*(feature.name for feature in features), PRICE])
    with_price = parse_features(project.vars["features"], list(names))
    panel = Panel.of(project, with_price)
    summary = panel.check()
    sample = panel.read_sample(
        options.sample_users,
        options.sample_salt,
        options.holdout_share,
        options.holdout_salt,
    )
    states = read_known_states(project, panel, sample.weeks, options)
    share = sample.weeks.n_users / summary.n_users
    return _Read(features, sample, states, share, summary.last_week_start)


def _run(read: _Read, options: FitOptions, plan: Plan) -> Backtest:
    n_weeks = read.sample.weeks.n_weeks
    n_refreshes = len(refresh_weeks_of(n_weeks, plan.first_weeks, plan.refresh_weeks))
    with progress_bar(n_refreshes, "forecasting", "refreshes") as bar:

        def show(done: int, text: str) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(text)

        backtest = run_backtest(
            read.sample, read.features, options, plan, show, read.states
        )
    for refresh in backtest.refreshes:
        logger.info(
            "week %d: %d states of %s users' weeks%s",
            refresh.week + 1,
            refresh.n_states,
            f"{refresh.n_training_user_weeks:,}",
            "" if refresh.has_passed_guards else ", which fail their checks",
        )
    return backtest
