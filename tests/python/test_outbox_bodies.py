"""Signatures, addresses, bodies and retries of the outbox, without a warehouse."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from user_states.errors import UserError
from user_states.outbox.addresses import RefusedAddressError, address_of
from user_states.outbox.bodies import TEMPLATES, BodyTemplate, NoIdentifierError
from user_states.outbox.endpoints import Endpoint, EndpointRow
from user_states.outbox.http_posts import Answer, Poster
from user_states.outbox.message import Message
from user_states.outbox.retries import WAITS, RetrySchedule, outcome_of, pause_after
from user_states.outbox.signatures import keys_of, signature_headers
from webhook_receiver import SECRET, receiving

MESSAGE = Message(
    "abc",
    "vip_offer",
    "offers.vip",
    "7",
    None,
    "vip_offer",
    dt.datetime(2026, 3, 4, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    {"title": 'A "title"', "message": "Thanks!", "offer": "10% off"},
    identifiers={"user_id": "u7", "email": "a@example.org"},
)
ROW = EndpointRow("tool", "*", "URL", "SECRET", None, "default", None, "user_id", False)
ENVIRONMENT = {"URL": "https://example.org/hook", "SECRET": SECRET}


def test_two_secrets_give_two_signatures() -> None:
    """While secrets are exchanged, a receiver verifies with the old or the new one."""
    other = "whsec_" + "A" * 43 + "="
    now = int(dt.datetime.now(dt.UTC).timestamp())
    headers = signature_headers(keys_of(f"{SECRET} {other}", "S"), "m", now, b"{}")
    for secret in (SECRET, other):
        assert Webhook(secret).verify(b"{}", headers) == {}


@pytest.mark.parametrize("secret", ["", "abcabc", "whsec_YWJj", "whsec_%%%"])
def test_what_is_no_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(UserError, match="expected whsec_ and 24 to 64") as caught:
        keys_of(secret, "SECRET_NAME")
    assert "SECRET_NAME" in str(caught.value)
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://example.org/", "found a URL with http"),
        ("ftp://example.org/", "found a URL with ftp"),
        ("example.org/hook", "found a URL with no scheme"),
        ("https://", "without a host"),
        ("https://somebody@example.org/", "found a user or password"),
        ("https://example.org:port/", "found no URL"),
        ("https://example.org/a b", "with spaces"),
        ("https://example.org/\r\nX: y", "with spaces"),
    ],
)
def test_urls_that_are_refused_by_their_text(url: str, found: str) -> None:
    with pytest.raises(UserError, match=found) as caught:
        address_of(url, "URL_NAME", may_be_private=False)
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "localhost",
    ],
)
def test_private_addresses_are_refused_unless_they_are_allowed(host: str) -> None:
    address = address_of(f"https://{host}/", "URL", may_be_private=False)
    with pytest.raises(RefusedAddressError, match="not public"):
        address.resolve()
    if "224" not in host:
        assert address_of(f"https://{host}/", "URL", may_be_private=True).resolve()


def test_a_name_that_also_leads_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One private address among public ones is enough."""
    places = [("8.8.8.8", 443), ("10.0.0.1", 443)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    address = address_of("https://example.org/", "URL", may_be_private=False)
    with pytest.raises(RefusedAddressError):
        address.resolve()


def test_without_encryption_only_this_machine_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = address_of("http://example.org/", "URL", may_be_private=True)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    poster = Poster(address, 1.0)
    assert poster.post(b"{}", {}).in_words.startswith("the URL is not https")
    poster.close()


def test_a_redirect_is_not_followed() -> None:
    with receiving() as target, receiving() as receiver:
        receiver.behaviour = lambda *_: (307, {"Location": target.url})
        address = address_of(receiver.url, "URL", may_be_private=True)
        poster = Poster(address, 1.0)
        now = int(dt.datetime.now(dt.UTC).timestamp())
        headers = signature_headers(keys_of(SECRET, "S"), "m", now, b"{}")
        assert poster.post(b"{}", headers).status == 307
        poster.close()
    assert not target.statuses


def test_a_receiver_that_drips_is_cut_off() -> None:
    """A byte now and then does not keep a post open."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = address_of(f"http://127.0.0.1:{port}/", "URL", may_be_private=True)
        poster = Poster(address, 0.6)

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        answer = poster.post(b"{}", {})
        assert time.monotonic() - began < 2
        assert answer == Answer(None, "no answer within 0.6 seconds")
        poster.close()
        thread.join(5)


BODIES: dict[str, tuple[dict[str, str], Any]] = {
    "default": (
        {},
        {
            "type": "offers.vip",
            "timestamp": "2026-03-04T10:00:00.000Z",
            "data": {
                "trigger": "vip_offer",
                "customer_id": "7",
                "identifiers": {"user_id": "u7", "email": "a@example.org"},
                "properties": dict(MESSAGE.properties),
            },
        },
    ),
    "braze": (
        {},
        {
            "events": [
                {
                    "external_id": "u7",
                    "name": "offers.vip",
                    "time": "2026-03-04T10:00:00.000Z",
                    "properties": {
                        "message_id": "abc",
                        "trigger": "vip_offer",
                        **MESSAGE.properties,
                    },
                }
            ]
        },
    ),
    "hubspot": (
        {"event_name": "pe1_vip"},
        {
            "eventName": "pe1_vip",
            "email": "a@example.org",
            "occurredAt": "2026-03-04T10:00:00.000Z",
            "uuid": "abc",
            "properties": {
                "trigger": "vip_offer",
                "title": 'A "title"',
                "offer": "10% off",
            },
        },
    ),
    "marketo": (
        {"program_name": "VIP"},
        {
            "programName": "VIP",
            "source": "User States",
            "reason": 'vip_offer: A "title"',
            "lookupField": "email",
            "input": [{"email": "a@example.org"}],
        },
    ),
    "activecampaign": (
        {"field": "3"},
        {
            "contact": {
                "email": "a@example.org",
                "fieldValues": [{"field": "3", "value": "vip_offer: 10% off"}],
            }
        },
    ),
    "segment": (
        {},
        {
            "type": "track",
            "messageId": "abc",
            "userId": "u7",
            "event": "offers.vip",
            "timestamp": "2026-03-04T10:00:00.000Z",
            "properties": {"trigger": "vip_offer", **MESSAGE.properties},
        },
    ),
}


def test_every_template_has_its_body_here() -> None:
    assert {p.name.split(".")[0] for p in TEMPLATES.iterdir()} == set(BODIES)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_body_of_each_template(name: str) -> None:
    options, expected = BODIES[name]
    template = BodyTemplate(name, options, ("user_id", "email"))
    assert json.loads(template.body(MESSAGE)) == expected


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"template": "bras"}, "found the template 'bras'"),
        (
            {"template": "hubspot", "identifiers": "email"},
            "without the option event_name",
        ),
        ({"template": "braze", "identifiers": "email"}, "without the right to user_id"),
        ({"identifiers": ""}, "without any identifier"),
        ({"identifiers": "name"}, "found the identifier 'name'"),
        ({"options": "field"}, "found the option 'field'"),
        ({"url_env": "NONE"}, "found no variable NONE in the environment"),
        ({"secret_env": "NONE"}, "found no variable NONE in the environment"),
        ({"headers_env": "BAD"}, "found a line in BAD that is no header"),
        ({"headers_env": "OWN"}, "found a line in OWN that is no header"),
    ],
)
def test_an_endpoint_that_cannot_be_used_says_why(
    changes: dict[str, Any], found: str
) -> None:
    environment = {**ENVIRONMENT, "BAD": "nonsense", "OWN": "webhook-id: mine"}
    with pytest.raises(UserError, match=found):
        Endpoint.of(replace(ROW, **changes), environment)


def test_headers_of_an_endpoint() -> None:
    environment = {**ENVIRONMENT, "KEYS": "Authorization: Bearer a:b\nX-Key: c"}
    endpoint = Endpoint.of(replace(ROW, headers_env="KEYS"), environment)
    assert endpoint.headers == {"Authorization": "Bearer a:b", "X-Key": "c"}


def test_a_person_without_what_the_template_needs_gets_no_body() -> None:
    template = BodyTemplate("braze", {}, ("user_id",))
    with pytest.raises(NoIdentifierError, match="no user_id of the person"):
        template.body(replace(MESSAGE, identifiers={}))


def test_a_template_that_makes_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.json.j2").write_text('{"title": "{{ properties.title }}"}')
    with pytest.raises(UserError, match="makes no JSON"):
        BodyTemplate("own", {}, ("user_id",), tmp_path)


def test_waits_are_those_of_the_specification() -> None:
    """Ten attempts: at once, 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h."""
    schedule = RetrySchedule()
    waits = []
    for n_attempts in range(10):
        outcome = outcome_of(Answer(500), n_attempts, 0, schedule, random_share=0)
        waits.append(outcome.wait if outcome.status == "waiting" else outcome.status)
    assert waits == [*WAITS, "dead"]
    assert outcome_of(Answer(500), 0, 0, schedule, random_share=1).wait == 5.5


def test_answers_that_are_no_failure_of_the_message() -> None:
    schedule = RetrySchedule()
    busy = outcome_of(Answer(429, None, 90), 9, 0, schedule)
    assert (busy.status, busy.counts, busy.wait) == ("waiting", False, 90)
    assert outcome_of(Answer(429), 0, 6 * 86_400, schedule).status == "dead"
    gone = outcome_of(Answer(410), 9, 0, schedule)
    assert (gone.status, gone.counts) == ("waiting", False)
    asked = outcome_of(Answer(503, None, 1e9), 0, 0, schedule)
    assert asked.wait == 86_400


def test_a_busy_endpoint_gets_longer_and_longer_pauses() -> None:
    schedule = RetrySchedule()
    pauses = [pause_after(Answer(503), n, 0, schedule) for n in range(9)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert pause_after(Answer(503, None, 50), 0, 0, schedule) == 50
    assert pause_after(Answer(500), 3, 4, schedule) is None
    assert pause_after(Answer(None, "silence"), 0, 5, schedule) == 5
