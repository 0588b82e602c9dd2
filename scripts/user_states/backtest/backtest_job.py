"""The backtest from end to end: read the panel, forecast past weeks, write scores."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict

from user_states.backtest.backtest_store import BacktestStore
from user_states.backtest.backtest_tables import backtest_tables, new_backtest_id
from user_states.backtest.rivals import PRICE
from user_states.backtest.rolling_origins import (
    Backtest,
    refresh_weeks_of,
    run_backtest,
)
from user_states.console import progress_bar
from user_states.hmm.fit_options import FitOptions
from user_states.panel.features import Feature, parse_features
from user_states.panel.panel_reader import Panel
from user_states.panel.user_weeks import Sample
from user_states.runs.table_writer import Rows
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def backtest_outlook(
    project: DbtProject,
    options: FitOptions,
    first_weeks: int,
    refresh_weeks: int,
    *,
    dry_run: bool = False,
) -> dict[str, Rows]:
    """Forecast the past weeks of the panel, write the scores, and return them.

    Parameters
    ----------
    project : DbtProject
    options : FitOptions
        How every refresh fits.
    first_weeks : int
        Weeks that the first refresh learns from.
    refresh_weeks : int
        Weeks from one refresh to the next.
    dry_run : bool
        Write nothing.

    Raises
    ------
    UserError
        If the panel, the settings or the warehouse do not allow it, or there are too
        few weeks.
    """
    started = time.monotonic()
    store = BacktestStore(project.connection_uri, project.source("hmm", "backtests")[0])
    store.check()
    features = parse_features(project.vars["features"], project.vars["hmm.features"])
    sample, last_week_start = _read_sample(project, features, options)
    backtest = _run(sample, features, options, first_weeks, refresh_weeks)
    settings = {
        "first_weeks": first_weeks,
        "refresh_weeks": refresh_weeks,
        **asdict(options),
    }
    tables = backtest_tables(
        backtest, last_week_start, sample.weeks.n_weeks, settings, options.seed
    )
    if not dry_run:
        backtest_id = new_backtest_id()
        store.write(backtest_id, tables)
        logger.info(
            "backtest %s is written. `make build` takes it into the marts, then "
            "`make explore` shows it on the page",
            backtest_id,
        )
    logger.info("%.0f s", time.monotonic() - started)
    return tables


def _read_sample(
    project: DbtProject, features: Sequence[Feature], options: FitOptions
) -> tuple[Sample, dt.date]:
    """Return the sample, with the rolling price, and the Monday of its last week."""
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
    return sample, summary.last_week_start


def _run(
    sample: Sample,
    features: Sequence[Feature],
    options: FitOptions,
    first_weeks: int,
    refresh_weeks: int,
) -> Backtest:
    n_weeks = sample.weeks.n_weeks
    n_refreshes = len(refresh_weeks_of(n_weeks, first_weeks, refresh_weeks))
    with progress_bar(n_refreshes, "forecasting", "refreshes") as bar:

        def show(done: int, text: str) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(text)

        backtest = run_backtest(
            sample, features, options, first_weeks, refresh_weeks, show
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
