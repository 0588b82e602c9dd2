"""A sender of the outbox in a process of its own, which tests kill.

python tests/python/outbox_process.py DATABASE_URL RECEIVER_URL
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from user_states.outbox.deliveries import OutboxTables
from user_states.outbox.endpoints import Endpoint, EndpointRow
from user_states.outbox.retries import RetrySchedule
from user_states.outbox.sending import EndpointSender, SenderOptions
from webhook_receiver import SECRET

TABLES = OutboxTables(
    messages="marts.outbox_messages",
    identifiers="marts.customer_identifiers",
    left_alone_customers="marts.customers_left_alone",
    left_alone_users="marts.users_left_alone",
    deliveries="outbox.deliveries",
    endpoints="outbox.endpoints",
    exposures="activation.exposures",
)

QUICK = RetrySchedule(waits=(0.05,) * 30, first_pause=0.05, give_up_after=60)
OPTIONS = SenderOptions(timeout=0.5, n_threads=16, schedule=QUICK)


def endpoint_at(url: str, **changed: str) -> Endpoint:
    """Return an endpoint of a receiver on this machine."""
    values = {
        "endpoint": "tool",
        "topics": "*",
        "template": "default",
        "identifiers": "user_id",
        "options": "",
        **changed,
    }
    row = EndpointRow(
        url_env="URL",
        secret_env="SECRET",
        headers_env=None,
        allow_private=True,
        **values,
    )
    return Endpoint.of(row, {"URL": url, "SECRET": SECRET})


def main() -> None:
    """Send for a minute, after a line that says that it begins."""
    print("ready", flush=True)
    uri, url = sys.argv[1:]
    endpoint = endpoint_at(url)
    EndpointSender(uri, TABLES, endpoint, replace(OPTIONS, wait=60)).run()


if __name__ == "__main__":
    main()
