"""A message of the outbox, as its row in outbox_messages has it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Types of identifiers, as events have them.
IDENTIFIER_TYPES = (
    "user_id",
    "crm_id",
    "email",
    "email_sha256",
    "phone",
    "anonymous_id",
)


@dataclass(frozen=True)
class Message:
    """A message and whom it is about.

    Attributes
    ----------
    message_id : str
    trigger, topic : str
    customer_id, user_id : str or None
        Whom it is about: a customer, or a user.
    audience : str
        What the exposure counts for.
    happened_at : datetime
    properties : mapping
        What the trigger says: title, message, offer and more.
    n_attempts : int
        Attempts before this one.
    seconds_so_far : float
        Since the first attempt.
    identifiers : mapping
        By type, those of the person that the endpoint may know.
    """

    message_id: str
    trigger: str
    topic: str
    customer_id: str | None
    user_id: str | None
    audience: str
    happened_at: dt.datetime
    properties: Mapping[str, Any]
    n_attempts: int = 0
    seconds_so_far: float = 0.0
    identifiers: Mapping[str, str] = field(default_factory=dict)

    @property
    def happened_at_text(self) -> str:
        """The time in UTC, as ISO 8601 writes it."""
        moment = self.happened_at.astimezone(dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    @staticmethod
    def properties_of(text: str) -> dict[str, Any]:
        """Return the column `properties` as a mapping."""
        parsed = json.loads(text)
        return parsed if isinstance(parsed, dict) else {}
