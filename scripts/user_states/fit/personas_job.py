"""A fit of personas from end to end: filter, read, find, measure, write, promote.

Here array code and warehouse code meet; neither knows the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from user_states.console import progress_bar
from user_states.fit.conversations_job import filter_stored_conversations
from user_states.fit.conversations_reader import ConversationsReader, ReadConversations
from user_states.fit.finished_run import FinishedRun, keep_run
from user_states.personas.chosen_embedder import COLUMN, chosen_embedder
from user_states.personas.fusion_ablation import (
    TEXT_SHARES,
    FusionAblation,
    PersonaLimits,
    ablate,
)
from user_states.personas.persona_fit import PersonaData, PersonaSettings, embedded
from user_states.runs.personas_details import fusion_table
from user_states.runs.personas_model import behaviour_settings, personas_model
from user_states.runs.personas_tables import PersonasRun
from user_states.runs.run_options import USUAL_RUN, RunOptions
from user_states.runs.run_store import RunStore
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


@dataclass(frozen=True)
class PersonaOptions:
    """The options of scripts/personas.py.

    Attributes
    ----------
    settings : PersonaSettings
    limits : PersonaLimits
    embedder : str
        As of `chosen_embedder`, or `column`.
    n_refits : int
        On other customers, by which stability is measured.
    run : RunOptions
    """

    settings: PersonaSettings
    limits: PersonaLimits
    embedder: str = "auto"
    n_refits: int = 3
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
        settings = PersonaSettings(
            reduction=project_vars["persona_reduction"],
            least_share=float(project_vars["persona_min_share"]),
            seed=int(project_vars["persona_seed"]),
        )
        limits = PersonaLimits(
            min_stability=float(project_vars["persona_min_stability"])
        )
        return cls(settings, limits, embedder=str(project_vars["embedder"]), run=run)


def find_personas(project: DbtProject, options: PersonaOptions) -> str | None:
    """Filter conversations, find personas in those that are kept, write and promote.

    Which conversations are kept is stored also if no personas can be looked for.

    Returns
    -------
    str or None
        The run's id; None for a dry run.

    Raises
    ------
    NoConversationError
        If there is no conversation. Nothing is written then.
    TooFewConversationsError
        If too few different ones are kept. No run is written then.
    UserError
        If the tables, the settings or the warehouse do not allow a fit. No run is
        written then.
    """
    model = personas_model(project)
    RunStore(project.connection_uri, model).check()
    reader = ConversationsReader(project)
    with project.only_writer("fit"):
        filtered = filter_stored_conversations(project, dry_run=options.run.dry_run)
        read = reader.read(filtered)
        read.conversations.require_enough()
        data, lost = _with_vectors(reader, read, options)
        ablation = _ablated(data, read, options)
        embedder = options.embedder if data.embedder is None else data.embedder.name
        run = PersonasRun(
            conversations=read.conversations,
            customer_ids=read.customer_ids,
            state_keys=read.state_keys,
            states=read.states,
            ablation=ablation,
            is_forced=options.run.force,
            embedder=embedder,
            reduction=options.settings.reduction,
            what_is_lost=lost,
            first_on=read.first_on,
            last_on=read.last_on,
            seed=options.settings.seed,
            settings={
                **asdict(options.settings),
                **asdict(options.limits),
                "embedder": embedder,
                "n_refits": options.n_refits,
            },
            feature_settings=behaviour_settings(project.vars),
        )
        finished = FinishedRun(
            tables=run.tables(),
            n_segments=run.n_personas,
            publishes="personas",
            is_published=run.n_personas > 0,
            is_promotable=run.n_personas > 0,
        )
        _log(run)
        return keep_run(
            project,
            model,
            finished,
            options.run,
            lambda connection: reader.require_unchanged(connection, read.builds),
        )


def _with_vectors(
    reader: ConversationsReader, read: ReadConversations, options: PersonaOptions
) -> tuple[PersonaData, str | None]:
    """Return the conversations with vectors, and what a better embedder would add."""
    conversations = read.conversations
    started = time.monotonic()
    lost = None
    if options.embedder == COLUMN:
        data = PersonaData(conversations, reader.vectors(conversations.ids))
    else:
        embedder, lost = chosen_embedder(options.embedder, options.settings.seed)
        data = embedded(conversations, embedder)
    logger.info(
        "vectors of %s conversations of %s customers: %.1f s",
        f"{len(conversations):,}",
        f"{len(read.customer_ids):,}",
        time.monotonic() - started,
    )
    if lost:
        logger.info("%s", lost)
    return data, lost


def _ablated(
    data: PersonaData, read: ReadConversations, options: PersonaOptions
) -> FusionAblation:
    """Fit, refit and judge every share of the text."""
    n_fits = (options.n_refits + 1) * len(TEXT_SHARES)
    with progress_bar(n_fits, "looking for personas", "fits") as bar:

        def show(step: str) -> None:
            bar.update()
            bar.set_postfix_str(step)

        return ablate(
            data,
            options.settings,
            options.n_refits,
            options.limits,
            read.outcome,
            show,
        )


def _log(run: PersonasRun) -> None:
    for line in fusion_table(run.fusion_rows()):
        logger.info("%s", line)
    logger.info("%s", run.sentence)
    for defect in run.defects if run.n_personas else ():
        logger.warning("warning: published by force despite this: %s", defect["text"])
