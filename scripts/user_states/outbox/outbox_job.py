"""Send the outbox: read the endpoints, send to each, and say what came of it."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from user_states.errors import UserError
from user_states.outbox.deliveries import Deliveries, OutboxTables
from user_states.outbox.endpoints import Endpoint, EndpointRow
from user_states.outbox.sending import SenderOptions, send_to_all
from user_states.warehouse.connection import connect, fetch_all, quoted
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

BUILD_OUTBOX = "make build"


def tables_of(project: DbtProject) -> OutboxTables:
    """Return the tables of a project's outbox."""

    def source(schema: str, table: str) -> str:
        return ".".join(map(quoted, project.source(schema, table)))

    return OutboxTables(
        messages=project.relation("outbox_messages"),
        identifiers=project.relation("customer_identifiers"),
        left_alone_customers=project.relation("customers_left_alone"),
        left_alone_users=project.relation("users_left_alone"),
        deliveries=source("outbox", "deliveries"),
        endpoints=source("outbox", "endpoints"),
        exposures=source("activation", "exposures"),
    )


def send_outbox(
    project: DbtProject,
    options: SenderOptions | None = None,
    environment: Mapping[str, str] | None = None,
) -> Counter[str]:
    """Send what waits, to each endpoint of the seed webhooks that is enabled.

    Parameters
    ----------
    project : DbtProject
    options : SenderOptions, optional
    environment : mapping, optional
        With URLs and secrets; by default that of this process.

    Returns
    -------
    Counter
        How many messages were delivered, wait again, are dead and so on.

    Raises
    ------
    UserError
        If the outbox has not been built, or an endpoint cannot be used; the others get
        their messages all the same.
    """
    environment = os.environ if environment is None else environment
    _require_built(project)
    endpoints, problems = _usable(project, environment)
    if not endpoints and not problems:
        logger.info(
            "nothing to send to: no endpoint in seeds/webhooks.csv is enabled "
            "(docs/outbox.md)"
        )
    total: Counter[str] = Counter()

    def report(endpoint: Endpoint, counts: Counter[str]) -> None:
        total.update(counts)
        words = ", ".join(
            f"{count:,} {STATUS_WORDS[status]}"
            for status, count in sorted(counts.items())
        )
        logger.info("%s: %s", endpoint.name, words or "nothing was due")

    send_to_all(
        project.connection_uri,
        tables_of(project),
        endpoints,
        options or SenderOptions(max_age_days=project.vars["outbox_max_age_days"]),
        report,
    )
    if problems:
        raise UserError("\n".join(problems))
    return total


# Words of each status of an attempt.
STATUS_WORDS = {
    "delivered": "delivered",
    "waiting": "refused, to be sent again",
    "dead": "given up",
    "no_address": "without an identifier that the endpoint knows",
}


def enable_endpoint(project: DbtProject, name: str) -> None:
    """Let an endpoint that answered 410 get messages again.

    Raises
    ------
    UserError
        If nothing was ever sent to an endpoint of this name.
    """
    with closing(connect(project.connection_uri)) as connection:
        is_known = Deliveries(connection, tables_of(project)).enable(name)
        connection.commit()
    if not is_known:
        raise UserError(
            f"found no endpoint {name!r}; expected one of seeds/webhooks.csv that "
            "messages were sent to. Nothing was changed"
        )
    logger.info("%s gets messages again", name)


def revive_dead_letters(project: DbtProject, name: str) -> None:
    """Let the messages that an endpoint never took wait for it again."""
    with closing(connect(project.connection_uri)) as connection:
        n_revived = Deliveries(connection, tables_of(project)).revive(name)
        connection.commit()
    logger.info("%s: %s messages that were given up wait again", name, f"{n_revived:,}")


def _require_built(project: DbtProject) -> None:
    tables = tables_of(project)
    with closing(connect(project.connection_uri, autocommit=True)) as connection:
        for table in (tables.messages, tables.identifiers, tables.deliveries):
            if fetch_all(connection, "select to_regclass($1) is null", (table,)) == [
                (True,)
            ]:
                raise UserError(
                    f"found no table {table}; expected the outbox: run {BUILD_OUTBOX} "
                    "first"
                )


def _usable(
    project: DbtProject, environment: Mapping[str, str]
) -> tuple[list[Endpoint], list[str]]:
    """Return the endpoints that are enabled, and what is wrong with others."""
    with closing(connect(project.connection_uri, autocommit=True)) as connection:
        rows = fetch_all(
            connection,
            "select endpoint, topics, url_env, secret_env, headers_env, template, "
            "options, identifiers, allow_private "
            f"from {project.relation('webhooks')} where is_enabled order by endpoint",
        )
    endpoints, problems = [], []
    for row in rows:
        try:
            endpoints.append(Endpoint.of(EndpointRow(*row), environment))
        except UserError as error:
            problems.append(str(error))
    return endpoints, problems
