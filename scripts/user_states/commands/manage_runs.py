"""The commands of scripts/runs.py: look at runs, and change the champion of a model."""

from __future__ import annotations

import logging

from user_states.runs.all_models import registered_model
from user_states.runs.promotion import promote, prune, rollback
from user_states.runs.run_history import RunDetails, listed_runs, run_details
from user_states.runs.run_register import RunRegister
from user_states.runs.run_report import describe_run, describe_runs
from user_states.runs.run_store import RunStore
from user_states.runs.states_model import USER_STATES
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

BUILD_NEXT = "the marts change with the next build (`make build`)"


class RunManager:
    """Reads and changes the runs of a model, each command in one transaction.

    Parameters
    ----------
    project : DbtProject
    model : str
        Its name, as in `all_models.py`.

    Raises
    ------
    UserError
        If there is no such model, or its tables do not exist.
    """

    def __init__(self, project: DbtProject, model: str) -> None:
        self._project = project
        self._model = registered_model(project, model)
        self._store = RunStore(project.connection_uri, self._model)
        self._store.check()
        self._register = RunRegister(self._model)

    def shown(self, run: str) -> list[str]:
        """Return one run as lines."""
        labels = self._model.labels

        def read(connection: Connection) -> RunDetails:
            run_id = self._register.resolve(connection, run)
            return run_details(connection, self._model, run_id)

        # One snapshot: a fit or a build of the labels may end meanwhile.
        seeds = [labels.seed] if labels else []
        return describe_run(self._project.snapshots().read(seeds, read))

    def promote(self, run: str, *, force: bool) -> None:
        """Make a run the champion, and log the result."""
        self._project.check_settings()
        with self._project.only_writer("fit"), self._store.transaction() as connection:
            run_id = self._register.resolve(connection, run)
            is_new = promote(connection, self._register, run_id, force=force)
            defects = self._register.run(connection, run_id).defects
        if not is_new:
            logger.info("run %s is already the champion; nothing was changed", run_id)
            return
        for defect in defects:
            logger.warning("warning: published despite this defect: %s", defect)
        logger.info("run %s is the champion; %s", run_id, BUILD_NEXT)

    def roll_back(self) -> None:
        """Make the previous champion the champion again, and log which it is."""
        self._project.check_settings()
        with self._project.only_writer("fit"), self._store.transaction() as connection:
            run_id = rollback(connection, self._register)
        logger.info("run %s is the champion again; %s", run_id, BUILD_NEXT)

    def prune(self, n_kept: int) -> None:
        """Delete old runs, and log which.

        Parameters
        ----------
        n_kept : int
            Runs to keep besides the champion and the previous champion.
        """
        with self._project.only_writer("fit"), self._store.transaction() as connection:
            deleted = prune(connection, self._register, n_kept)
        listed = ": " + ", ".join(deleted) if deleted else ""
        logger.info("removed %d runs%s", len(deleted), listed)


def listed(project: DbtProject, model: str | None) -> list[str]:
    """Return the runs of a model, or of all of them, as lines, the newest first.

    Raises
    ------
    UserError
        If there is no such model, or its tables do not exist.
    """
    one = registered_model(project, model or USER_STATES)
    store = RunStore(project.connection_uri, one)
    store.check()
    with store.transaction() as connection:
        runs = listed_runs(connection, one.register)
    return describe_runs([run for run in runs if model in (None, run.model)])
