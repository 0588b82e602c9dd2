"""The fit from end to end: read, scale, fit, choose, decode, write back.

The one place where array code and warehouse code meet. Either side can be
replaced without the other knowing.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from console import format_table, progress_bar
from errors import UserError
from segmentation.arrays import FloatArray, IntArray, user_blocks
from segmentation.decoding import DecodedTotals, decode, display_order
from segmentation.features import Feature, parse_features
from segmentation.fit_options import FitOptions
from segmentation.fitting import FitResult, fit_starts
from segmentation.guards import Defect, check_model
from segmentation.panel import CHUNK_ROWS, Panel, PanelSummary
from segmentation.registry import Registry
from segmentation.run_tables import Run, new_run_id, run_tables
from segmentation.selection import (
    Choice,
    SelectionRow,
    choose_n_states,
    selection_row,
)
from segmentation.spool import AssignmentSpool
from segmentation.training_data import TrainingData, training_data
from warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def fit_and_publish(project: DbtProject, options: FitOptions) -> str | None:
    """Fit a model on the panel and make it the champion.

    Returns
    -------
    str or None
        The run's id, None for a dry run.

    Raises
    ------
    UserError
        If the panel, the settings or the warehouse stand against it, or the
        model fails its guards and is not forced; nothing is written then.
    """
    requested = parse_features(project.vars["features"], project.vars["hmm_features"])
    panel = Panel(
        project.connection_uri,
        project.relation("user_week_panel"),
        project.relation("int_latest_complete_week"),
        requested,
    )
    registry = Registry(project.connection_uri, project.source("hmm", "runs")[0])
    registry.check()
    with registry.fit_lock(), tempfile.TemporaryDirectory() as folder:
        summary = panel.check()
        logger.info(
            "panel: %s user-weeks of %s users, %s to %s",
            f"{summary.n_user_weeks:,}",
            f"{summary.n_users:,}",
            summary.first_week_start,
            summary.last_week_start,
        )
        data = _read_training_data(panel, requested, options)
        fits, rows, choice = _fit_candidates(data, options)
        fit = fits[choice.n_states]
        with AssignmentSpool(Path(folder) / "assignments.arrow") as spool:
            totals = _decode_everyone(panel, summary, data, fit, spool)
        order = display_order(totals.mean_rides)
        defects = _judge(fit, data, totals, order, options)
        if options.dry_run:
            logger.info("dry run: nothing was written")
            return None
        run = Run(
            run_id=new_run_id(choice.n_states),
            options=options,
            summary=summary,
            data=data,
            fits=fits,
            rows=rows,
            choice=choice,
            totals=totals,
            order=order,
            defects=defects,
        )
        started = time.monotonic()
        registry.publish(
            run.run_id,
            run_tables(run),
            lambda schema: spool.read(run.run_id, _state_ids(order), schema),
            lambda connection: panel.require_unchanged(connection, summary.fingerprint),
            is_forced=bool(defects),
        )
        logger.info(
            "run %s is the champion, written in %.1f s",
            run.run_id,
            time.monotonic() - started,
        )
        return run.run_id


def _read_training_data(
    panel: Panel, requested: tuple[Feature, ...], options: FitOptions
) -> TrainingData:
    sample = panel.read_sample(options.sample_users, options.sample_salt)
    if len(sample.X) == 0:
        raise UserError(
            f"none of the {options.sample_users} users of the sample has completed a "
            "ride; expected some: raise the var hmm_sample_users"
        )
    data = training_data(requested, sample.X, sample.lengths)
    for item in data.dropped:
        logger.info("left out of the model: %s", item.reason)
    logger.info(
        "sample: %s user-weeks of %s users; the model reads %s",
        f"{len(data.X):,}",
        f"{len(data.lengths):,}",
        ", ".join(feature.name for feature in data.features),
    )
    return data


def _fit_candidates(
    data: TrainingData, options: FitOptions
) -> tuple[dict[int, FitResult], dict[int, SelectionRow], Choice]:
    """Fit every number of states asked for, and choose one."""
    fits: dict[int, FitResult] = {}
    rows: dict[int, SelectionRow] = {}
    n_steps = len(options.n_states) * (options.n_starts + 1)
    with progress_bar(n_steps, "fitting", "fits") as bar:
        for n_states in options.n_states:

            def show(
                done: int, total: int, text: str, n_states: int = n_states
            ) -> None:
                n_done = len(fits) * (options.n_starts + 1) + done
                # Between two steps come the iterations: too many for lines.
                if bar.disable and n_done > bar.n:
                    logger.info("%d states: %s", n_states, text)
                bar.n = n_done
                bar.set_postfix_str(f"{n_states} states, {text}")

            fit = fit_starts(
                data.X,
                data.lengths,
                n_states,
                options.n_starts,
                options.seed,
                options.settings,
                on_progress=show,
            )
            totals = _decode_sample(fit, data)
            as_fitted = np.arange(n_states)
            defects = _defects(fit, data, totals.state_shares, as_fitted, options)
            fits[n_states] = fit
            rows[n_states] = selection_row(fit, totals.state_shares, len(defects))
    for line in _selection_table(list(rows.values())):
        logger.info(line)
    choice = choose_n_states(list(rows.values()))
    logger.info("chosen: %s", choice.explanation)
    return fits, rows, choice


def _decode_sample(fit: FitResult, data: TrainingData) -> DecodedTotals:
    totals = DecodedTotals(fit.parameters.n_states)
    for rows, lengths in user_blocks(data.lengths, CHUNK_ROWS):
        decoded = decode(fit.parameters, data.X[rows], lengths)
        totals.update(decoded, lengths, np.zeros(len(decoded.states)))
    return totals


def _decode_everyone(
    panel: Panel,
    summary: PanelSummary,
    data: TrainingData,
    fit: FitResult,
    spool: AssignmentSpool,
) -> DecodedTotals:
    totals = DecodedTotals(fit.parameters.n_states)
    with progress_bar(summary.n_users, "decoding", "users") as bar:
        for chunk in panel.stream(summary.fingerprint):
            _require_finite(chunk.X[:, data.columns], data.features)
            X = data.scaling.transform(chunk.X[:, data.columns])
            decoded = decode(fit.parameters, X, chunk.lengths)
            totals.update(decoded, chunk.lengths, chunk.n_rides)
            spool.append(chunk.keys, decoded.states, decoded.state_probabilities)
            bar.update(len(chunk.lengths))
    return totals


def _require_finite(X: FloatArray, features: Sequence[Feature]) -> None:
    n_bad = np.count_nonzero(~np.isfinite(X), axis=0)
    if n_bad.any():
        worst = int(n_bad.argmax())
        raise UserError(
            f"got {n_bad[worst]} values of {features[worst].name} that are missing, "
            "NaN or infinite, of users outside the sample; expected a number in every "
            "row that the model reads: mend the rides that it is made of (a price of "
            "NaN, say), and build the panel again"
        )


def _judge(
    fit: FitResult,
    data: TrainingData,
    totals: DecodedTotals,
    order: IntArray,
    options: FitOptions,
) -> list[Defect]:
    """Return the defects of the model on everyone, and stop if it has any."""
    defects = _defects(fit, data, totals.state_shares, order, options)
    for defect in defects:
        logger.warning("warning: %s", defect.text)
    if defects and not (options.force or options.dry_run):
        raise UserError(
            f"the model has {len(defects)} defects: "
            + "; ".join(defect.text for defect in defects)
            + ". Expected none in a published model, so nothing was written: ask for "
            "another number of states or other features, or publish it all the same "
            "with --force"
        )
    return defects


def _defects(
    fit: FitResult,
    data: TrainingData,
    state_shares: FloatArray,
    order: IntArray,
    options: FitOptions,
) -> list[Defect]:
    return check_model(
        fit.parameters.permuted(order),
        data.features,
        variance_floor=options.settings.variance_floor,
        state_shares=state_shares[order],
        min_state_share=options.min_state_share,
        converged=fit.converged,
    )


def _state_ids(order: IntArray) -> IntArray:
    """Return the number, from 1, that each of the model's states is shown by."""
    state_ids = np.empty_like(order)
    state_ids[order] = np.arange(1, len(order) + 1)
    return state_ids


def _selection_table(rows: Sequence[SelectionRow]) -> list[str]:
    """Return the candidates as aligned lines."""
    header = (
        "states",
        "log-likelihood",
        "AIC",
        "BIC",
        "smallest state",
        "at floor",
        "defects",
    )
    return format_table(
        header,
        [
            (
                str(row.n_states),
                f"{row.log_likelihood:,.0f}",
                f"{row.aic:,.0f}",
                f"{row.bic:,.0f}",
                f"{row.min_state_share:.2%}",
                str(row.n_floor_hits),
                str(row.n_defects),
            )
            for row in rows
        ],
    )
