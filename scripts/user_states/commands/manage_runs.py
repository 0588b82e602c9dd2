"""The commands of scripts/runs.py: look at runs, and change the champion."""

from __future__ import annotations

import logging

from user_states.runs.promotion import Rules, promote, prune, rollback
from user_states.runs.run_history import RunDetails, listed_runs, run_details
from user_states.runs.run_register import RunRegister
from user_states.runs.run_report import describe_run, describe_runs
from user_states.runs.run_store import RunStore
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

BUILD_NEXT = "the marts change with the next build (`make build`)"


class RunManager:
    """Reads and changes the runs of a project, each command in one transaction.

    Parameters
    ----------
    project : DbtProject

    Raises
    ------
    UserError
        If the tables of the schema `hmm` do not exist.
    """

    def __init__(self, project: DbtProject) -> None:
        self._project = project
        self._store = RunStore(project.connection_uri, project.source("hmm", "runs")[0])
        self._store.check()
        self._register = RunRegister(self._store.tables)

    def listed(self) -> list[str]:
        """Return all runs as lines, the newest first."""
        with self._store.transaction() as connection:
            return describe_runs(listed_runs(connection, self._store.tables))

    def shown(self, run: str) -> list[str]:
        """Return one run as lines."""
        labels = self._project.relation("state_labels")

        def read(connection: Connection) -> RunDetails:
            run_id = self._register.resolve(connection, run)
            return run_details(connection, self._store.tables, run_id, labels)

        # One snapshot: a fit or a build of the labels may end meanwhile.
        return describe_run(self._project.snapshots().read(["state_labels"], read))

    def promote(self, run: str, *, force: bool) -> None:
        """Make a run the champion, and log the result."""
        self._project.check_settings()
        rules = Rules.of(self._project)
        with self._project.only_writer("fit"), self._store.transaction() as connection:
            run_id = self._register.resolve(connection, run)
            is_new = promote(connection, self._register, run_id, rules, force=force)
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
        rules = Rules.of(self._project)
        with self._project.only_writer("fit"), self._store.transaction() as connection:
            run_id = rollback(connection, self._register, rules)
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
