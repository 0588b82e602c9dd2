"""Posts over HTTP that follow no redirect and end in time."""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from user_states.outbox.addresses import Address, RefusedAddressError

# More of a response is not read.
LONGEST_RESPONSE = 65_536


@dataclass(frozen=True)
class Answer:
    """What came of a post.

    Attributes
    ----------
    status : int or None
        Of the response; None without one.
    problem : str or None
        Why there is no response, in a few words without the URL.
    retry_after : float or None
        Seconds that the receiver asks to wait.
    """

    status: int | None
    problem: str | None = None
    retry_after: float | None = None

    @property
    def in_words(self) -> str:
        """The answer as a table shows it."""
        return self.problem or f"HTTP {self.status}"


class Poster:
    """Posts bodies to one address; threads may share it.

    Each thread keeps its connection. A post that takes longer than the timeout in total
    is cut off, also when the receiver sends a byte now and then.

    Parameters
    ----------
    address : Address
    timeout : float
        Seconds.
    tls : ssl.SSLContext, optional
        By default certificates are checked as the system does.
    """

    def __init__(
        self, address: Address, timeout: float, tls: ssl.SSLContext | None = None
    ) -> None:
        self._address = address
        self._timeout = timeout
        self._tls = (
            (tls or ssl.create_default_context()) if address.is_encrypted else None
        )
        self._kept = threading.local()
        self._running: dict[int, tuple[http.client.HTTPConnection, float]] = {}
        self._lock = threading.Lock()
        self._is_closed = threading.Event()
        self._watch = threading.Thread(target=self._cut_off, daemon=True)
        self._watch.start()

    def close(self) -> None:
        """Stop the thread that cuts off late posts."""
        self._is_closed.set()
        self._watch.join()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body once, and say what came of it."""
        deadline = time.monotonic() + self._timeout
        try:
            connection: http.client.HTTPConnection | None = getattr(
                self._kept, "connection", None
            )
            if connection is not None:
                try:
                    return self._posted(connection, body, headers, deadline)
                except ConnectionError:
                    # The receiver has closed a connection that was idle.
                    if time.monotonic() >= deadline:
                        raise
                    self._forget(connection)
            return self._posted(self._connected(deadline), body, headers, deadline)
        except RefusedAddressError as error:
            return Answer(None, str(error))
        except (OSError, http.client.HTTPException) as error:
            self._forget(getattr(self._kept, "connection", None))
            if time.monotonic() >= deadline - 0.01:
                return Answer(None, f"no answer within {self._timeout:g} seconds")
            return Answer(None, _in_words(error))

    def _connected(self, deadline: float) -> http.client.HTTPConnection:
        connection = _CheckedConnection(self._address, self._tls, deadline)
        self._kept.connection = connection
        with self._cut_off_at(connection, deadline):
            connection.connect()
        return connection

    def _posted(
        self,
        connection: http.client.HTTPConnection,
        body: bytes,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answer:
        connection.sock.settimeout(self._timeout)
        with self._cut_off_at(connection, deadline):
            connection.request("POST", self._address.target, body, dict(headers))
            response = connection.getresponse()
            if time.monotonic() >= deadline:
                # What was cut off looks like the end of the headers.
                raise TimeoutError
            answer = Answer(
                response.status, None, _seconds(response.headers.get("retry-after"))
            )
            try:
                response.read(LONGEST_RESPONSE)
            except (OSError, http.client.HTTPException):
                # The status has come, which is all that counts.
                self._forget(connection)
        if not response.isclosed():
            self._forget(connection)
        return answer

    def _forget(self, connection: http.client.HTTPConnection | None) -> None:
        if connection is not None:
            connection.close()
        self._kept.connection = None

    def _cut_off_at(
        self, connection: http.client.HTTPConnection, deadline: float
    ) -> _Watched:
        return _Watched(self._running, self._lock, connection, deadline)

    def _cut_off(self) -> None:
        """End posts that are late, every tenth of a second."""
        while not self._is_closed.wait(0.1):
            now = time.monotonic()
            with self._lock:
                late = [c for c, deadline in self._running.values() if deadline < now]
            for connection in late:
                _shut(connection)


class _Watched:
    """A context in which a connection is cut off after its deadline."""

    def __init__(
        self,
        running: dict[int, tuple[http.client.HTTPConnection, float]],
        lock: threading.Lock,
        connection: http.client.HTTPConnection,
        deadline: float,
    ) -> None:
        self._running, self._lock = running, lock
        self._entry = (connection, deadline)

    def __enter__(self) -> None:
        with self._lock:
            self._running[threading.get_ident()] = self._entry

    def __exit__(self, *_: object) -> None:
        with self._lock:
            del self._running[threading.get_ident()]


class _CheckedConnection(http.client.HTTPConnection):
    """A connection to an IP address that was checked."""

    def __init__(
        self, address: Address, tls: ssl.SSLContext | None, deadline: float
    ) -> None:
        super().__init__(address.host, address.port)
        if tls is not None:
            # So that the header Host has no port 443.
            self.default_port = http.client.HTTPS_PORT
        self._address, self._tls, self._deadline = address, tls, deadline

    def connect(self) -> None:
        error: OSError | None = None
        for family, place in self._address.resolve():
            raw = socket.socket(family, socket.SOCK_STREAM)
            raw.settimeout(max(0.05, self._deadline - time.monotonic()))
            self.sock: Any = raw
            try:
                raw.connect((place, self._address.port))
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is not None:
                    self.sock = self._tls.wrap_socket(
                        raw, server_hostname=self._address.host
                    )
            except OSError as reason:
                raw.close()
                error = reason
                continue
            return
        raise error or OSError("the name has no address")


def _shut(connection: http.client.HTTPConnection) -> None:
    # A read in another thread returns, which closing alone does not achieve.
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _seconds(retry_after: str | None) -> float | None:
    """Return the header Retry-After in seconds; it may be a date."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no encrypted connection: {error.reason or 'TLS failed'}"
    if isinstance(error, socket.gaierror):
        return "the name of the host is unknown"
    if isinstance(error, http.client.HTTPException | ConnectionError):
        words = {
            "ConnectionRefusedError": "the connection was refused",
            "ConnectionResetError": "the connection was cut",
            "RemoteDisconnected": "the connection was cut",
            "BrokenPipeError": "the connection was cut",
        }
        return words.get(
            type(error).__name__, f"no valid answer ({type(error).__name__})"
        )
    return f"no connection ({error.strerror if isinstance(error, OSError) else error})"
