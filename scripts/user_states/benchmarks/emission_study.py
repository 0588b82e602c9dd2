"""Gaussian and mixed emissions compared on the panel of a warehouse."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from user_states.benchmarks.emission_comparison import (
    Comparison,
    Contender,
    ContenderOutcome,
    TruthAgreement,
    contenders,
    fit_and_choose,
)
from user_states.console import progress_bar
from user_states.hmm.arrays import IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.panel.features import parse_features
from user_states.panel.panel_reader import Panel, PanelSummary
from user_states.panel.training_data import training_data
from user_states.panel.user_weeks import Sample
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.selection.stability import mean_adjusted_rand
from user_states.warehouse.connection import connect, fetch_all
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def compare(
    project: DbtProject, options: FitOptions, *, with_count: bool
) -> Comparison:
    """Fit every contender on the sample, and score it.

    Parameters
    ----------
    project : DbtProject
    options : FitOptions
        How each contender is fitted; the emissions are the contender's own.
    with_count : bool
        As of `contenders`.

    Raises
    ------
    UserError
        If the panel or the settings do not allow it, or the panel changes meanwhile.
    """
    requested = parse_features(project.vars["features"], project.vars["hmm.features"])
    wanted = contenders(requested, with_count)
    panel = Panel.of(project, requested)
    summary = panel.check()
    sample = panel.read_sample(
        options.sample_users,
        options.sample_salt,
        options.holdout_share,
        options.holdout_salt,
    )
    outcomes = tuple(_judge(contender, sample, options) for contender in wanted)
    n_holdout = int(sample.is_held_out.sum())
    return Comparison(
        outcomes=outcomes,
        n_training=sample.weeks.n_users - n_holdout,
        n_holdout=n_holdout,
        seed=options.seed,
        agreement=_agreement(project.connection_uri, panel, summary, outcomes),
    )


def _judge(
    contender: Contender, sample: Sample, options: FitOptions
) -> ContenderOutcome:
    # The contender's features are the same columns with other evidence.
    weeks = replace(sample.weeks, features=contender.features)
    data = training_data(replace(sample, weeks=weeks), contender.emissions)
    with progress_bar(1, contender.name, "steps") as bar:

        def show(done: int, total: int, text: str) -> None:
            if bar.disable and done > bar.n:
                logger.info("%s: %s", contender.name, text)
            bar.n, bar.total = done, total
            bar.set_postfix_str(text)

        def show_refit(n_states: int, refit: int) -> None:
            bar.set_postfix_str(f"{n_states} states, refit {refit}")

        return fit_and_choose(contender, data, options, show, show_refit)


def _agreement(
    uri: str, panel: Panel, summary: PanelSummary, outcomes: Sequence[ContenderOutcome]
) -> TruthAgreement | None:
    """Decode everyone and compare with the true states, if the warehouse has them."""
    truth = _read_truth(uri)
    if truth is None:
        return None
    true: list[IntArray] = []
    decoded: list[list[IntArray]] = [[] for _ in outcomes]
    n_rows = 0
    with progress_bar(summary.n_users, "decoding", "users") as bar:
        for keys, weeks in panel.stream(summary.fingerprint):
            rows, states = _known_rows(keys, truth)
            true.append(states)
            n_rows += keys.num_rows
            for outcome, parts in zip(outcomes, decoded, strict=True):
                parts.append(outcome.decode(weeks)[rows])
            bar.update(weeks.n_users)
    known = np.concatenate(true)
    if len(known) == 0:
        return None
    return TruthAgreement(
        rand_indices=tuple(
            mean_adjusted_rand([known, np.concatenate(parts)]) for parts in decoded
        ),
        n_user_weeks=len(known),
        n_without_truth=n_rows - len(known),
    )


def _read_truth(uri: str) -> pa.Table | None:
    """Return the simulated state of every user and week, numbered from 1."""
    relation = f"{TRUTH_SCHEMA}.user_weekly_truth"
    with connect(uri) as connection:
        ((exists,),) = fetch_all(
            connection, f"select to_regclass('{relation}') is not null"
        )
        if not exists:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select
                    user_id,
                    week_start,
                    dense_rank() over (order by state) as state
                from {relation}
                """
            )
            return cursor.fetch_arrow_table()


def _known_rows(keys: pa.Table, truth: pa.Table) -> tuple[IntArray, IntArray]:
    """Return the rows of `keys` that have a true state, and these states."""
    numbered = keys.append_column("row", pa.array(np.arange(keys.num_rows)))
    joined = numbered.join(truth, keys=["user_id", "week_start"], join_type="inner")
    return joined.column("row").to_numpy(), joined.column("state").to_numpy()
