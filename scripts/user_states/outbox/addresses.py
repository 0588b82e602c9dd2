"""Where a webhook may be sent: https only, and to no address inside a network.

The name is looked up once, its addresses are checked, and the connection is made to one
that was checked. So a name cannot lead elsewhere after the check.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from user_states.errors import UserError

# IPv6 networks whose addresses contain one of IPv4: NAT64 (RFC 6052), 6to4 (RFC 3056).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(Exception):
    """A name leads to an address that must not be called."""


@dataclass(frozen=True)
class Address:
    """A URL that webhooks are posted to, taken apart.

    Attributes
    ----------
    host : str
    port : int
    target : str
        Path and query.
    is_encrypted : bool
    may_be_private : bool
        Whether addresses of private networks and of this machine are allowed.
    """

    host: str
    port: int
    target: str
    is_encrypted: bool
    may_be_private: bool

    def resolve(self) -> list[tuple[socket.AddressFamily, str]]:
        """Return the IP addresses of the host, each checked.

        Raises
        ------
        RefusedAddressError
            If one of them is private and that is not allowed.
        OSError
            If the name is unknown.
        """
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [(family, str(place[0])) for family, _, _, _, place in found]
        for _, address in addresses:
            if not self.may_be_private and not _is_public(address):
                raise RefusedAddressError(
                    "the address is not public; expected one of the internet, or "
                    "allow_private in seeds/webhooks.csv"
                )
            if not self.is_encrypted and not ipaddress.ip_address(address).is_loopback:
                raise RefusedAddressError(
                    "the URL is not https; expected https, except on this machine"
                )
        return addresses


def address_of(url: str, name: str, *, may_be_private: bool) -> Address:
    """Return a URL taken apart.

    Parameters
    ----------
    url : str
    name : str
        Variable of the environment that it is from. Messages name it instead of the
        URL, which may contain a secret.
    may_be_private : bool

    Raises
    ------
    UserError
        If webhooks must not be posted there, as far as the text says it.
    """
    expected = "expected https://HOST/PATH: correct the variable"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise UserError(f"found no URL in {name}; {expected}") from None
    if parts.scheme == "http" and may_be_private:
        # For a receiver on this machine; `resolve` refuses all others.
        port = port or 80
    elif parts.scheme != "https":
        raise UserError(
            f"found a URL with {parts.scheme or 'no scheme'} in {name}; {expected}"
        )
    if not parts.hostname or any(ord(c) <= 32 or ord(c) > 126 for c in url.strip()):
        raise UserError(
            f"found a URL without a host, or with spaces, in {name}; {expected}"
        )
    if parts.username is not None or parts.password is not None:
        raise UserError(
            f"found a user or password in the URL of {name}; expected them in the "
            "variable that the column headers_env names"
        )
    target = parts.path or "/"
    return Address(
        parts.hostname,
        port or 443,
        f"{target}?{parts.query}" if parts.query else target,
        parts.scheme == "https",
        may_be_private,
    )


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return ip.is_global and not ip.is_multicast
