"""The fit from end to end: read, scale, fit, choose, decode, write back.

The one place where array code and warehouse code meet. Either side can be
replaced without the other knowing.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from user_states.console import format_table, progress_bar
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.decoding import DecodedTotals, decode, display_order, last_weeks
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fitting import FitResult
from user_states.hmm.parameters import HMMParameters
from user_states.naming.profiles import ProfileTotals, StateProfiles
from user_states.naming.state_names import AutomaticName, name_states
from user_states.naming.trait_words import trait_words
from user_states.outlook.outlook import Outlook, make_outlook
from user_states.outlook.state_outlook import StateOutlook, state_outlook
from user_states.outlook.state_rides import state_rides
from user_states.outlook.uncertainty import draw_parameters
from user_states.panel.features import Feature, parse_features
from user_states.panel.panel_reader import Panel, PanelSummary
from user_states.panel.training_data import ModelInput, TrainingData, training_data
from user_states.runs.panel_settings import panel_settings
from user_states.runs.promotion import Rules, promote
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.run_tables import FittedRun, new_run_id, run_tables
from user_states.runs.spool import AssignmentSpool, BeliefSpool
from user_states.selection.certificate import Certificate, Examiner
from user_states.selection.choice import Choice
from user_states.selection.guards import EVIDENCE_KINDS, Defect, check_model
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def fit_and_publish(project: DbtProject, options: FitOptions) -> str | None:
    """Fit a model on the panel, write it back, and make it the champion if sound.

    Returns
    -------
    str or None
        The run's id, None for a dry run.

    Raises
    ------
    UserError
        If the panel, the settings or the warehouse stand against it; nothing is
        written then. Or if the model fails its guards and was to be promoted
        without force; then it is written, and the champion stays.
    """
    entries = project.vars["features"]
    requested = parse_features(entries, project.vars["hmm.features"])
    panel = Panel.of(
        project,
        requested,
        parse_features(entries, [entry["name"] for entry in entries]),
    )
    store = RunStore(project.connection_uri, project.source("hmm", "runs")[0])
    store.check()
    with store.fit_lock(), tempfile.TemporaryDirectory() as folder:
        summary = panel.check()
        logger.info(
            "panel: %s user-weeks of %s users, %s to %s",
            f"{summary.n_user_weeks:,}",
            f"{summary.n_users:,}",
            summary.first_week_start,
            summary.last_week_start,
        )
        data = _read_training_data(panel, requested, options)
        examiner = Examiner.of(data, options)
        certificates = _fit_candidates(examiner, options)
        choice = _choose(examiner, certificates)
        fit = certificates[choice.n_states].fit
        with (
            AssignmentSpool(Path(folder) / "assignments.arrow") as assignments,
            BeliefSpool(Path(folder) / "beliefs.arrow") as beliefs,
        ):
            totals, profiles = _decode_everyone(
                panel, summary, data.input, fit, options, assignments, beliefs
            )
        order = display_order(totals.mean_rides)
        defects = _judge(fit, data.input, totals, order, choice, options)
        if options.dry_run:
            logger.info("dry run: nothing was written")
            return None
        run = FittedRun(
            run_id=new_run_id(choice.n_states),
            options=options,
            summary=summary,
            data=data,
            certificates=certificates,
            base=examiner.base,
            choice=choice,
            totals=totals,
            order=order,
            automatic_names=_automatic_names(profiles.permuted(order), entries),
            panel_settings=panel_settings(
                project.vars, [feature.name for feature in data.input.features]
            ),
            defects=defects,
            outlook=_look_ahead(fit, data, options).permuted(order),
            user_outlook=_learn_outlook(fit.parameters.permuted(order), data, options),
        )
        streams = {
            "state_assignments": partial(
                assignments.read, run.run_id, _state_ids(order)
            ),
            "filtered_beliefs": partial(beliefs.read, run.run_id, order),
        }
        _write(project, panel, store, run, streams)
        return run.run_id


def _write(
    project: DbtProject,
    panel: Panel,
    store: RunStore,
    run: FittedRun,
    streams: Mapping[str, Callable[[pa.Schema], pa.RecordBatchReader]],
) -> None:
    """Write a run, and promote it in the same transaction where it may be."""
    options = run.options
    is_sound = not run.defects
    is_promoted = options.promote and (is_sound or options.force)

    def then(connection: Connection) -> None:
        if is_promoted:
            register = RunRegister(store.tables)
            rules = Rules.of(project)
            promote(connection, register, run.run_id, rules, force=options.force)

    started = time.monotonic()
    store.write(
        run.run_id,
        run_tables(run),
        streams,
        lambda connection: panel.require_unchanged(connection, run.summary.fingerprint),
        then,
    )
    logger.info(
        "run %s %s, written in %.1f s",
        run.run_id,
        _standing(is_promoted=is_promoted, is_sound=is_sound),
        time.monotonic() - started,
    )
    if options.promote and not is_promoted:
        raise UserError(
            f"the model fails {len(run.defects)} of its checks: "
            + "; ".join(defect.text for defect in run.defects)
            + ". Expected none in a published model, so it was stored as "
            f"{run.run_id}, and the marts still show the previous run: ask for another "
            "number of states or other features, promote it all the same with `make "
            f'runs DO="promote {run.run_id} --force"`, or leave it: `make runs '
            'DO="prune"` takes out all but the newest'
        )


def _standing(*, is_promoted: bool, is_sound: bool) -> str:
    if not is_promoted:
        return "is stored, and is not the champion"
    if is_sound:
        return "is the champion"
    return "is the champion in spite of its defects, which the warnings above tell"


def _automatic_names(
    profiles: StateProfiles, entries: Sequence[Mapping[str, Any]]
) -> tuple[AutomaticName, ...]:
    return name_states(profiles, trait_words(entries))


def _read_training_data(
    panel: Panel, requested: tuple[Feature, ...], options: FitOptions
) -> TrainingData:
    sample = panel.read_sample(
        options.sample_users,
        options.sample_salt,
        options.holdout_share,
        options.holdout_salt,
    )
    if len(sample.X) == 0:
        raise UserError(
            f"none of the {options.sample_users} users of the sample has completed a "
            "ride; expected some: raise the var hmm.sample_users"
        )
    data = training_data(
        requested,
        sample.X,
        sample.lengths,
        sample.n_rides,
        sample.has_request,
        sample.is_held_out,
        options.emissions,
    )
    for item in data.input.dropped:
        logger.info("left out of the model: %s", item.reason)
    logger.info(
        "sample: %s user-weeks of %s users to fit on, %s held out; %s emissions of %s",
        f"{len(data.training.X):,}",
        f"{len(data.training.lengths):,}",
        f"{len(data.holdout.lengths):,}",
        options.emissions,
        ", ".join(feature.name for feature in data.input.features),
    )
    return data


def _fit_candidates(examiner: Examiner, options: FitOptions) -> dict[int, Certificate]:
    """Fit every number of states asked for, and measure each."""
    certificates: dict[int, Certificate] = {}
    with progress_bar(1, "fitting", "fits") as bar:

        def show(done: int, total: int, text: str) -> None:
            # Between two steps come the iterations: too many for lines.
            if bar.disable and done > bar.n:
                logger.info("%s", text)
            bar.n, bar.total = done, total
            bar.set_postfix_str(text)

        fits = examiner.fits(options.n_states, options.n_starts, show)
        for n_states, fit in fits:
            bar.set_postfix_str(f"{n_states} states: judging the starts")
            certificates[n_states] = examiner.certify(fit)
    for line in _certificate_table(certificates, examiner):
        logger.info(line)
    return certificates


def _choose(examiner: Examiner, certificates: dict[int, Certificate]) -> Choice:
    # How many become finalists shows only on the way.
    total = 0
    with progress_bar(0, "refitting on resampled users", "refits") as bar:

        def show(n_states: int, refit: int) -> None:
            nonlocal total
            if refit == 1:
                total += examiner.bootstrap_refits
                bar.total = total
            bar.set_postfix_str(f"{n_states} states")
            bar.update()

        choice = examiner.choose(certificates, show)
    logger.info("chosen: %s", choice.explanation)
    return choice


def _decode_everyone(
    panel: Panel,
    summary: PanelSummary,
    model_input: ModelInput,
    fit: FitResult,
    options: FitOptions,
    assignments: AssignmentSpool,
    beliefs: BeliefSpool,
) -> tuple[DecodedTotals, StateProfiles]:
    totals = DecodedTotals(fit.parameters.n_states)
    profiles = ProfileTotals(fit.parameters.n_states, panel.described)
    with progress_bar(summary.n_users, "decoding", "users") as bar:
        for chunk in panel.stream(summary.fingerprint):
            _require_finite(chunk.X[:, model_input.columns], model_input.features)
            X = model_input.transform(chunk.X, chunk.n_rides > 0, chunk.has_request)
            decoded = decode(fit.parameters, X, chunk.lengths)
            totals.update(decoded, chunk.lengths, chunk.n_rides)
            profiles.update(decoded.states, chunk.described, chunk.n_rides)
            assignments.append(chunk.keys, decoded.states, decoded.state_probabilities)
            is_last = last_weeks(chunk.lengths, options.belief_weeks)
            beliefs.append(chunk.keys.filter(is_last), decoded.filtered[is_last])
            bar.update(len(chunk.lengths))
    return totals, profiles.profiles()


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
    model_input: ModelInput,
    totals: DecodedTotals,
    order: IntArray,
    choice: Choice,
    options: FitOptions,
) -> list[Defect]:
    """Return the defects of the model on everyone, having told them."""
    on_everyone = check_model(
        fit.parameters.permuted(order),
        model_input.features,
        variance_floor=options.settings.variance_floor,
        state_shares=totals.state_shares[order],
        min_state_share=options.min_state_share,
        converged=fit.converged,
    )
    # What the sample showed of the model itself is here shown by everyone.
    shown_by_others = [
        defect
        for defect in choice.verdicts[choice.n_states].defects
        if defect.kind in EVIDENCE_KINDS
    ]
    defects = on_everyone + shown_by_others
    for defect in defects:
        logger.warning("warning: %s", defect.text)
    return defects


def _look_ahead(
    fit: FitResult, data: TrainingData, options: FitOptions
) -> StateOutlook:
    """Return what lies ahead of the model's states, in the model's own order."""
    features = [feature.name for feature in data.input.features]
    rides = state_rides(fit.parameters, data.training, features)
    draws = draw_parameters(
        fit.parameters,
        data.training,
        rides,
        variance_floor=options.settings.variance_floor,
        probability_floor=options.settings.probability_floor,
        seed=options.seed,
    )
    return state_outlook(fit.parameters.transition_matrix, rides.per_week, draws)


def _learn_outlook(
    parameters: HMMParameters, data: TrainingData, options: FitOptions
) -> Outlook:
    outlook = make_outlook(parameters, data, options.lapse_after_weeks)
    alone = [
        regression.target.name
        for regression in outlook.regressions
        if not regression.n_user_weeks
    ]
    if alone:
        logger.warning(
            "warning: the held-out users have too few weeks to learn %s from; what "
            "follows from the states alone stands there: raise hmm.holdout_share",
            ", ".join(alone),
        )
    return outlook


def _state_ids(order: IntArray) -> IntArray:
    """Return the number, from 1, that each of the model's states is shown by."""
    state_ids = np.empty_like(order)
    state_ids[order] = np.arange(1, len(order) + 1)
    return state_ids


def _certificate_table(
    certificates: dict[int, Certificate], examiner: Examiner
) -> list[str]:
    """Return the candidates as aligned lines."""
    header = (
        "states",
        "log-likelihood",
        "BIC",
        "next week",
        "smallest state",
        "at floor",
        "at the best",
        "defects",
    )
    lines = format_table(
        header,
        [
            (
                str(n_states),
                f"{row.best.log_likelihood:,.0f}",
                f"{row.best.criteria.bic:,.0f}",
                "" if row.best.scores is None else f"{row.best.scores.mean:.5f}",
                f"{row.best.state_shares.min():.2%}",
                str(row.best.n_floor_hits),
                f"{row.fit.n_at_best} of {row.fit.n_polished}",
                str(len(row.defects)),
            )
            for n_states, row in certificates.items()
        ],
    )
    if examiner.base is not None:
        lines.append(
            "next week: log score of held-out users' activity, in nats a user-week; "
            f"{examiner.base.mean:.5f} by the overall rate alone"
        )
    return lines
