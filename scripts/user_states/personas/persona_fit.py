"""From conversations to personas: one fit of the whole pipeline."""

from __future__ import annotations

from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.personas.conversation_set import Conversations
from user_states.personas.fused_blocks import TEXT_SHARE, fuse
from user_states.personas.persona_clusters import PersonaClusters, cluster
from user_states.personas.reduced_space import Reduction, has_umap, reduce
from user_states.personas.text_vectors import Embedder, TfidfSvd


@dataclass(frozen=True)
class PersonaSettings:
    """How personas are found.

    Attributes
    ----------
    text_share : float
        Share of the text in all distances; the rest is behaviour.
    reduction : str
        `umap` or `pca`.
    least_share : float
        Of the conversations, in the smallest dense group.
    min_samples : int
        Neighbours that make a place dense, the conversation itself included:
        scikit-learn counts it, so this is one more than in the package hdbscan.
    seed : int
    """

    text_share: float = TEXT_SHARE
    reduction: Reduction = "umap"
    least_share: float = 0.005
    min_samples: int = 6
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


def best_embedder(seed: int = 0) -> tuple[Embedder, str | None]:
    """Return the best installed embedder, and a sentence if there is a better one.

    Raises
    ------
    UserError
        If the network is installed, but its files have other bytes than expected.
    """
    from user_states.personas.minilm import REQUIREMENTS, MiniLM, missing_packages

    if not missing_packages():
        return MiniLM(), None
    return TfidfSvd(seed), (
        "texts are compared by their words only, because the network of sentences is "
        "not installed: two words for the same thing stay apart. Install the packages "
        f"of {REQUIREMENTS}"
    )


def best_reduction() -> tuple[Reduction, str | None]:
    """Return `umap` if it is installed, and what is lost without it."""
    if has_umap():
        return "umap", None
    return "pca", (
        "dimensions are reduced by PCA and averages over neighbours, because "
        "umap-learn is not installed: more conversations are far from every dense "
        "group. Install the packages of requirements-personas.txt"
    )


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
        reduced = reduce(values, settings.reduction, settings.seed)
        return cluster(
            reduced,
            values,
            data.conversations.customers,
            settings.least_share,
            settings.min_samples,
        )
