"""Conversations about known topics, written in known ways."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.personas.conversation_set import Conversations

# Words of each topic, and words that everybody uses.
TOPICS = (
    "refund invoice charged money card payment bank fee amount receipt",
    "driver late waiting pickup street corner arrived minutes traffic route",
    "password login account reset email phone code locked verify settings",
    "helmet brake wheel battery scooter broken tyre bell repair workshop",
)
COMMON = "the and i my it is was please hello thanks you to a with for not can"
N_COLUMNS = 36


def planted_conversations(
    n: int = 400,
    n_people: int = 120,
    topic_words: int = 8,
    style_distance: float = 0.0,
    seed: int = 0,
) -> tuple[Conversations, IntArray, IntArray]:
    """Return conversations with the topic and the style of each.

    Parameters
    ----------
    n, n_people : int
    topic_words : int
        Words of the topic in a conversation; 0 for texts that are all alike.
    style_distance : float
        Of the means of two styles, in standard deviations, in half of the columns.
    seed : int
    """
    rng = np.random.default_rng(seed)
    topics = rng.integers(len(TOPICS), size=n)
    styles = rng.integers(2, size=n)
    texts = []
    for topic in topics.tolist():
        words = [
            *rng.choice(TOPICS[topic].split(), size=topic_words),
            *rng.choice(COMMON.split(), size=8),
        ]
        texts.append(" ".join(rng.permutation(words).tolist()))
    behaviour = rng.normal(size=(n, N_COLUMNS))
    behaviour[:, : N_COLUMNS // 2] += style_distance * styles[:, np.newaxis]
    conversations = Conversations(
        [f"c{place}" for place in range(n)],
        rng.integers(n_people, size=n).astype(np.int64),
        texts,
        behaviour,
    )
    return conversations, topics.astype(np.int64), styles.astype(np.int64)
