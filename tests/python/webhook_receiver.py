"""A receiver of webhooks for tests: it checks signatures, fails, hangs and refuses."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()

# What the receiver does with a request: a status and headers; None hangs.
Behaviour = Callable[[str, int], tuple[int, dict[str, str]] | None]


class Receiver:
    """What came to a receiver, and how it answers.

    Attributes
    ----------
    url : str
    bodies : dict
        Of each webhook-id, the bodies that were taken, in order.
    order : list of (str, str)
        Of each webhook that was taken, its subject and id.
    statuses : Counter
        How often each status was answered; "hung" for none.
    """

    def __init__(self, behaviour: Behaviour, hang_seconds: float) -> None:
        self.bodies: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.order: list[tuple[str, str]] = []
        self.statuses: Counter[int | str] = Counter()
        self.times: list[float] = []
        self.headers: list[dict[str, str]] = []
        self.behaviour = behaviour
        self.hang_seconds = hang_seconds
        self.url = ""
        self._lock = threading.Lock()
        self._n_seen: Counter[str] = Counter()

    def answer(
        self, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str]] | None:
        """Verify a webhook by the independent library, and take or refuse it."""
        parsed = Webhook(SECRET).verify(body, headers)
        message_id = headers["webhook-id"]
        with self._lock:
            self._n_seen[message_id] += 1
            answer = self.behaviour(message_id, self._n_seen[message_id])
            self.statuses["hung" if answer is None else answer[0]] += 1
            if answer is not None and answer[0] < 300:
                self.bodies[message_id].append(parsed)
                data = parsed.get("data", {})
                subject = data.get("customer_id") or str(data.get("identifiers"))
                self.order.append((subject, message_id))
                self.times.append(time.monotonic())
                self.headers.append(headers)
        return answer


@contextmanager
def receiving(
    behaviour: Behaviour | None = None, hang_seconds: float = 2.0
) -> Iterator[Receiver]:
    """Run a receiver on this machine; by default it takes everything."""
    receiver = Receiver(behaviour or (lambda *_: (204, {})), hang_seconds)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.answer(headers, body)
            if answer is None:
                time.sleep(receiver.hang_seconds)
                self.close_connection = True
                return
            self.send_response(answer[0])
            for name, value in answer[1].items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Print nothing about senders that were killed."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?key=1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def unreliable(seed: int, fails: float = 0.3, hangs: float = 0.004) -> Behaviour:
    """Return a behaviour that fails and hangs at random, and asks to wait."""
    numbers = random.Random(seed)

    def behave(message_id: str, n_seen: int) -> tuple[int, dict[str, str]] | None:
        draw = numbers.random()
        if draw < hangs:
            return None
        if draw < hangs + 0.01:
            return 429, {"Retry-After": "1"}
        if draw < fails:
            return numbers.choice([500, 500, 500, 400, 302]), {"Location": "http://x/"}
        return 204, {}

    return behave


def as_json(**values: Any) -> str:
    """Return values as the column `properties` has them."""
    return json.dumps(values)
