"""Errors put into simulated events in known numbers."""

from __future__ import annotations

import numpy as np

from user_states.events.simulated_events import (
    EVENT_TYPES,
    SOURCES,
    UNKNOWN_TYPE,
    EventArrays,
    joined,
    made,
)
from user_states.rides.simulated_population import Generator, Integers
from user_states.rides.simulated_rides import NULL

# Shares of events with each error.
_ERROR_SHARES = {
    "exact_duplicate": 0.004,
    "future_time": 0.0005,
    "unknown_type": 0.001,
    "no_identifier": 0.001,
}
_FUTURE_SECONDS = 75 * 365 * 86_400
# In the first block: robots that read so many pages, one a second, a screen in a shop
# that so many accounts log in on, and receipts with the shop's own e-mail.
BOTS, _VIEWS_OF_A_BOT = 3, 400
_LOGINS_ON_THE_KIOSK, _RECEIPTS_WITH_THE_SHOPS_EMAIL = 30, 40
# The week, counted from the end, in which calls were not recorded.
_SILENT_WEEKS_BEFORE_THE_END = 6
_WEEK = 7 * 86_400
# Codes of identifiers that are nobody's, after NULL.
KIOSK, SHOP_EMAIL, FIRST_BOT = -2, -3, -4


def add_errors(
    rng: Generator, events: EventArrays, n_weeks: int, *, is_first_block: bool
) -> tuple[EventArrays, dict[str, int]]:
    """Return the events with errors, and how many have each."""
    events, n_silenced = _without_the_silent_week(events, n_weeks)
    n_events = len(events.second)
    kinds = tuple(_ERROR_SHARES)
    shares = [*_ERROR_SHARES.values(), 1 - sum(_ERROR_SHARES.values())]
    kind = rng.choice(len(shares), n_events, p=shares)
    rows = {name: np.flatnonzero(kind == index) for index, name in enumerate(kinds)}
    copies = events.take(rows["exact_duplicate"])
    events.second[rows["future_time"]] += _FUTURE_SECONDS
    events.event_type[rows["unknown_type"]] = EVENT_TYPES.index(UNKNOWN_TYPE)
    for identifiers in (
        *(events.browser, events.account, events.email),
        *(events.phone, events.card),
    ):
        identifiers[rows["no_identifier"]] = NULL
    counts = {name: len(found) for name, found in rows.items()}
    parts = [events, copies]
    if is_first_block:
        parts += [_bots(rng, n_weeks), *_shared_by_many(rng, events, n_weeks)]
        counts["bot"] = BOTS * _VIEWS_OF_A_BOT
        counts["kiosk_login"] = len(parts[-2].second)
        counts["shops_email"] = len(parts[-1].second)
    return joined(parts), {**counts, "silent_week": n_silenced}


def _without_the_silent_week(
    events: EventArrays, n_weeks: int
) -> tuple[EventArrays, int]:
    week = max(n_weeks - _SILENT_WEEKS_BEFORE_THE_END, 0)
    is_silent = (events.source == SOURCES.index("call_centre")) & (
        events.second // _WEEK == week
    )
    return events.take(~is_silent), int(is_silent.sum())


def _bots(rng: Generator, n_weeks: int) -> EventArrays:
    bot = np.repeat(np.arange(BOTS), _VIEWS_OF_A_BOT)
    begin = rng.integers(0, (n_weeks * _WEEK) - 3600, BOTS)
    return made(
        "web",
        "page_view",
        second=begin[bot] + np.tile(np.arange(_VIEWS_OF_A_BOT), BOTS),
        browser=FIRST_BOT - bot,
        platform=np.zeros(len(bot), dtype=np.int64),
    )


def _shared_by_many(
    rng: Generator, events: EventArrays, n_weeks: int
) -> list[EventArrays]:
    def some(numbers: Integers, most: int) -> Integers:
        known = np.unique(numbers[numbers != NULL])
        return rng.permutation(known)[:most]

    accounts = some(events.account, _LOGINS_ON_THE_KIOSK)
    phones = some(events.phone, _RECEIPTS_WITH_THE_SHOPS_EMAIL)
    cards = some(events.card, _RECEIPTS_WITH_THE_SHOPS_EMAIL)
    on_the_kiosk = made(
        "web",
        "page_view",
        second=rng.integers(0, n_weeks * _WEEK, len(accounts)),
        browser=np.full(len(accounts), KIOSK),
        account=accounts,
        platform=np.zeros(len(accounts), dtype=np.int64),
    )
    number = np.concatenate([phones, cards])
    has_phone = np.arange(len(number)) < len(phones)
    receipts = made(
        "store",
        "store_visit",
        second=rng.integers(0, n_weeks * _WEEK, len(number)),
        email=np.full(len(number), SHOP_EMAIL),
        phone=np.where(has_phone, number, NULL),
        card=np.where(has_phone, NULL, number),
        value=np.full(len(number), 9.9),
    )
    return [on_the_kiosk, receipts]
