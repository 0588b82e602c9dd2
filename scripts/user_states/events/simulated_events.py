"""What simulated people do: they browse, buy, use the app, visit stores and call."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from user_states.events.simulated_people import People
from user_states.rides.simulated_population import (
    CITY_COUNTRY,
    Booleans,
    Floats,
    Generator,
    Integers,
    Population,
    SimulatedRequests,
)
from user_states.rides.simulated_rides import NULL

SOURCES = ("web", "product", "store", "call_centre")
EVENT_TYPES = (
    *("page_view", "product_view", "add_to_cart", "checkout_start", "purchase"),
    *("content_share", "feature_use", "video_start", "download", "app_open", "sign_up"),
    *("support_contact", "store_visit", "filter_use", "quantum_leap"),
)
UNKNOWN_TYPE = "quantum_leap"
EVENT_PLATFORMS = ("web", "ios", "android")
CONTENT_TYPES = ("blog", "video", "whitepaper", "product", "page")
APP_FEATURES = (
    *("book_ride", "share_trip", "schedule_ride", "split_fare", "saved_places"),
    *("price_alert", "ride_report", "voice_booking"),
)
N_PLAIN_FEATURES = 5
CATEGORIES = ("gift_card", "season_pass", "luggage", "child_seat")
PREFERENCES = ("quiet", "cheap", "fast", "green")
# Pages of each content type.
PAGES_PER_TYPE = 12

# Shares of what a web session's views are: one event type and content type each.
_VIEWS = (
    ("page_view", "page", 0.34),
    ("page_view", "blog", 0.22),
    ("product_view", "product", 0.20),
    ("video_start", "video", 0.09),
    ("download", "whitepaper", 0.06),
    ("filter_use", "product", 0.06),
    ("content_share", "blog", 0.03),
)
_VIEWS_PER_SESSION, _SECONDS_BETWEEN = 3.0, 45.0
# Of the events of a person: on the web, and in the app.
_WEB_SHARE, _APP_SHARE = 0.60, 0.30
_FEATURES_PER_SESSION = 1.0
# Share of web sessions in which somebody leaves an e-mail for the newsletter.
_NEWSLETTER_SHARE = 0.01
# Visits to a store, and calls, per person and week.
_STORE_RATE, _CALL_RATE = 0.012, 0.006
_PHONE_AT_STORE_SHARE, _EMAIL_AT_PURCHASE_SHARE, _MAIN_ACCOUNT_SHARE = 0.6, 0.6, 0.75
_WEEKS_BEFORE_JOINING = 6
_WEEK = 7 * 86_400


@dataclass(frozen=True)
class EventSettings:
    """How much people do besides rides.

    Attributes
    ----------
    per_person : float
        Events of a person who is there from the first week on, on average.
    purchases_per_week : float
        Per person who logs in, at the same rate for everybody: browsing has nothing to
        do with buying.
    has_errors : bool
        Whether errors are put in.
    """

    per_person: float = 40.0
    purchases_per_week: float = 0.02
    has_errors: bool = True


@dataclass(frozen=True)
class EventArrays:
    """Events as arrays of length m: numbers, and codes of text values, or NULL.

    Attributes
    ----------
    second : int
        Since the first Monday, UTC.
    browser, account, email, phone, card : int
        Identifiers; the card is the account whose CRM record it is on.
    session : int
        Number of the session in the block.
    duration, value : float
        NaN if not known.
    """

    source: Integers
    event_type: Integers
    second: Integers
    browser: Integers
    account: Integers
    email: Integers
    phone: Integers
    card: Integers
    session: Integers
    duration: Floats
    content: Integers
    page: Integers
    feature: Integers
    category: Integers
    preference: Integers
    value: Floats
    platform: Integers
    city: Integers

    def take(self, rows: npt.NDArray[np.intp] | Booleans) -> EventArrays:
        """Return copies of some events."""
        return EventArrays(
            **{f.name: getattr(self, f.name)[rows] for f in fields(self)}
        )


def made(
    source: str, event_type: Integers | str, **columns: npt.NDArray[Any]
) -> EventArrays:
    """Return events of one source; columns that are not named are null."""
    n_events = len(columns["second"])
    values: dict[str, npt.NDArray[Any]] = {}
    for field in fields(EventArrays):
        if field.name in columns:
            values[field.name] = columns[field.name]
        elif field.name in ("duration", "value"):
            values[field.name] = np.full(n_events, np.nan)
        else:
            values[field.name] = np.full(n_events, NULL, dtype=np.int64)
    values["source"] = np.full(n_events, SOURCES.index(source))
    code = EVENT_TYPES.index(event_type) if isinstance(event_type, str) else event_type
    values["event_type"] = np.broadcast_to(code, (n_events,)).astype(np.int64)
    return EventArrays(**values)


def joined(parts: list[EventArrays]) -> EventArrays:
    """Return the events of all parts."""
    return EventArrays(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(EventArrays)
        }
    )


def draw_events(
    rng: Generator,
    people: People,
    population: Population,
    requests: SimulatedRequests,
    n_weeks: int,
    settings: EventSettings,
) -> EventArrays:
    """Draw the events of a block of people, without errors."""
    first_week = _first_weeks(rng, people, population, n_weeks)
    visits = _draw_web_sessions(rng, people, first_week, n_weeks, settings)
    purchases = _draw_purchases(rng, people, first_week, n_weeks, settings)
    app = _draw_app_sessions(rng, population, requests, n_weeks, settings)
    elsewhere = _draw_elsewhere(rng, people, first_week, n_weeks)
    parts = _with_own_sessions([visits, purchases, app]) + elsewhere
    events = joined(parts)
    city = _cities(people, population, events)
    kept = (events.second >= 0) & (events.second < n_weeks * _WEEK)
    return EventArrays(**{**vars(events), "city": city}).take(kept)


def _first_weeks(
    rng: Generator, people: People, population: Population, n_weeks: int
) -> Floats:
    """Return when each person is first seen: some time before joining."""
    joined_at = rng.uniform(0, n_weeks, people.n_people)
    has_account = people.main_account >= 0
    joined_at[has_account] = population.join_week[people.main_account[has_account]]
    first: Floats = joined_at - rng.uniform(0, _WEEKS_BEFORE_JOINING, people.n_people)
    return np.maximum(first, 0)


def _draw_moments(rng: Generator, first_week: Floats, n_weeks: int) -> Integers:
    seconds = rng.uniform(first_week, n_weeks) * _WEEK
    return seconds.astype(np.int64)


def _pick_browsers(rng: Generator, people: People, person: Integers) -> Integers:
    counts = np.bincount(people.browser_person, minlength=people.n_people)
    first = np.cumsum(counts) - counts
    place = (rng.random(len(person)) * counts[person]).astype(np.int64)
    picked: Integers = people.browser[first[person] + place]
    return picked


def _draw_web_sessions(
    rng: Generator,
    people: People,
    first_week: Floats,
    n_weeks: int,
    settings: EventSettings,
) -> EventArrays:
    """Draw sessions of views, anonymous but for an e-mail here and there."""
    rate = rng.gamma(2, 0.5, people.n_people) * (n_weeks - first_week) / n_weeks
    rate *= settings.per_person * _WEB_SHARE / _VIEWS_PER_SESSION
    person = np.repeat(np.arange(people.n_people), rng.poisson(rate))
    begin = _draw_moments(rng, first_week[person], n_weeks)
    browser = _pick_browsers(rng, people, person)
    n_views = 1 + rng.poisson(_VIEWS_PER_SESSION - 1, len(person))
    session = np.repeat(np.arange(len(person)), n_views)
    place = np.arange(len(session)) - np.repeat(np.cumsum(n_views) - n_views, n_views)
    # Less than the time between two views, so that no two are in one second.
    gap = rng.uniform(0, _SECONDS_BETWEEN - 1, len(session))
    view = rng.choice(len(_VIEWS), len(session), p=[share for *_, share in _VIEWS])
    types = np.array([EVENT_TYPES.index(name) for name, *_ in _VIEWS])[view]
    contents = np.array([CONTENT_TYPES.index(name) for _, name, _ in _VIEWS])[view]
    account = people.main_account[person]
    signs_up = rng.random(len(person)) < _NEWSLETTER_SHARE
    signs_up &= people.logs_in[person]
    leaves = signs_up[session] & (place == 0)
    email = np.full(len(session), NULL, dtype=np.int64)
    email[leaves] = people.account_email[account[session[leaves]]]
    types = np.where(leaves, EVENT_TYPES.index("sign_up"), types)
    is_filter = types == EVENT_TYPES.index("filter_use")
    preference = rng.integers(0, len(PREFERENCES), len(session))
    return made(
        "web",
        types,
        second=begin[session] + (place * _SECONDS_BETWEEN + gap).astype(np.int64),
        browser=browser[session],
        email=email,
        session=session,
        duration=np.where(rng.random(len(session)) < 0.8, np.round(gap), np.nan),
        content=contents,
        page=rng.integers(0, PAGES_PER_TYPE, len(session)),
        preference=np.where(is_filter, preference, NULL),
        platform=np.zeros(len(session), dtype=np.int64),
    )


def _draw_purchases(
    rng: Generator,
    people: People,
    first_week: Floats,
    n_weeks: int,
    settings: EventSettings,
) -> EventArrays:
    """Draw purchases on the web: there people log in."""
    rate = settings.purchases_per_week * (n_weeks - first_week) * people.logs_in
    person = np.repeat(np.arange(people.n_people), rng.poisson(rate))
    n_purchases = len(person)
    second_account = people.second_account[person]
    is_second = (second_account >= 0) & (rng.random(n_purchases) > _MAIN_ACCOUNT_SHARE)
    account = np.where(is_second, second_account, people.main_account[person])
    steps = ("product_view", "add_to_cart", "checkout_start", "purchase")
    step = np.tile(np.arange(len(steps)), n_purchases)
    is_logged_in, is_purchase = step >= 2, step == len(steps) - 1

    def each(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.repeat(values, len(steps))

    shows_email = is_purchase & each(rng.random(n_purchases) < _EMAIL_AT_PURCHASE_SHARE)
    value = each(np.round(rng.lognormal(3.2, 0.6, n_purchases), 2))
    begin = _draw_moments(rng, first_week[person], n_weeks)
    return made(
        "web",
        np.array([EVENT_TYPES.index(name) for name in steps])[step],
        second=each(begin) + 60 * step,
        browser=each(_pick_browsers(rng, people, person)),
        account=np.where(is_logged_in, each(account), NULL),
        email=np.where(shows_email, each(people.account_email[account]), NULL),
        session=each(np.arange(n_purchases)),
        duration=np.full(len(step), 60.0),
        content=np.full(len(step), CONTENT_TYPES.index("product")),
        page=each(rng.integers(0, PAGES_PER_TYPE, n_purchases)),
        category=each(rng.integers(0, len(CATEGORIES), n_purchases)),
        value=np.where(is_purchase, value, np.nan),
        platform=np.zeros(len(step), dtype=np.int64),
    )


def _draw_app_sessions(
    rng: Generator,
    population: Population,
    requests: SimulatedRequests,
    n_weeks: int,
    settings: EventSettings,
) -> EventArrays:
    """Draw sessions in the app, some minutes before a part of the rides."""
    n_accounts, n_requests = len(population.home_city), len(requests.user)
    wanted = settings.per_person * _APP_SHARE / (2 + _FEATURES_PER_SESSION) * n_accounts
    is_shown = rng.random(n_requests) < min(1.0, wanted / max(n_requests, 1))
    account = requests.user[is_shown]
    hours = requests.week[is_shown] * 168 + requests.hour_of_week[is_shown]
    begin = hours * 3600 + rng.integers(0, 3000, len(account))
    n_events = 2 + rng.poisson(_FEATURES_PER_SESSION, len(account))
    session = np.repeat(np.arange(len(account)), n_events)
    first = np.cumsum(n_events) - n_events
    place = np.arange(len(session)) - np.repeat(first, n_events)
    is_open = place == 0
    feature = np.floor(len(APP_FEATURES) * rng.random(len(session)) ** 2).astype(
        np.int64
    )
    seconds = rng.gamma(2, 40, len(session))
    ios, android = (EVENT_PLATFORMS.index(name) for name in ("ios", "android"))
    return made(
        "product",
        np.where(
            is_open, EVENT_TYPES.index("app_open"), EVENT_TYPES.index("feature_use")
        ),
        second=begin[session] + 20 * place,
        account=account[session],
        session=session,
        duration=np.where(rng.random(len(session)) < 0.85, np.round(seconds), np.nan),
        feature=np.where(is_open, NULL, feature),
        platform=np.where(population.has_ios[account], ios, android)[session],
    )


def _draw_elsewhere(
    rng: Generator, people: People, first_week: Floats, n_weeks: int
) -> list[EventArrays]:
    """Draw visits to stores, with a receipt, and calls."""
    weeks = (n_weeks - first_week) * (people.main_account >= 0)
    person = np.repeat(np.arange(people.n_people), rng.poisson(_STORE_RATE * weeks))
    account = people.main_account[person]
    shows_phone = rng.random(len(person)) < _PHONE_AT_STORE_SHARE
    visits = made(
        "store",
        "store_visit",
        second=_draw_moments(rng, first_week[person], n_weeks),
        phone=np.where(shows_phone, people.account_phone[account], NULL),
        card=np.where(shows_phone, NULL, account),
        category=rng.integers(0, len(CATEGORIES), len(person)),
        value=np.round(rng.lognormal(3.0, 0.5, len(person)), 2),
    )
    person = np.repeat(np.arange(people.n_people), rng.poisson(_CALL_RATE * weeks))
    calls = made(
        "call_centre",
        "support_contact",
        second=_draw_moments(rng, first_week[person], n_weeks),
        phone=people.account_phone[people.main_account[person]],
        duration=np.round(rng.gamma(2, 150, len(person))),
    )
    return [visits, calls]


def _with_own_sessions(parts: list[EventArrays]) -> list[EventArrays]:
    """Return the parts with different numbers of sessions."""
    numbered, first = [], 0
    for part in parts:
        session = part.session + first
        numbered.append(EventArrays(**{**vars(part), "session": session}))
        first = session.max(initial=first - 1) + 1
    return numbered


def _cities(people: People, population: Population, events: EventArrays) -> Integers:
    """Return the home city of who did it; a visitor's is drawn from the browser."""
    browser_city = np.arange(people.browser.max(initial=0) + 1) % len(CITY_COUNTRY)
    main = people.main_account[people.browser_person]
    known = main >= 0
    browser_city[people.browser[known]] = population.home_city[main[known]]
    city = np.where(events.browser != NULL, browser_city[events.browser], NULL)
    for number in (events.account, events.phone, events.card):
        city = np.where(number != NULL, population.home_city[number], city)
    return city
