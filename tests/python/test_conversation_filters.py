"""The six filters of conversations: what was planted is found, and little else."""

from __future__ import annotations

import pandas as pd
import pytest

from planted_messages import planted_messages
from user_states.errors import UserError
from user_states.messages.conversation_filters import FILTERS, filter_conversations
from user_states.messages.near_duplicates import near_duplicates
from user_states.messages.own_words import own_text, skeleton, words_of

LEAST_FOUND = {
    "exact_duplicate": 0.99,
    "near_duplicate": 0.95,
    "quote_only": 1.0,
    "length": 1.0,
    "template": 0.9,
    "automatic_or_staff": 0.95,
}


def _filtered(*bodies: str, **columns: list[str | None]) -> list[str | None]:
    n = len(bodies)
    frame = pd.DataFrame(
        {
            "conversation_key": [f"c{number}" for number in range(n)],
            "author_key": [f"a{number}" for number in range(n)],
            "author_role": None,
            "sent_at": pd.date_range("2024-03-04", periods=n, freq="h", tz="UTC"),
            "body": bodies,
            **columns,
        }
    )
    found = filter_conversations(frame).set_index("conversation_key")["filter_name"]
    return [
        str(found[key]) if pd.notna(found[key]) else None
        for key in frame["conversation_key"]
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_conversations_are_found(seed: int) -> None:
    messages, truth = planted_messages(1500, seed)
    found = filter_conversations(messages).set_index("conversation_key")["filter_name"]
    assert set(found.index) == set(truth.index)
    shares = (found.reindex(truth.index) == truth).groupby(truth).mean()
    for name in FILTERS:
        assert shares[name] >= LEAST_FOUND[name], f"{name}: {shares[name]:.3f}"
    assert found[truth.index[truth == ""]].notna().mean() <= 0.005


def test_the_result_does_not_depend_on_the_order_of_rows() -> None:
    messages, _ = planted_messages(300, 3)
    once = filter_conversations(messages)
    again = filter_conversations(messages.sample(frac=1, random_state=9))
    pd.testing.assert_frame_equal(once, again)


def test_the_first_of_several_copies_is_kept() -> None:
    assert _filtered(
        "Where is my bag?", "where is my BAG", "I lost my blue bag", "Where is my bag!!"
    ) == [None, "exact_duplicate", None, "exact_duplicate"]


def test_a_template_needs_five_conversations() -> None:
    letters = [f"Hi Ada, order {number} is ready at the shop" for number in range(5)]
    assert _filtered(*letters) == ["template"] * 5
    assert _filtered(*letters[:4])[0] is None


def test_an_author_who_fills_templates_is_automatic() -> None:
    notices = [f"Your code is {number} for today" for number in range(6)]
    assert _filtered(*notices, author_key=["bot"] * 6) == ["automatic_or_staff"] * 6
    # Who says the same in many conversations, and more beside it, is not.
    words = [f"I would like to know about {word} here" for word in "abcdefgh"]
    both = [*notices, *words]
    assert "automatic_or_staff" not in _filtered(*both, author_key=["p"] * len(both))


def test_many_authors_of_short_messages_are_people() -> None:
    thanks = ["thank you"] * 8
    assert _filtered(*thanks, author_key=["p"] * 8) == ["length"] * 8


def test_messages_of_staff_are_set_aside() -> None:
    assert _filtered(
        "What can I do for you?", "My bag is lost", author_role=["staff", "customer"]
    ) == ["automatic_or_staff", None]


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("RT @ada: the fares are too high", ""),
        ("I agree with this\nFwd: the fares are too high", "I agree with this"),
        ("> too high?\nYes, much too high", "Yes, much too high"),
        ("Thanks\n\nOn Mon, 4 Mar 2024 at 10:00, Ada wrote:\n> hello", "Thanks"),
        ("-- Forwarded message --\nhello", ""),
    ],
)
def test_what_others_wrote_is_taken_off(body: str, own: str) -> None:
    assert own_text(body) == (own, True)


@pytest.mark.parametrize(
    "body", ["I saw RT @ada yesterday", "On Monday I wrote", "a > b"]
)
def test_own_words_stay(body: str) -> None:
    assert own_text(body) == (body, False)


def test_a_near_duplicate_differs_in_a_word() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    changed = text.replace("word30", "other")
    assert near_duplicates([text, changed, text[: len(text) // 2]]) == [None, 0, None]


def test_a_chain_of_small_changes_does_not_join_different_texts() -> None:
    chain = [" ".join(f"w{k}" for k in range(start, start + 40)) for start in range(12)]
    originals = near_duplicates(chain)
    # Each is near to the one before; the fourth on is not near to the first.
    assert originals[:4] == [None, 0, 0, 0]
    assert all(
        original is None or position - original <= 3
        for position, original in enumerate(originals)
    )


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("don't re-open", 2),
        ("行李丢了", 4),
        ("شكرا جزيلا لكم", 3),
        ("👍", 0),
        ("\u202eabc def\u202c", 2),
        ("", 0),
    ],
)
def test_words_of_many_languages(text: str, n_words: int) -> None:
    assert len(words_of(text)) == n_words


def test_a_skeleton_hides_what_was_filled_in() -> None:
    one = skeleton("Dear Ada Byron, see https://a.example/1 for AB-12 by x@y.org")
    other = skeleton("Dear Ben, see www.b.example for 9/3 by team.one@y.example")
    assert one == other == "dear §name see §link for §number by §address"


def test_strange_messages_are_filtered_and_do_not_stop() -> None:
    strange = [
        "",
        " \n ",
        "x" * 100_000,
        "👍" * 10,
        "行李丢了",
        "\u202eabc def gh\u202c",
    ]
    assert _filtered(*strange) == ["length"] * 4 + [None, None]


def test_no_conversations_are_none() -> None:
    messages, _ = planted_messages(100, 1)
    assert filter_conversations(messages.iloc[:0]).empty


def test_a_missing_column_is_named() -> None:
    messages, _ = planted_messages(100, 1)
    with pytest.raises(UserError, match="without sent_at; expected"):
        filter_conversations(messages.drop(columns="sent_at"))
    with pytest.raises(UserError, match="found 100 messages without a body"):
        filter_conversations(messages.iloc[:100].assign(body=None))
