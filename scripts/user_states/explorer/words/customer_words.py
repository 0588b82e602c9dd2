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


def reason_words(reason: str) -> str:
    """Return why a link is not used, or an event set aside."""
    return _REASONS.get(reason, _as_words(reason))


def _as_words(name: str) -> str:
    return starting_large(name.replace("_", " "))
