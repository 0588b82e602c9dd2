"""A fit from end to end: read, scale, fit, choose, decode, write, promote.

Here array code and warehouse code meet; neither knows the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from user_states.console import format_table, progress_bar
from user_states.errors import UserError
from user_states.hmm.arrays import IntArray
from user_states.hmm.decoding import DecodedTotals, decode, display_order, last_weeks
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_result import FitResult
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.threads import read_ahead
from user_states.naming.current_stays import CurrentStays, current_stays
from user_states.naming.profiles import ProfileTotals, StateProfiles
from user_states.naming.state_names import name_states
from user_states.naming.trait_descriptions import trait_labels
from user_states.naming.word_rules import WORD_COLUMNS
from user_states.naming.word_truths import WordTotals, WordTruths
from user_states.outlook.expected_stays import expected_stays
from user_states.outlook.user_outlook import (
    UserOutlook,
    learn_state_outlook,
    learn_user_outlook,
)
from user_states.panel.features import parse_features
from user_states.panel.log_gaps import LogGaps
from user_states.panel.log_gaps_reader import read_log_gaps
from user_states.panel.panel_reader import Panel, PanelSummary
from user_states.panel.training_data import ModelInput, TrainingData, training_data
from user_states.panel.traits import without_traits
from user_states.panel.user_weeks import UserWeeks
from user_states.panel.weekly_values import all_weekly_values, value_names
from user_states.runs.assignments_and_beliefs import AssignmentSpool, BeliefSpool
from user_states.runs.panel_settings import panel_settings
from user_states.runs.promotion import promote
from user_states.runs.register_rows import new_run_id
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.run_tables import FittedRun, run_tables
from user_states.runs.states_model import states_model
from user_states.selection.certificate import Certificate, Examiner
from user_states.selection.choice import Choice
from user_states.selection.guards import (
    EVIDENCE_KINDS,
    Defect,
    check_log,
    check_model,
)
from user_states.selection.next_week_scores import UserScores
from user_states.selection.starts_in_words import starts_in_words
from user_states.spool_folders import spool_folder
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def fit_and_publish(project: DbtProject, options: FitOptions) -> str | None:
    """Fit a model on the panel, write it to the warehouse, and promote it if sound.

    Returns
    -------
    str or None
        The run's id; None for a dry run.

    Raises
    ------
    UserError
        If the panel, the settings or the warehouse do not allow a fit: then nothing is
        written. Or if the model fails checks and promotion was asked for without
        force: then the run is written, and the champion stays.
    """
    entries = project.vars["features"]
    requested = parse_features(entries, project.vars["hmm.features"])
    panel = Panel.of(
        project,
        requested,
        parse_features(entries, [entry["name"] for entry in entries]),
    )
    model = states_model(project)
    store = RunStore(project.connection_uri, model)
    store.check()
    with project.only_writer("fit"), spool_folder() as folder:
        summary = panel.check()
        logger.info(
            "panel: %s user-weeks of %s users, %s to %s",
            f"{summary.n_user_weeks:,}",
            f"{summary.n_users:,}",
            summary.first_week_start,
            summary.last_week_start,
        )
        gaps = read_log_gaps(project)
        data = _read_training_data(panel, options)
        examiner = Examiner.of(data, options)
        certificates, choice = _fit_and_choose(examiner, options)
        fit = certificates[choice.n_states].fit
        with (
            AssignmentSpool(folder / "assignments.arrow") as assignments,
            BeliefSpool(folder / "beliefs.arrow") as beliefs,
        ):
            totals, profiles, truths = _decode_everyone(
                panel, summary, data.input, fit, options, assignments, beliefs
            )
        order = display_order(totals.mean_rides)
        defects = _judge(fit, data.input, totals, order, choice, options, gaps)
        if options.dry_run:
            logger.info("dry run: nothing was written")
            return None
        parameters = fit.parameters.permuted(order)
        user_outlook = _learn_outlook(parameters, data, options)
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
            automatic_names=name_states(
                truths.permuted(order),
                profiles.permuted(order),
                trait_labels(entries),
                choice.finding,
            ),
            word_truths=truths.permuted(order),
            panel_settings=panel_settings(
                project.vars, [feature.name for feature in data.input.features]
            ),
            defects=defects,
            outlook=learn_state_outlook(
                parameters, user_outlook, data, options.settings, options.seed
            ),
            user_outlook=user_outlook,
            stays=expected_stays(parameters, data.training, data.input, options.seed),
        )
        streams = {
            "state_assignments": partial(
                assignments.read, run.run_id, _state_ids(order)
            ),
            "filtered_beliefs": partial(beliefs.read, run.run_id, order),
        }
        _write(model, panel, store, run, streams)
        return run.run_id


def _write(
    model: RegisteredModel,
    panel: Panel,
    store: RunStore,
    run: FittedRun,
    streams: Mapping[str, Callable[[pa.Schema], pa.RecordBatchReader]],
) -> None:
    """Write a run and, if it may be promoted, promote it in the same transaction."""
    options = run.options
    is_sound = not run.defects
    is_promoted = options.promote and (is_sound or options.force)

    def then(connection: Connection) -> None:
        if is_promoted:
            register = RunRegister(model)
            promote(connection, register, run.run_id, force=options.force)

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
            + ". Expected no failed check in a published model, so it was stored as "
            f"{run.run_id} and the marts still show the previous run. Ask for another "
            "number of states or other features, promote it anyway with `make runs "
            f'DO="promote {run.run_id} --force"`, or leave it: `make runs DO="prune"` '
            "deletes all but the newest runs"
        )


def _standing(*, is_promoted: bool, is_sound: bool) -> str:
    if not is_promoted:
        return "is stored but not promoted"
    if is_sound:
        return "is the champion"
    return "is the champion despite the defects in the warnings above"


def _read_training_data(panel: Panel, options: FitOptions) -> TrainingData:
    sample = panel.read_sample(
        options.sample_users,
        options.sample_salt,
        options.holdout_share,
        options.holdout_salt,
    )
    if sample.weeks.n_rows == 0:
        raise UserError(
            f"none of the {options.sample_users} users of the sample has completed a "
            "ride; expected some: raise the var hmm.sample_users"
        )
    sample, traits = without_traits(
        sample, options.max_trait_ratio, drops=options.drops_traits
    )
    for line in traits.lines:
        logger.info("%s", line)
    for warning in traits.warnings:
        logger.warning("%s", warning)
    data = training_data(sample, options.emissions)
    for item in data.input.dropped:
        logger.info("left out of the model: %s", item.reason)
    logger.info(
        "sample: %s user-weeks of %s users to fit on, %s held out; %s emissions of %s",
        f"{data.training.n_rows:,}",
        f"{data.training.n_users:,}",
        f"{data.holdout.n_users:,}",
        options.emissions,
        ", ".join(data.training.names),
    )
    return data


def _fit_and_choose(
    examiner: Examiner, options: FitOptions
) -> tuple[dict[int, Certificate], Choice]:
    """Fit every requested number of states, measure each fit, and choose one."""
    certificates: dict[int, Certificate] = {}
    n_refits = 0
    with progress_bar(1, "fitting", "fits") as bar:

        def show(done: int, total: int, text: str) -> None:
            # Between two steps come iterations: too many to log.
            if bar.disable and done + n_refits > bar.n:
                logger.info("%s", text)
            bar.n, bar.total = done + n_refits, total + n_refits
            bar.set_postfix_str(text)

        def show_refit(n_states: int, refit: int) -> None:
            nonlocal n_refits
            # How many numbers of states need refits is not known in advance.
            n_refits += 1
            bar.total = (bar.total or 0) + 1
            bar.update()
            bar.set_postfix_str(f"{n_states} states, refit {refit} on resampled users")

        fits = examiner.fits(options.n_states, options.n_starts, show)
        for n_states, fit in fits:
            bar.set_postfix_str(f"{n_states} states: judging the starts")
            certificates[n_states] = examiner.certify(fit)
        choice = examiner.choose(certificates, show_refit)
    for line in _certificate_table(certificates, examiner):
        logger.info(line)
    logger.info("chosen: %s", choice.explanation)
    return certificates, choice


def _decode_everyone(
    panel: Panel,
    summary: PanelSummary,
    model_input: ModelInput,
    fit: FitResult,
    options: FitOptions,
    assignments: AssignmentSpool,
    beliefs: BeliefSpool,
) -> tuple[DecodedTotals, StateProfiles, WordTruths]:
    totals = DecodedTotals(fit.parameters.n_states)
    words = WordTotals(fit.parameters.n_states)
    profiles = ProfileTotals(fit.parameters.n_states, value_names(panel.described))
    with progress_bar(summary.n_users, "decoding", "users") as bar:
        for keys, weeks in read_ahead(panel.stream(summary.fingerprint)):
            _require_finite(weeks.select(model_input.features))
            decoded = decode(fit.parameters, model_input.transform(weeks))
            totals.update(decoded, weeks.lengths, weeks.n_rides)
            described = all_weekly_values(weeks, panel.described)
            profiles.update(decoded.states, described, weeks.n_rides)
            words.update(_current_stays(decoded.states, weeks))
            assignments.append(keys, decoded)
            is_last = last_weeks(weeks.lengths, options.belief_weeks)
            beliefs.append(keys.filter(is_last), decoded.filtered[is_last])
            bar.update(weeks.n_users)
    return totals, profiles.profiles(), words.truths()


def _current_stays(states: IntArray, weeks: UserWeeks) -> CurrentStays:
    """Return the stays that words of names are tested on."""
    columns = [name for name in WORD_COLUMNS if name in weeks.column_names]
    counts = dict(zip(columns, weeks.values(columns).T, strict=True))
    return current_stays(states, weeks.lengths, weeks.n_rides, counts)


def _require_finite(weeks: UserWeeks) -> None:
    n_bad = np.count_nonzero(~np.isfinite(weeks.X), axis=0)
    if n_bad.any():
        worst = int(n_bad.argmax())
        raise UserError(
            f"got {n_bad[worst]} values of {weeks.column_names[worst]} that are "
            "missing, NaN or infinite, for users outside the sample; expected a "
            "number in every row that the model reads: correct the rides it comes from "
            "(a price of NaN, say) and rebuild the panel"
        )


def _judge(
    fit: FitResult,
    model_input: ModelInput,
    totals: DecodedTotals,
    order: IntArray,
    choice: Choice,
    options: FitOptions,
    gaps: LogGaps,
) -> list[Defect]:
    """Return the defects of the rides and of the model on all users, and log them."""
    on_everyone = check_model(
        fit.parameters.permuted(order),
        model_input.features,
        variance_floor=options.settings.variance_floor,
        state_shares=totals.state_shares[order],
        min_state_share=options.min_state_share,
        median_stays=totals.stays.medians[order],
        min_stay_weeks=options.min_stay_weeks,
        converged=fit.converged,
    )
    # Of the sample's verdict only the evidence from other fits and users is kept: the
    # model itself was just checked on everyone.
    from_evidence = [
        defect
        for defect in choice.verdicts[choice.n_states].defects
        if defect.kind in EVIDENCE_KINDS
    ]
    defects = check_log(gaps) + on_everyone + from_evidence
    for defect in defects:
        logger.warning("warning: %s", defect.text)
    return defects


def _learn_outlook(
    parameters: HMMParameters, data: TrainingData, options: FitOptions
) -> UserOutlook:
    outlook = learn_user_outlook(
        parameters, data, options.lapse_after_weeks, options.settings
    )
    without_regression = [
        regression.target.name
        for regression in outlook.regressions
        if not regression.n_user_weeks
    ]
    if without_regression:
        logger.warning(
            "warning: the sample has too few weeks to learn %s from, so the forecast "
            "from the states alone is published until there are more rides",
            ", ".join(without_regression),
        )
    without_states = [
        regression.target.name
        for regression in outlook.regressions
        if not regression.uses_states
    ]
    if without_states:
        logger.info(
            "outlook: in the newest weeks %s was forecast as well without the states, "
            "so it is made of users' past rides only",
            ", ".join(without_states),
        )
    return outlook


def _state_ids(order: IntArray) -> IntArray:
    """Return the displayed number, from 1, of each of the model's states."""
    state_ids = np.empty_like(order)
    state_ids[order] = np.arange(1, len(order) + 1)
    return state_ids


def _mean(scores: UserScores | None) -> str:
    return "–" if scores is None else f"{scores.mean:.5f}"


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
                _mean(row.compared_scores),
                f"{row.best.state_shares.min():.2%}",
                str(row.best.n_floor_hits),
                starts_in_words(row.fit.n_at_best, row.fit.n_polished),
                str(len(row.defects)),
            )
            for n_states, row in certificates.items()
        ],
    )
    if examiner.base is not None:
        lines.append(
            "next week: log score of held-out users' activity, in nats a user-week; "
            f"the overall activity rate alone scores {examiner.base.mean:.5f}"
        )
    return lines
