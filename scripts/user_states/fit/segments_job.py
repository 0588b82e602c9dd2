"""A fit of segments from end to end: read, prepare, certify, write, promote.

Here array code and warehouse code meet; neither knows the other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from user_states.console import progress_bar
from user_states.errors import UserError
from user_states.fit.customers_reader import CustomersReader, ReadCustomers
from user_states.fit.finished_run import FinishedRun, keep_run
from user_states.runs.run_options import USUAL_RUN, RunOptions
from user_states.runs.run_store import RunStore
from user_states.runs.segments_details import certificate_table
from user_states.runs.segments_model import customer_settings, segments_model
from user_states.runs.segments_tables import SegmentsRun
from user_states.runs.table_writer import Rows
from user_states.segments.customer_weeks import CustomerWeeks
from user_states.segments.raw_customers import PreparedCustomers, prepared
from user_states.segments.segment_checks import SegmentLimits
from user_states.segments.segment_kinds import SEGMENT_KINDS, SegmentKind
from user_states.segments.segmentation_certificate import (
    CertificateSettings,
    SegmentationCertificate,
    certify_divisions,
)
from user_states.warehouse.dbt_project import DbtProject

# Customers on whom divisions are judged, by hash: always the same ones.
HOLDOUT_SHARE, HOLDOUT_SALT = 0.2, "segments"

logger = logging.getLogger("user_states")


@dataclass(frozen=True)
class SegmentOptions:
    """The options of scripts/segments.py.

    Attributes
    ----------
    settings : CertificateSettings
    run : RunOptions
    kinds : tuple of SegmentKind
        Kinds of candidates to try.
    """

    settings: CertificateSettings
    run: RunOptions = USUAL_RUN
    kinds: tuple[SegmentKind, ...] = SEGMENT_KINDS

    @classmethod
    def from_vars(
        cls, project_vars: Mapping[str, Any], run: RunOptions = USUAL_RUN
    ) -> Self:
        """Return the options that vars and a command line give.

        Parameters
        ----------
        project_vars : mapping
            Every var of the project.
        run : RunOptions
        """
        settings = CertificateSettings(
            deciding_outcome=project_vars["segment_outcome"],
            limits=SegmentLimits(
                min_stability=float(project_vars["segment_min_stability"]),
                min_segment_share=float(project_vars["segment_min_share"]),
            ),
            n_starts=int(project_vars["segment_starts"]),
            n_refits=int(project_vars["segment_refits"]),
            seed=int(project_vars["segment_seed"]),
            is_forced=run.force,
        )
        return cls(settings, run)


def fit_segments(project: DbtProject, options: SegmentOptions) -> str | None:
    """Judge ways to divide customers, write the run, and promote it if one is worth it.

    Returns
    -------
    str or None
        The run's id; None for a dry run.

    Raises
    ------
    TooFewCustomersError
        If there are too few customers, weeks or features. Nothing is written then.
    UserError
        If the tables, the settings or the warehouse do not allow a fit. Nothing is
        written then.
    """
    model = segments_model(project)
    RunStore(project.connection_uri, model).check()
    reader = CustomersReader(project)
    with project.only_writer("fit"):
        read = reader.read()
        customers = _prepared(read)
        certificate = _certified(customers.data, options)
        run = SegmentsRun(
            customers=customers,
            certificate=certificate,
            settings=options.settings,
            scaling_method=str(project.vars["customer_feature_scaling"]),
            phrases=read.phrases,
            feature_settings=customer_settings(
                project.vars,
                {feature.name: feature.default for feature in customers.used},
            ),
        )
        tables = run.tables()
        _log_certificate(run, tables)
        finished = FinishedRun(
            tables=tables,
            n_segments=run.n_segments,
            publishes="segments",
            is_published=run.n_segments > 0,
            is_promotable=run.n_segments > 0,
        )
        return keep_run(
            project,
            model,
            finished,
            options.run,
            lambda connection: reader.require_unchanged(connection, read.builds),
        )


def _prepared(read: ReadCustomers) -> PreparedCustomers:
    customers = prepared(read.raw, HOLDOUT_SHARE, HOLDOUT_SALT)
    for reason in customers.dropped.values():
        logger.info("left out of the segments: %s", reason)
    weeks = customers.data.weeks
    logger.info(
        "customers: %s of the week of %s, judged from %d weeks since %s; features: %s",
        f"{len(customers.customer_ids):,}",
        customers.week_start,
        len(weeks),
        customers.first_week_start,
        ", ".join(feature.name for feature in customers.used),
    )
    return customers


def _certified(data: CustomerWeeks, options: SegmentOptions) -> SegmentationCertificate:
    """Fit and judge every division.

    Raises
    ------
    UserError
        If the settings do not go with the data.
    """
    with progress_bar(len(options.kinds), "dividing customers", "kinds") as bar:

        def show(kind: str) -> None:
            bar.update()
            bar.set_postfix_str(kind)

        try:
            return certify_divisions(data, options.settings, options.kinds, show)
        except ValueError as error:
            raise UserError(
                f"customers could not be divided: {error}. Nothing was written"
            ) from error


def _log_certificate(run: SegmentsRun, tables: Mapping[str, Rows]) -> None:
    deciding = [row for row in tables["division_scores"] if row["is_deciding"]]
    for line in certificate_table(tables["divisions"], deciding, is_short=True):
        logger.info("%s", line)
    logger.info("chosen: %s", run.certificate.choice.explanation)
    for defect in run.defects if run.n_segments else ():
        logger.warning("warning: published by force despite this: %s", defect["text"])
