"""The URL of a database, for all that connects to it.

It stands alone, so that the local server's commands begin without the library that
transfers rows.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlunsplit


def libpq_url(
    *,
    host: str,
    port: int,
    user: str,
    password: str,
    database: str,
    **parameters: str,
) -> str:
    """Return a libpq connection URL, each part percent-encoded."""
    account = f"{quote(user, safe='')}:{quote(password, safe='')}"
    # An IPv6 address needs brackets; a socket directory is percent-encoded.
    place = f"[{host}]" if ":" in host else quote(host, safe="")
    query = urlencode(parameters, quote_via=quote)
    return urlunsplit(
        ("postgresql", f"{account}@{place}:{port}", quote(database, safe=""), query, "")
    )
