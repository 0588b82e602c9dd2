"""Sources, identifiers, events and reasons as people call them."""

from __future__ import annotations

from user_states.explorer.words.page_texts import starting_large

_SOURCES = {
    "web": "Website",
    "product": "App",
    "store": "Store",
    "call_centre": "Phone calls",
    "crm": "CRM",
}
# One of each, and several.
_IDENTIFIERS = {
    "user_id": ("account", "accounts"),
    "anonymous_id": ("browser or device", "browsers and devices"),
    "email": ("email address", "email addresses"),
    "email_sha256": ("hidden email address", "hidden email addresses"),
    "phone": ("phone number", "phone numbers"),
    "crm_id": ("CRM record", "CRM records"),
}
# What a customer did, where the words of its type do not say it.
_EVENTS = {
    "ride_completed": "a ride",
    "ride_cancelled": "a ride that was cancelled",
    "ride_requested": "a ride that was asked for",
    "page_view": "a page view",
    "product_view": "a look at a product",
    "add_to_cart": "a product for the cart",
    "checkout_start": "a begun checkout",
    "purchase": "an order",
    "store_visit": "a visit to a store",
    "support_contact": "a call or question",
    "app_open": "an opening of the app",
    "feature_use": "a use of a feature",
    "video_start": "a video",
    "download": "a download",
    "filter_use": "a search with a filter",
}
# Why a link is not used, or an event set aside; another reason is written as it is.
_REASONS = {
    "blocked": "Nobody’s: an address that stands for none, such as “unknown”",
    "shared": "Shared by too many people: a family’s device, a shop’s own address",
    "improbable": "Not sure enough",
    "contradicting_records": "Between records that say they are different people",
    "exact_repeat": "Sent twice",
    "conflicting_repeat": "Sent twice, with different contents",
    "no_identifier": "From nobody: no account, address or device",
    "occurred_in_the_future": "From the future: a clock that is wrong",
    "occurred_too_early": "Older than events can be",
    "excluded_user": "From staff and test accounts",
    "forgotten_user": "From people who asked to be forgotten",
    "overlong_id": "With an identifier that is too long",
    "null_source": "Without a source",
    "null_event_type": "Without a type",
    "null_occurred_at": "Without a time",
}


def source_words(source: str) -> str:
    """Return a source of events as people call it: `Website`."""
    return _SOURCES.get(source, _as_words(source))


def identifier_words(identifier_type: str, n: int = 1) -> str:
    """Return a type of identifiers: `account`, or `accounts` for several."""
    known = _IDENTIFIERS.get(identifier_type)
    if known is None:
        return identifier_type.replace("_", " ")
    return known[n != 1]


def event_words(event_type: str) -> str:
    """Return what a customer did once: `a page view`; an unknown type in quotes."""
    return _EVENTS.get(event_type, f"“{event_type.replace('_', ' ')}”")


def reason_words(reason: str) -> str:
    """Return why a link is not used, or an event set aside."""
    return _REASONS.get(reason, _as_words(reason))


def _as_words(name: str) -> str:
    return starting_large(name.replace("_", " "))
