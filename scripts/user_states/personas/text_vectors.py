"""A vector for each text: without a network by TF-IDF, which is always there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from user_states.hmm.arrays import FloatArray
from user_states.personas.written_terms import count_terms

# Numbers in a vector, of every embedder.
VECTOR_SIZE = 384


class Embedder(Protocol):
    """A way from texts to vectors."""

    @property
    def name(self) -> str:
        """The name of it in settings and tables."""

    @property
    def depends_on_others(self) -> bool:
        """Whether the vector of a text depends on the other texts."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape (n, VECTOR_SIZE); zeros for no words."""


class TfidfSvd:
    """Weighted counts of terms, reduced by singular values.

    Counts are logarithmic, and weighted by how few texts have the term; the reduction
    is latent semantic analysis (Deerwester, Dumais, Furnas, Landauer and Harshman 1990,
    Journal of the American Society for Information Science 41:391-407). It knows words,
    not what they mean: "refund" and "money back" are strangers to it.

    Parameters
    ----------
    seed : int
        The reduction starts from random directions.
    """

    name = "tfidf_svd"
    depends_on_others = True

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape (n, VECTOR_SIZE); zeros for no words.

        With fewer terms or texts than numbers, the last numbers are 0.
        """
        vectors = np.zeros((len(texts), VECTOR_SIZE))
        counted = count_terms(texts)
        size = min(VECTOR_SIZE, len(counted.terms) - 1, len(texts) - 1)
        if size < 1:
            return vectors
        weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counted.counts)
        reduction = TruncatedSVD(size, random_state=self._seed)
        # If all texts are equal, it divides by a variance of 0 that is not used here.
        with np.errstate(invalid="ignore"):
            vectors[:, :size] = reduction.fit_transform(weighted)
        return of_length_one(vectors)


def of_length_one(vectors: FloatArray) -> FloatArray:
    """Return vectors divided by their lengths; those of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # What is left of rounding has no direction.
    scaled: FloatArray = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9
    )
    return scaled
