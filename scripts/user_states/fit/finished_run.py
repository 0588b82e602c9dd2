"""What becomes of a finished run: it is written, perhaps promoted, and logged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from user_states.runs.promotion import promote
from user_states.runs.register_rows import new_run_id
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.run_options import RunOptions
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.table_writer import Rows
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A run that is not written yet.

    Attributes
    ----------
    tables : mapping of str to rows
        As of `RunStore.write`.
    n_segments : int
        For its id.
    publishes : str
        What it publishes if it is good enough, such as "personas".
    is_published : bool
    is_promotable : bool
        Whether it may become the champion.
    """

    tables: Mapping[str, Rows]
    n_segments: int
    publishes: str
    is_published: bool
    is_promotable: bool

    def is_promoted(self, options: RunOptions) -> bool:
        """Return whether it becomes the champion."""
        return self.is_promotable and options.promote and not options.dry_run

    def standing(self, options: RunOptions) -> str:
        """Say what became of it, after "run NAME"."""
        if self.is_promoted(options):
            return "is the champion"
        if self.is_published:
            return "is stored but not promoted"
        return (
            f"is stored and publishes no {self.publishes}, so the champion stays what "
            "it was. That is a result, not an error"
        )


def keep_run(
    project: DbtProject,
    model: RegisteredModel,
    finished: FinishedRun,
    options: RunOptions,
    require_unchanged: Callable[[Connection], None],
) -> str | None:
    """Write a run, and promote it in the same transaction if it may be.

    Parameters
    ----------
    project : DbtProject
    model : RegisteredModel
    finished : FinishedRun
    options : RunOptions
    require_unchanged : callable
        Raises UserError if the data are not those that were read.

    Returns
    -------
    str or None
        The run's id; None for a dry run.

    Raises
    ------
    UserError
        If the data changed or the warehouse refuses the rows. Nothing is written then.
    """
    if options.dry_run:
        logger.info("dry run: nothing was written")
        return None
    run_id = new_run_id(finished.n_segments)

    def then(connection: Connection) -> None:
        if finished.is_promoted(options):
            promote(connection, RunRegister(model), run_id, force=options.force)

    started = time.monotonic()
    store = RunStore(project.connection_uri, model)
    store.write(run_id, finished.tables, {}, require_unchanged, then)
    logger.info(
        "run %s %s, written in %.1f s",
        run_id,
        finished.standing(options),
        time.monotonic() - started,
    )
    return run_id
