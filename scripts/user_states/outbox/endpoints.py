"""The endpoints of the seed webhooks, with what the environment says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from user_states.errors import UserError
from user_states.outbox.addresses import Address, address_of
from user_states.outbox.bodies import BodyTemplate
from user_states.outbox.message import IDENTIFIER_TYPES
from user_states.outbox.signatures import keys_of

# Set by the sender itself.
_OWN_HEADERS = ("content-type", "content-length", "host", "transfer-encoding")


@dataclass(frozen=True)
class EndpointRow:
    """A row of the seed webhooks.

    Attributes
    ----------
    endpoint : str
    topics : str
        With spaces between; * stands for all.
    url_env, secret_env, headers_env : str or None
        Variables of the environment with URL, secrets of signatures, and headers.
    template : str
    options : str or None
        name=value, with semicolons between.
    identifiers : str
        Types that the endpoint may know, with spaces between.
    allow_private : bool
    """

    endpoint: str
    topics: str
    url_env: str
    secret_env: str
    headers_env: str | None
    template: str
    options: str | None
    identifiers: str
    allow_private: bool


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that messages can be sent to.

    Attributes
    ----------
    name, topics : str
    address : Address
    keys : tuple of bytes
        Of signatures.
    headers : mapping
        Sent with every webhook, such as an API key.
    template : BodyTemplate
    identifier_types : tuple of str
    """

    name: str
    topics: str
    address: Address
    keys: tuple[bytes, ...]
    headers: Mapping[str, str]
    template: BodyTemplate
    identifier_types: tuple[str, ...]

    @classmethod
    def of(cls, row: EndpointRow, environment: Mapping[str, str]) -> Endpoint:
        """Return the endpoint of a row.

        Raises
        ------
        UserError
            If a variable is missing, or one of them or the row cannot be used. Values
            of variables are in no message.
        """
        where = f"of the endpoint {row.endpoint!r}"
        url = _required(environment, row.url_env, f"the URL {where}")
        secrets = _required(environment, row.secret_env, f"the secret {where}")
        types = tuple(row.identifiers.split())
        for kind in types:
            if kind not in IDENTIFIER_TYPES:
                raise UserError(
                    f"found the identifier {kind!r} {where} in seeds/webhooks.csv; "
                    f"expected some of: {', '.join(IDENTIFIER_TYPES)}"
                )
        return cls(
            row.endpoint,
            row.topics,
            address_of(url, row.url_env, may_be_private=row.allow_private),
            keys_of(secrets, row.secret_env),
            _headers(environment, row.headers_env, where),
            BodyTemplate(row.template, _options(row), types),
            types,
        )


def _required(environment: Mapping[str, str], name: str, what: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise UserError(
            f"found no variable {name} in the environment; expected {what} there: "
            "export it, or set is_enabled to false in seeds/webhooks.csv"
        )
    return value


def _options(row: EndpointRow) -> dict[str, str]:
    options = {}
    for pair in filter(str.strip, (row.options or "").split(";")):
        name, sign, value = pair.partition("=")
        if not sign:
            raise UserError(
                f"found the option {pair.strip()!r} of the endpoint {row.endpoint!r} "
                "in seeds/webhooks.csv; expected name=value, with semicolons between"
            )
        options[name.strip()] = value.strip()
    return options


def _headers(
    environment: Mapping[str, str], name: str | None, where: str
) -> dict[str, str]:
    """Return the headers in a variable: Name: value, one a line."""
    if not name:
        return {}
    headers = {}
    for line in _required(environment, name, f"the headers {where}").splitlines():
        key, sign, value = (part.strip() for part in line.partition(":"))
        is_known = key.lower() in _OWN_HEADERS or key.lower().startswith("webhook-")
        if not sign or not value or is_known or not key.replace("-", "").isalnum():
            raise UserError(
                f"found a line in {name} that is no header to add; expected Name: "
                "value, one a line, as Authorization: Bearer KEY"
            )
        headers[key] = value
    return headers
