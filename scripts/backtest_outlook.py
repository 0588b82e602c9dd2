"""Forecast the weeks that have passed, each from what was known before it.

python scripts/backtest_outlook.py [--users N] [--first-weeks 26] [--refresh-weeks 13]
    [--states 2-8] [--starts N] [--dry-run] [--target NAME] [--vars YAML]

Reads the panel, fits anew at every refresh, and writes the figures to the tables
hmm.backtest*; `dbt build` then shows them as outlook_backtest and its companions. No
run is published. What is not given comes from the vars hmm_* of dbt_project.yml.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from user_states.backtest.backtest_store import BacktestStore
from user_states.backtest.backtest_tables import Rows, backtest_tables, new_backtest_id
from user_states.backtest.forecast_comparison import LEVEL, MEASURES
from user_states.backtest.rolling_origins import (
    Backtest,
    WeeksOfUsers,
    refresh_weeks_of,
    run_backtest,
)
from user_states.commands.options import add_dbt_options, parse_states, positive
from user_states.console import format_table, progress_bar, run_command
from user_states.hmm.fit_options import FitOptions
from user_states.panel.features import column_indices, parse_features
from user_states.panel.panel_reader import Panel
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

DEFAULT_STATES = tuple(range(2, 9))
# What recency, frequency and value take for value.
PRICE = "rolling_avg_price"


def main() -> None:
    """Parse the command line, forecast, and print the figures."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = FitOptions.from_vars(
        project.vars,
        n_states=arguments.states,
        n_starts=arguments.starts,
        sample_users=arguments.users,
    )
    tables = backtest_outlook(
        project,
        options,
        arguments.first_weeks,
        arguments.refresh_weeks,
        dry_run=arguments.dry_run,
    )
    print("\n".join(describe(tables)))


def backtest_outlook(
    project: DbtProject,
    options: FitOptions,
    first_weeks: int,
    refresh_weeks: int,
    *,
    dry_run: bool = False,
) -> dict[str, Rows]:
    """Forecast the past weeks of the panel, write the figures, and return them.

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
        If the panel, the settings or the warehouse stand against it, or there are
        too few weeks.
    """
    started = time.monotonic()
    store = BacktestStore(project.connection_uri, project.source("hmm", "backtests")[0])
    store.check()
    weeks, last_week_start = _read_weeks(project, options)
    backtest = _run(weeks, options, first_weeks, refresh_weeks)
    settings = {
        "first_weeks": first_weeks,
        "refresh_weeks": refresh_weeks,
        **asdict(options),
    }
    tables = backtest_tables(
        backtest, last_week_start, weeks.n_weeks, settings, options.seed
    )
    if not dry_run:
        backtest_id = new_backtest_id()
        store.write(backtest_id, tables)
        logger.info(
            "backtest %s is written: `make build` brings it into the marts, and "
            "`make explore` onto the page",
            backtest_id,
        )
    logger.info("%.0f s", time.monotonic() - started)
    return tables


def _read_weeks(
    project: DbtProject, options: FitOptions
) -> tuple[WeeksOfUsers, dt.date]:
    """Return the sample's weeks, and the Monday of the last of them."""
    names = list(project.vars["hmm.features"])
    requested = parse_features(project.vars["features"], names)
    with_price = parse_features(
        project.vars["features"], list(dict.fromkeys([*names, PRICE]))
    )
    panel = Panel.of(project, with_price)
    summary = panel.check()
    sample = panel.read_sample(
        options.sample_users,
        options.sample_salt,
        options.holdout_share,
        options.holdout_salt,
    )
    (price_column,) = column_indices(
        with_price, [feature for feature in with_price if feature.name == PRICE]
    )
    weeks = WeeksOfUsers(
        features=requested,
        X=sample.X[:, column_indices(with_price, requested)],
        lengths=sample.lengths,
        n_rides=sample.n_rides,
        price=sample.X[:, price_column],
        has_request=sample.has_request,
        is_held_out=sample.is_held_out,
    )
    return weeks, summary.last_week_start


def _run(
    weeks: WeeksOfUsers, options: FitOptions, first_weeks: int, refresh_weeks: int
) -> Backtest:
    n_refreshes = len(refresh_weeks_of(weeks.n_weeks, first_weeks, refresh_weeks))
    with progress_bar(n_refreshes, "forecasting", "refreshes") as bar:

        def show(done: int, text: str) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(text)

        backtest = run_backtest(weeks, options, first_weeks, refresh_weeks, show)
    for refresh in backtest.refreshes:
        logger.info(
            "week %d: %d states of %s users' weeks%s",
            refresh.week + 1,
            refresh.n_states,
            f"{refresh.n_training_user_weeks:,}",
            "" if refresh.has_passed_guards else ", which do not pass the checks",
        )
    return backtest


def describe(tables: Mapping[str, Rows]) -> list[str]:
    """Return the figures of all origins together, as aligned lines."""
    (backtest,) = tables["backtests"]
    differences = {
        (row["rival"], row["measure"]): row for row in tables["backtest_differences"]
    }
    rows = []
    for row in tables["backtest_scores"]:
        if row["origin_week_start"] is not None:
            continue
        gains = [
            "" if row["is_published"] else _interval(differences[row["model"], measure])
            for measure in MEASURES
        ]
        figures = (
            "log_loss",
            "brier_score",
            "auc",
            "calibration_intercept",
            "calibration_slope",
            "calibration_error",
            "lift_top_tenth",
        )
        rows.append((row["model"], *(_figure(row[name]) for name in figures), *gains))
    header = (
        "model",
        "log loss",
        "Brier",
        "AUC",
        "intercept",
        "slope",
        "error",
        "lift",
        *(f"gain in {measure.replace('_', ' ')}" for measure in MEASURES),
    )
    first, last = (backtest[f"{end}_origin_week_start"] for end in ("first", "last"))
    opening = (
        f"{backtest['n_user_weeks']:,} forecasts for {backtest['n_users']:,} users, "
        f"from {first} to {last}; gains of the published one, with {LEVEL:.0%} "
        "intervals by user:"
    )
    return [
        opening,
        *format_table(header, rows),
    ]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{row['difference']:.4f} ({row['low']:.4f} to {row['high']:.4f})"


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--users", type=positive, metavar="N", help="users to read, by hash"
    )
    parser.add_argument(
        "--first-weeks",
        type=positive,
        default=26,
        metavar="N",
        help="weeks that the first forecast learns from; by default 26",
    )
    parser.add_argument(
        "--refresh-weeks",
        type=positive,
        default=13,
        metavar="N",
        help="weeks from one refresh to the next; by default 13",
    )
    parser.add_argument(
        "--states",
        type=parse_states,
        default=DEFAULT_STATES,
        metavar="K",
        help="8, or a range; by default 2-8",
    )
    parser.add_argument(
        "--starts", type=positive, metavar="N", help="starts of EM for each number"
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
