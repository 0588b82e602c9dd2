"""A fit of journeys from end to end: read, find types and phases, write, promote."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.fit.journeys_reader import SessionsReader
from user_states.hmm.arrays import IntArray
from user_states.journeys.compared_models import compare_models
from user_states.journeys.journey_types import TypeLimits, find_types
from user_states.runs.journeys_model import journeys_model, session_settings
from user_states.runs.journeys_tables import JourneysRun
from user_states.runs.promotion import promote
from user_states.runs.register_rows import new_run_id
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.warehouse.connection import Connection
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
    dry_run : bool
        Write nothing.
    promote : bool
        Promote the run.
    """

    min_stability: float = 0.6
    n_starts: int = 3
    seed: int = 1
    dry_run: bool = False
    promote: bool = True

    @classmethod
    def from_vars(
        cls,
        project_vars: Mapping[str, Any],
        *,
        dry_run: bool = False,
        promote: bool = True,
    ) -> Self:
        """Return the options that vars and a command line give.

        Parameters
        ----------
        project_vars : mapping
            Every var of the project.
        dry_run, promote
            As above.
        """
        return cls(
            min_stability=float(project_vars["journey_min_stability"]),
            n_starts=int(project_vars["journey_starts"]),
            seed=int(project_vars["journey_seed"]),
            dry_run=dry_run,
            promote=promote,
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
    store = RunStore(project.connection_uri, model)
    store.check()
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
        if options.dry_run:
            logger.info("dry run: nothing was written")
            return None
        run_id = new_run_id(types.n_types)

        def then(connection: Connection) -> None:
            if options.promote:
                promote(connection, RunRegister(model), run_id, force=False)

        started = time.monotonic()
        store.write(
            run_id,
            run.tables(),
            {},
            lambda connection: reader.require_unchanged(connection, read.builds),
            then,
        )
        logger.info(
            "run %s %s, written in %.1f s",
            run_id,
            "is the champion" if options.promote else "is stored but not promoted",
            time.monotonic() - started,
        )
        return run_id
