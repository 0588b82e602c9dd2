"""Fits of propensities from end to end: read, certify, write, promote; each target.

Here array code and warehouse code meet; neither knows the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from user_states.console import progress_bar
from user_states.errors import UserError
from user_states.fit.finished_run import FinishedRun, keep_run
from user_states.fit.propensity_reader import (
    OUTCOME_COLUMNS,
    PropensityReader,
    ReadPropensities,
    ReadTarget,
)
from user_states.propensity.candidate_models import CANDIDATE_MODELS, CandidateModel
from user_states.propensity.hindsight_identity import require_no_hindsight
from user_states.propensity.propensity_certificate import (
    PropensitySettings,
    certify_propensity,
)
from user_states.propensity.propensity_rows import PropensityRows
from user_states.propensity.required_rows import require_known_outcomes
from user_states.runs.propensity_details import certified_candidates
from user_states.runs.propensity_model import (
    PROPENSITIES,
    propensity_model,
    propensity_settings,
)
from user_states.runs.propensity_refusals import keep_refusals
from user_states.runs.propensity_tables import PropensityRun, PropensityTarget
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.run_options import USUAL_RUN, RunOptions
from user_states.runs.run_store import RunStore
from user_states.runs.table_writer import Rows
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


@dataclass(frozen=True)
class PropensityOptions:
    """The options of scripts/propensity.py.

    Attributes
    ----------
    targets : tuple of str
        Targets to fit; all of the seed if there are none.
    seed : int
    run : RunOptions
        With force, the chosen models are published even if they are not worth it, or
        may leak.
    candidates : tuple of CandidateModel
        Kinds of models to try.
    """

    targets: tuple[str, ...] = ()
    seed: int = 1
    run: RunOptions = USUAL_RUN
    candidates: tuple[CandidateModel, ...] = CANDIDATE_MODELS

    @classmethod
    def from_vars(
        cls,
        project_vars: Mapping[str, Any],
        targets: Sequence[str] = (),
        run: RunOptions = USUAL_RUN,
    ) -> Self:
        """Return the options that vars and a command line give."""
        seed = int(project_vars["propensity_seed"])
        return cls(tuple(targets), seed, run)


@dataclass(frozen=True)
class FittedPropensity:
    """What came of one target.

    Attributes
    ----------
    target : str
    run_id : str or None
        None for a dry run, and if it could not be fitted.
    is_champion : bool
    refusal : str or None
        Why it could not be fitted.
    """

    target: str
    run_id: str | None
    is_champion: bool
    refusal: str | None = None


def fit_propensities(
    project: DbtProject, options: PropensityOptions
) -> list[FittedPropensity]:
    """Fit every target, write its run, and promote it if it is worth it.

    A target that cannot be fitted, for example because too few did it, is logged, and
    the others go on. The reason is stored.

    Raises
    ------
    UserError
        If the tables, the settings or the warehouse do not allow a fit, if features
        know what was found later, or if a target that was named cannot be fitted: the
        others are written first.
    """
    reader = PropensityReader(project)
    model = _model(project, "")
    store = RunStore(project.connection_uri, model)
    store.check()
    with project.only_writer("fit"):
        started = time.monotonic()
        read = reader.read(options.targets)
        logger.info(
            "customers of %d targets: read in %.1f s",
            len(read.targets),
            time.monotonic() - started,
        )
        try:
            require_no_hindsight(read.known_days, read.hindsight_days)
        except ValueError as error:
            raise UserError(f"{error}. Nothing was written") from error
        found = []
        with progress_bar(len(read.targets), "fitting propensities", "targets") as bar:
            for one in read.targets:
                bar.set_postfix_str(one.target.target)
                found.append(_fit(project, reader, read, one, options))
                bar.update()
        if not options.run.dry_run:
            with store.transaction() as connection:
                reasons = {one.target: one.refusal for one in found}
                keep_refusals(connection, model.own, reasons)
    refused = [one for one in found if one.refusal]
    if options.targets and refused:
        texts = [f"{one.target} could not be fitted: {one.refusal}" for one in refused]
        raise UserError("; ".join(texts))
    return found


def _fit(
    project: DbtProject,
    reader: PropensityReader,
    read: ReadPropensities,
    one: ReadTarget,
    options: PropensityOptions,
) -> FittedPropensity:
    name = one.target.target
    for feature, reason in one.left_out.items():
        logger.info("%s: %s %s, so it is no feature", name, feature, reason)
    started = time.monotonic()
    try:
        run, tables = _certified(project, read, one, options)
    except ValueError as error:
        logger.warning("no propensity for %s: %s", name, error)
        return FittedPropensity(name, None, is_champion=False, refusal=str(error))
    _log_certificate(run, tables)
    finished = FinishedRun(
        tables=tables,
        n_segments=run.rows.n_classes,
        publishes="model",
        is_published=run.is_published,
        is_promotable=run.is_promotable,
    )
    run_id = keep_run(
        project,
        _model(project, name),
        finished,
        options.run,
        lambda connection: reader.require_unchanged(connection, read.builds),
    )
    logger.info("%s: %.1f s", name, time.monotonic() - started)
    return FittedPropensity(name, run_id, finished.is_promoted(options.run))


def _certified(
    project: DbtProject,
    read: ReadPropensities,
    one: ReadTarget,
    options: PropensityOptions,
) -> tuple[PropensityRun, dict[str, Rows]]:
    """Try all candidates.

    Raises
    ------
    ValueError
        If there is nothing to learn from.
    """
    target, rows = one.target, one.rows
    if rows is None:
        raise ValueError(one.why_not)
    require_known_outcomes(rows.weeks, rows.horizon_weeks, read.last_week)
    settings = PropensitySettings(
        target.min_positives,
        options.seed,
        options.run.force,
        OUTCOME_COLUMNS.get(target.outcome),
    )
    certificate = certify_propensity(rows, settings, options.candidates)
    run = PropensityRun(
        target,
        rows,
        certificate,
        settings,
        _feature_settings(project.vars, target, rows),
    )
    return run, run.tables()


def _feature_settings(
    project_vars: Mapping[str, Any], target: PropensityTarget, rows: PropensityRows
) -> dict[str, Any]:
    used = rows.all_features
    return propensity_settings(
        project_vars,
        dict(zip(used.names, used.transforms, strict=True)),
        {
            "outcome": target.outcome,
            "horizon_weeks": target.horizon_weeks,
            "population": target.population,
        },
    )


def _model(project: DbtProject, target: str) -> RegisteredModel:
    return propensity_model(project, PROPENSITIES + target)


def _log_certificate(run: PropensityRun, tables: Mapping[str, Rows]) -> None:
    name, rows = run.target.target, run.rows
    logger.info(
        "%s: %s weeks of %s customers; %s",
        name,
        f"{len(rows.outcomes):,}",
        f"{len(rows.places):,}",
        ", ".join(
            f"{row['class_name']} {row['base_rate']:.1%}" for row in tables["classes"]
        ),
    )
    for line in certified_candidates(tables["candidates"]):
        logger.info("%s", line)
    logger.info("%s: %s", name, run.certificate.choice.explanation)
    for leak in run.certificate.leaks:
        logger.warning("warning: %s: %s", name, leak)
