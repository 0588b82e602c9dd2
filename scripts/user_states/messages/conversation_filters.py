"""Which conversations say nothing about their customers, and are set aside."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from user_states.errors import UserError
from user_states.messages.near_duplicates import near_duplicates
from user_states.messages.own_words import (
    normalised,
    own_text,
    skeleton,
    words_of,
)

# In the order in which they are applied; a conversation is counted by the first.
FILTERS = (
    "automatic_or_staff",
    "quote_only",
    "length",
    "exact_duplicate",
    "template",
    "near_duplicate",
)
_COLUMNS = ("conversation_key", "author_key", "author_role", "sent_at", "body")
_RESULT = ("conversation_key", "n_messages", "text", "filter_name")


@dataclass(frozen=True)
class FilterLimits:
    """Limits of the filters.

    Attributes
    ----------
    min_words, max_characters : int
        Of what the customer wrote in the conversation.
    min_copies : int
        Conversations with one skeleton that make it a template.
    max_template_share : float
        An author with more of such messages is automatic.
    min_jaccard : float
        Of a near-duplicate's shingles of three words.
    """

    min_words: int = 3
    max_characters: int = 4000
    min_copies: int = 5
    max_template_share: float = 0.5
    min_jaccard: float = 0.85


def filter_conversations(
    messages: pd.DataFrame, limits: FilterLimits | None = None
) -> pd.DataFrame:
    """Say of each conversation whether it is kept, or which filter sets it aside.

    Parameters
    ----------
    messages : DataFrame
        One row per message: conversation_key (a conversation of one author),
        author_key, author_role (`customer`, `staff`, `automatic` or null), sent_at and
        body.
    limits : FilterLimits, optional

    Returns
    -------
    DataFrame
        One row per conversation_key, the earliest first: n_messages, text (what the
        author wrote, one line a message) and filter_name (one of `FILTERS`; missing if
        it is kept).

    Raises
    ------
    UserError
        If a column is missing, or a body is null.
    """
    limits = limits or FilterLimits()
    _check(messages)
    if messages.empty:
        return pd.DataFrame(columns=list(_RESULT))
    # The order decides which of several copies is kept.
    messages = messages.sort_values(["sent_at", "conversation_key"], kind="stable")
    own = [own_text(body) for body in messages["body"]]
    messages = messages.assign(
        own_text=[text for text, _ in own],
        has_quoted=[has_quoted for _, has_quoted in own],
        is_automatic=_is_automatic(messages, limits),
    )
    conversations = messages.groupby("conversation_key", sort=False).agg(
        n_messages=("body", "size"),
        text=("own_text", "\n".join),
        has_quoted=("has_quoted", "any"),
        is_automatic=("is_automatic", "all"),
    )
    conversations["text"] = conversations["text"].str.strip()
    conversations["filter_name"] = _first_filters(conversations, limits)
    return conversations.reset_index()[list(_RESULT)]


def _check(messages: pd.DataFrame) -> None:
    if missing := [name for name in _COLUMNS if name not in messages]:
        raise UserError(
            f"found messages without {', '.join(missing)}; expected "
            f"{', '.join(_COLUMNS)}: read them from int_messages"
        )
    if n_null := int(messages["body"].isna().sum()):
        raise UserError(
            f"found {n_null:,} messages without a body; expected a text in each: leave "
            "them out, as int_messages does"
        )


def _is_automatic(messages: pd.DataFrame, limits: FilterLimits) -> pd.Series[bool]:
    """Return whether each message is of staff, or of an author who fills templates."""
    has_role = messages["author_role"].isin(["staff", "automatic"])
    found = pd.DataFrame(
        {
            "author_key": messages["author_key"],
            "conversation_key": messages["conversation_key"],
            "skeleton": [
                skeleton(body[: limits.max_characters]) for body in messages["body"]
            ],
        }
    )
    # People say "thank you" often, too.
    is_short = found["skeleton"].str.count(" ") + 1 < limits.min_words
    n_conversations = found.groupby(["author_key", "skeleton"])[
        "conversation_key"
    ].transform("nunique")
    is_repeated = (n_conversations >= limits.min_copies) & ~is_short
    share = is_repeated.groupby(found["author_key"]).transform("mean")
    return has_role | (share > limits.max_template_share).fillna(False)


def _first_filters(conversations: pd.DataFrame, limits: FilterLimits) -> pd.Series[str]:
    """Return the first filter that holds of each conversation."""
    found: pd.Series[str] = pd.Series(None, index=conversations.index, dtype=object)

    def set_aside(filter_name: str, holds: pd.Series[bool]) -> None:
        found[found.isna() & holds.reindex(found.index, fill_value=False)] = filter_name

    def left() -> pd.Series[str]:
        return conversations.loc[found.isna(), "text"]

    n_words = conversations["text"].map(lambda text: len(words_of(text)))
    is_long = conversations["text"].str.len() > limits.max_characters
    has_few_words = n_words < limits.min_words
    set_aside("automatic_or_staff", conversations["is_automatic"])
    set_aside("quote_only", conversations["has_quoted"] & has_few_words)
    set_aside("length", has_few_words | is_long)
    set_aside("exact_duplicate", left().map(normalised).duplicated())
    skeletons = left().map(skeleton)
    copies = skeletons.map(skeletons.value_counts())
    set_aside("template", copies >= limits.min_copies)
    texts = left()
    originals = near_duplicates(list(texts), min_jaccard=limits.min_jaccard)
    repeats = pd.Series([each is not None for each in originals], index=texts.index)
    set_aside("near_duplicate", repeats.astype(bool))
    return found
