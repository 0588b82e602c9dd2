"""A pulse: follow the events of the last days, write messages, and send them."""

from __future__ import annotations

import logging
import time

from user_states.errors import UserError
from user_states.outbox.outbox_job import send_outbox
from user_states.outbox.sending import SenderOptions
from user_states.warehouse.dbt_project import PULSE_MODELS, DbtProject

logger = logging.getLogger("user_states")

# How a build that began at the same moment stops the pulse, in macros/builds.
_OTHERS = ("found another build", "found a load", "found a fit")


def pulse(project: DbtProject, options: SenderOptions | None = None) -> bool:
    """Update what depends on recent events, and send what waits.

    Beside a build, a load, a fit or another pulse it changes nothing, says so and ends.

    Parameters
    ----------
    project : DbtProject
    options : SenderOptions, optional

    Returns
    -------
    bool
        Whether it did anything.

    Raises
    ------
    UserError
        If a table cannot be updated, or an endpoint cannot be used.
    """
    began = time.monotonic()
    with project.only_pulse() as running:
        if running is not None:
            logger.info("%s is running: this pulse leaves it alone", running)
            return False
        try:
            seconds = project.run("run", "--select", PULSE_MODELS, label="pulse")
        except UserError as error:
            if any(words in str(error) for words in _OTHERS):
                logger.info("a build or script has begun: this pulse leaves it alone")
                return False
            raise
    logger.info(
        "pulse: tables in %.1f s, of which models %.1f s",
        time.monotonic() - began,
        sum(seconds.values()),
    )
    send_outbox(project, options)
    return True
