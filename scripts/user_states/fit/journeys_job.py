"""A fit of journeys from end to end: read, find types and phases, write, promote."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.fit.finished_run import FinishedRun, keep_run
from user_states.fit.journeys_reader import SessionsReader
from user_states.hmm.arrays import IntArray
from user_states.journeys.compared_models import compare_models
from user_states.journeys.journey_types import TypeLimits, find_types
from user_states.runs.journeys_model import journeys_model, session_settings
from user_states.runs.journeys_tables import JourneysRun
from user_states.runs.run_options import USUAL_RUN, RunOptions
from user_states.runs.run_store import RunStore
from user_states.warehouse.dbt_project import DbtProject

# Sessions that models of the next step learn from and are judged by.
MOST_PHASE_SESSIONS = 10_000

logger = logging.getLogger("user_states")


@dataclass(frozen=True)
class JourneyOptions:
    """The options of scripts/journeys.py.

    Attributes
    ----------
    min_stability : float
        Least adjusted Rand index of refits of types.
    n_starts : int
        Random starts of each number of phases.
    seed : int
    run : RunOptions
    """

    min_stability: float = 0.6
    n_starts: int = 3
    seed: int = 1
    run: RunOptions = USUAL_RUN

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
        return cls(
            min_stability=float(project_vars["journey_min_stability"]),
            n_starts=int(project_vars["journey_starts"]),
            seed=int(project_vars["journey_seed"]),
            run=run,
        )


def fit_journeys(project: DbtProject, options: JourneyOptions) -> str | None:
    """Find types and phases, write the run, and promote it.

    Returns
    -------
    str or None
        The run's id; None for a dry run.

    Raises
    ------
    TooFewSessionsError
        If there is no session. Nothing is written then.
    UserError
        If the tables or the warehouse do not allow a fit. Nothing is written then.
    """
    model = journeys_model(project)
    RunStore(project.connection_uri, model).check()
    reader = SessionsReader(project)
    with project.only_writer("fit"):
        read = reader.read()
        sessions = read.sessions
        logger.info(
            "sessions: %s with %d different steps",
            f"{sessions.n_sessions:,}",
            len(sessions.steps),
        )
        # The threads of BLAS would only wait for each other on matrices this small.
        with threadpool_limits(1):
            limits = TypeLimits(min_stability=options.min_stability)
            types = find_types(sessions, limits, options.seed)
            labels: IntArray = np.zeros(0, dtype=np.int64)
            if types.n_types:
                labels = types.assign(sessions)
            first = np.arange(min(sessions.n_sessions, MOST_PHASE_SESSIONS))
            compared = compare_models(
                sessions.take(first), options.n_starts, options.seed
            )
        run = JourneysRun(
            sessions=sessions,
            keys=read.keys,
            labels=labels,
            types=types,
            compared=compared,
            first_on=read.first_on,
            last_on=read.last_on,
            seed=options.seed,
            settings={
                "min_stability": options.min_stability,
                "n_starts": options.n_starts,
                "seed": options.seed,
            },
            feature_settings=session_settings(project.vars),
        )
        logger.info("%s", run.sentence)
        finished = FinishedRun(
            tables=run.tables(),
            n_segments=types.n_types,
            publishes="journeys",
            is_published=True,
            is_promotable=True,
        )
        return keep_run(
            project,
            model,
            finished,
            options.run,
            lambda connection: reader.require_unchanged(connection, read.builds),
        )
