"""From conversations to personas: one fit of the whole pipeline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.personas.conversation_set import Conversations
from user_states.personas.fused_blocks import TEXT_SHARE, fuse
from user_states.personas.persona_clusters import PersonaClusters, cluster
from user_states.personas.reduced_space import Reduction, reduce
from user_states.personas.text_vectors import Embedder


@dataclass(frozen=True)
class PersonaSettings:
    """How personas are found.

    Attributes
    ----------
    text_share : float
        Share of the text in all distances; the rest is behaviour.
    reduction : str
        `averages` over neighbours, or `umap`.
    least_share : float
        Of the conversations, in the smallest dense group.
    min_samples : int
        Neighbours that make a place dense, the conversation itself included:
        scikit-learn counts it, so this is one more than in the package hdbscan.
    most_clustered : int
        Of more conversations so many are drawn. Neighbours and dense groups are looked
        for among these, because that takes the square of their number.
    seed : int
    """

    text_share: float = TEXT_SHARE
    reduction: Reduction = "averages"
    least_share: float = 0.005
    min_samples: int = 10
    most_clustered: int = 20_000
    seed: int = 0


@dataclass(frozen=True, eq=False)
class PersonaData:
    """Conversations with the vectors of their texts; made by `embedded`.

    Attributes
    ----------
    conversations : Conversations
    vectors : array, shape (n, n_numbers)
    embedder : Embedder or None
        None if the vectors were given.
    """

    conversations: Conversations
    vectors: FloatArray
    embedder: Embedder | None = None

    def __post_init__(self) -> None:
        n = len(self.conversations)
        if self.vectors.ndim != 2 or len(self.vectors) != n:
            raise ValueError(
                f"found vectors of shape {self.vectors.shape}; expected one row for "
                f"each of {n} conversations"
            )

    def rows(self, places: IntArray) -> PersonaData:
        """Return some conversations, embedded as if the others did not exist."""
        some = self.conversations.rows(places)
        if self.embedder is not None and self.embedder.depends_on_others:
            return embedded(some, self.embedder)
        return replace(self, conversations=some, vectors=self.vectors[places])


def embedded(conversations: Conversations, embedder: Embedder) -> PersonaData:
    """Return conversations with the vectors of their texts."""
    with threadpool_limits(1):
        vectors = embedder.embed(conversations.texts)
    return PersonaData(conversations, vectors, embedder)


def fit_personas(data: PersonaData, settings: PersonaSettings) -> PersonaClusters:
    """Fuse, reduce and cluster.

    The same data and settings give the same bytes on the same machine: all of it runs
    in one thread.

    Raises
    ------
    TooFewConversationsError
        If there are too few different texts.
    UserError
        If the reduction is not installed.
    """
    data.conversations.require_enough()
    with threadpool_limits(1):
        values = fuse(data.vectors, data.conversations.behaviour, settings.text_share)
        places = _drawn(len(values), settings.most_clustered, settings.seed)
        reduced = reduce(values[places], settings.reduction, settings.seed)
        return cluster(
            reduced,
            places,
            values,
            data.conversations.customers,
            settings.least_share,
            settings.min_samples,
        )


def _drawn(n: int, most: int, seed: int) -> IntArray:
    """Return the places of all conversations, or of as many as may be, in order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, size=most, replace=False))
