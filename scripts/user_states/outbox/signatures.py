"""Signatures of webhooks: Standard Webhooks 1.0.0, symmetric.

The receiver verifies with any library of https://www.standardwebhooks.com.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from user_states.errors import UserError

SECRET_PREFIX = "whsec_"
# Lengths of keys in bytes that the specification allows.
KEY_LENGTHS = range(24, 65)


def keys_of(secrets: str, name: str) -> tuple[bytes, ...]:
    """Return the keys of one secret, or of two while they are exchanged.

    Parameters
    ----------
    secrets : str
        `whsec_` and base64, or several of them with spaces between.
    name : str
        Variable of the environment that they are from.

    Raises
    ------
    UserError
        If one of them is no such secret. The message does not repeat it.
    """
    keys = []
    for secret in secrets.split():
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(SECRET_PREFIX) or len(key) not in KEY_LENGTHS:
            raise UserError(
                f"found a secret in {name} that is no secret of Standard Webhooks; "
                f"expected {SECRET_PREFIX} and 24 to 64 random bytes in base64, as "
                f'echo "{SECRET_PREFIX}$(openssl rand -base64 32)" makes them'
            )
        keys.append(key)
    if not keys:
        raise UserError(
            f"found no secret in {name}; expected {SECRET_PREFIX} and 24 to 64 random "
            "bytes in base64, which the receiver knows too"
        )
    return tuple(keys)


def signature_headers(
    keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of a signed webhook.

    Parameters
    ----------
    keys : sequence of bytes
        The body is signed with each of them.
    message_id : str
        Stays the same when the message is sent again: receivers use it to notice that.
    timestamp : int
        Of this attempt, in seconds since 1970.
    body : bytes
        Exactly what is sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (
        base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        for key in keys
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
