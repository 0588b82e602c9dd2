"""Simulated events, CRM records and identities as rows of the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from user_states.events.event_contract import CUSTOMERS, EVENTS, IDENTITIES
from user_states.events.simulated_errors import BOTS, FIRST_BOT, KIOSK, SHOP_EMAIL
from user_states.events.simulated_events import (
    APP_FEATURES,
    CATEGORIES,
    CONTENT_TYPES,
    EVENT_PLATFORMS,
    EVENT_TYPES,
    N_PLAIN_FEATURES,
    PAGES_PER_TYPE,
    PREFERENCES,
    SOURCES,
    EventArrays,
)
from user_states.events.simulated_people import People
from user_states.events.simulated_tables import PEOPLE, PERSON_IDENTIFIERS
from user_states.rides.contract import TableSpec
from user_states.rides.simulated_population import (
    CITIES,
    CITY_COUNTRY,
    Generator,
    Integers,
    Population,
)
from user_states.rides.simulated_rides import NULL
from user_states.rides.simulated_world import COUNTRIES

# Shares of accounts with a CRM record, of records that name the account, and of those
# with a known segment, who are opted out, and without a useful e-mail.
_RECORD_SHARE, _NAMES_ACCOUNT_SHARE = 0.80, 0.70
_LABEL_SHARE, _OPTED_OUT_SHARE, _PLACEHOLDER_SHARE = 0.30, 0.05, 0.01
# Shares of accounts that a tool links to their e-mail, right and wrong, and how sure.
_LINKED_SHARE, _WRONGLY_LINKED_SHARE = 0.03, 0.01
_SURE, _UNSURE = 0.97, 0.60
_LOADED_AFTER = np.timedelta64(600, "s")
_LABELS = ("business", "private")
_PEOPLE_PER_BLOCK = 1_000_000


@dataclass(frozen=True)
class Names:
    """The texts of a block's identifiers, by number.

    Attributes
    ----------
    account, email, phone, card, browser : Array of text
        The e-mails at the end, one per account, are wrongly written ones.
    """

    account: pa.Array
    email: pa.Array
    phone: pa.Array
    card: pa.Array
    browser: pa.Array


def name_identifiers(block: int, user_ids: pa.Array, people: People) -> Names:
    """Return the identifiers of a block."""
    users = user_ids.to_pylist()
    n_browsers = int(people.browser.max(initial=-1)) + 1
    emails = [f"{user}@mail.example" for user in users]
    return Names(
        account=user_ids,
        email=pa.array(emails + [f"{user}@mial.example" for user in users]),
        phone=pa.array([f"+34 6{block:03d} {n:05d}" for n in range(len(users))]),
        card=pa.array([f"crm-{user}" for user in users]),
        browser=pa.array([f"a{block:05d}-{n:06d}" for n in range(n_browsers)]),
    )


def event_rows(
    block: int, events: EventArrays, names: Names, first_week: dt.date
) -> pa.RecordBatch:
    """Return rows of app.events; exact duplicates have one event id."""
    at = np.datetime64(first_week, "us") + events.second.astype("timedelta64[s]")
    country = np.where(events.city == NULL, NULL, CITY_COUNTRY[events.city])
    zones = [city.time_zone for city in CITIES]
    page = np.where(
        events.page == NULL, NULL, events.content * PAGES_PER_TYPE + events.page
    )
    pages = [f"/{c}/{n}" for c in CONTENT_TYPES for n in range(PAGES_PER_TYPE)]
    # The same event has the same number, however often it was sent.
    what = np.stack([events.second, events.session, events.source, events.event_type])
    _, number = np.unique(
        np.vstack([what, events.browser, events.account, events.phone, events.card]),
        axis=1,
        return_inverse=True,
    )
    is_session = events.session != NULL
    session_names = np.char.add(f"s{block:05d}-", events.session.astype(str))
    is_advanced = events.feature >= N_PLAIN_FEATURES
    columns = {
        "source": _words(events.source, SOURCES),
        "event_type": _words(events.event_type, EVENT_TYPES),
        "occurred_at": pa.array(at),
        "event_id": pa.array(np.char.add(f"e{block:05d}-", number.ravel().astype(str))),
        "anonymous_id": _browsers(events.browser, names),
        "user_id": _words(events.account, names.account),
        "email": _emails(events.email, names),
        "email_sha256": pa.nulls(len(at), pa.string()),
        "phone": _words(events.phone, names.phone),
        "crm_id": _words(events.card, names.card),
        "session_id": pa.array(session_names, mask=~is_session),
        "duration_seconds": _numbers(events.duration),
        "page_path": _words(page, pages),
        "content_type": _words(events.content, CONTENT_TYPES),
        "feature_name": _words(events.feature, APP_FEATURES),
        "product_category": _words(events.category, CATEGORIES),
        "preference": _words(events.preference, PREFERENCES),
        "value": _numbers(events.value),
        "currency": _words(
            np.where(np.isnan(events.value), NULL, country),
            [country.currency for country in COUNTRIES],
        ),
        "platform": _words(events.platform, EVENT_PLATFORMS),
        "app_version": pa.nulls(len(at), pa.string()),
        "country": _words(country, [country.code for country in COUNTRIES]),
        "city": _words(events.city, [city.name for city in CITIES]),
        "time_zone": _words(events.city, zones),
        "is_advanced_feature": pa.array(is_advanced, mask=events.feature == NULL),
        "loaded_at": pa.array(at + _LOADED_AFTER),
    }
    return _batch(EVENTS, columns)


def crm_rows(
    rng: Generator,
    people: People,
    population: Population,
    events: EventArrays,
    names: Names,
    first_week: dt.date,
    n_weeks: int,
) -> pa.RecordBatch:
    """Return rows of app.customers: for most accounts, and for each card in use."""
    n_accounts = len(people.account_person)
    has_record = rng.random(n_accounts) < _RECORD_SHARE
    has_record[events.card[events.card >= 0]] = True
    account = np.flatnonzero(has_record)
    n_records = len(account)
    person = people.account_person[account]
    is_main = people.main_account[person] == account
    email = people.account_email[account].copy()
    is_wrong = people.has_wrong_email[person] & is_main
    email[is_wrong] = n_accounts + account[is_wrong]
    emails = _words(email, names.email).to_pylist()
    for row in np.flatnonzero(rng.random(n_records) < _PLACEHOLDER_SHARE):
        emails[row] = "none"
    weeks = population.join_week[account] + rng.uniform(0, 8, n_records)
    created = np.minimum(weeks, n_weeks) * 7 * 86_400
    converted = _first_purchases(people, events)[account]
    names_account = rng.random(n_records) < _NAMES_ACCOUNT_SHARE
    has_label = rng.random(n_records) < _LABEL_SHARE
    corporate = population.payment_mode[account] == 3
    label = np.where(has_label, np.where(corporate, 0, 1), NULL)
    born = np.datetime64("1990-01-01") + rng.integers(-14_000, 5_000, n_records)
    columns = {
        "crm_id": _words(account, names.card),
        "email": pa.array(emails, pa.string()),
        "phone": _words(people.account_phone[account], names.phone),
        "user_id": _words(np.where(names_account, account, NULL), names.account),
        "created_at": pa.array(_instants(created, first_week)),
        "converted_at": pa.array(
            _instants(np.maximum(converted, 0), first_week), mask=converted < 0
        ),
        "birth_date": pa.array(born, mask=rng.random(n_records) < 0.3),
        "segment_label": _words(label, _LABELS),
        "preference": _words(
            rng.integers(-1, len(PREFERENCES), n_records), PREFERENCES
        ),
        "is_opted_out": pa.array(rng.random(n_records) < _OPTED_OUT_SHARE),
    }
    return _batch(CUSTOMERS, columns)


def identity_rows(
    rng: Generator, people: People, names: Names, first_week: dt.date, n_weeks: int
) -> pa.RecordBatch:
    """Return rows of app.identities: sure and right, or unsure and wrong."""
    n_accounts = len(people.account_person)
    is_right = rng.random(n_accounts) < _LINKED_SHARE
    is_wrong = ~is_right & (rng.random(n_accounts) < _WRONGLY_LINKED_SHARE)
    account = np.flatnonzero(is_right | is_wrong)
    other = np.roll(np.arange(n_accounts), 1)[account]
    owner = np.where(is_right[account], account, other)
    seconds = rng.uniform(0, n_weeks, len(account)) * 7 * 86_400
    columns = {
        "identifier_type": pa.array(["user_id"] * len(account)),
        "identifier": _words(account, names.account),
        "other_type": pa.array(["email"] * len(account)),
        "other_identifier": _words(people.account_email[owner], names.email),
        "linked_at": pa.array(_instants(seconds, first_week)),
        "source": pa.array(["matching"] * len(account)),
        "probability": pa.array(np.where(is_right[account], _SURE, _UNSURE)),
    }
    return _batch(IDENTITIES, columns)


def people_rows(block: int, people: People) -> pa.RecordBatch:
    """Return who is there."""
    n_accounts = (people.main_account >= 0).astype(np.int32)
    n_accounts += people.second_account >= 0
    columns = {
        "person": pa.array(block * _PEOPLE_PER_BLOCK + np.arange(people.n_people)),
        "n_accounts": pa.array(n_accounts),
        "logs_in": pa.array(people.logs_in),
        "shares_a_device": pa.array(people.shares_a_device),
        "has_wrong_email": pa.array(people.has_wrong_email),
    }
    return _batch(PEOPLE, columns)


def identifier_rows(block: int, people: People, names: Names) -> pa.RecordBatch:
    """Return whose each identifier is; telephones are digits, as SQL has them."""
    accounts = np.arange(len(people.account_person))
    parts: list[tuple[str, Integers, Integers, pa.Array]] = [
        ("user_id", accounts, accounts, names.account),
        ("crm_id", accounts, accounts, names.card),
        ("email", accounts, people.account_email, names.email),
        ("phone", accounts, people.account_phone, names.phone),
    ]
    person, kinds, texts = [], [], []
    for kind, rows, numbers, vocabulary in parts:
        # An e-mail of two accounts is one identifier of one person.
        own = numbers == rows
        person.append(people.account_person[rows[own]])
        kinds += [kind] * int(own.sum())
        texts += _words(numbers[own], vocabulary).to_pylist()
    person.append(people.browser_person)
    kinds += ["anonymous_id"] * len(people.browser)
    texts += _words(people.browser, names.browser).to_pylist()
    digits = str.maketrans("", "", "+ ")
    columns = {
        "person": pa.array(block * _PEOPLE_PER_BLOCK + np.concatenate(person)),
        "identifier_type": pa.array(kinds),
        "identifier": pa.array(
            [
                text.translate(digits) if kind == "phone" else text
                for kind, text in zip(kinds, texts, strict=True)
            ]
        ),
    }
    return _batch(PERSON_IDENTIFIERS, columns)


def _first_purchases(people: People, events: EventArrays) -> Integers:
    """Return the second of each account's person's first purchase; -1 for none."""
    is_purchase = events.event_type == EVENT_TYPES.index("purchase")
    is_purchase &= events.account != NULL
    never = np.iinfo(np.int64).max
    first = np.full(people.n_people, never)
    person = people.account_person[events.account[is_purchase]]
    np.minimum.at(first, person, events.second[is_purchase])
    by_account = first[people.account_person]
    return np.where(by_account == never, -1, by_account)


def _instants(
    seconds: npt.NDArray[np.number], first_week: dt.date
) -> npt.NDArray[np.datetime64]:
    moments: npt.NDArray[np.datetime64] = np.datetime64(first_week, "us") + (
        seconds.astype("timedelta64[s]")
    )
    return moments


def _browsers(codes: Integers, names: Names) -> pa.Array:
    special = {NULL: None, KIOSK: "kiosk-1"}
    special |= {FIRST_BOT - number: f"bot-{number}" for number in range(BOTS)}
    return _with_special(codes, names.browser, special)


def _emails(codes: Integers, names: Names) -> pa.Array:
    special = {NULL: None, SHOP_EMAIL: "till@shop.example"}
    return _with_special(codes, names.email, special)


def _with_special(
    codes: Integers, vocabulary: pa.Array, special: dict[int, str | None]
) -> pa.Array:
    """Return texts of codes; negative ones are those of `special`."""
    lowest = min(special)
    first = [special.get(code) for code in range(lowest, 0)]
    words = pa.concat_arrays([pa.array(first, pa.string()), vocabulary])
    return words.take(pa.array(codes - lowest))


def _words(codes: Integers, words: pa.Array | list[str] | tuple[str, ...]) -> pa.Array:
    indices = pa.array(codes.astype(np.int64), mask=codes == NULL)
    vocabulary = words if isinstance(words, pa.Array) else pa.array(words)
    return vocabulary.take(indices)


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _batch(spec: TableSpec, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    schema = spec.arrow_schema
    arrays = [columns[field.name].cast(field.type) for field in schema]
    return pa.record_batch(arrays, schema=schema)
