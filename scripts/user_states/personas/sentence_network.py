"""Vectors by a network of your own, read by the package sentence_transformers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.personas.text_vectors import of_length_one

# Before the name of a network, or its folder.
NETWORK_PREFIX = "sentence_transformers:"


class SentenceNetwork:
    """A network of sentences of the package sentence_transformers.

    The package is not among the requirements: it brings a whole library of networks.
    By a name it downloads the network from its hub; a folder is read where it is.

    Parameters
    ----------
    network : str
        Name or folder.

    Raises
    ------
    UserError
        If the package is not installed, or has no such network.
    """

    depends_on_others = False

    def __init__(self, network: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise UserError(
                "found no package sentence_transformers; expected it, because the "
                f"embedder is {NETWORK_PREFIX}{network}: install it beside this "
                "project, or set the embedder to auto"
            ) from None
        self.name = f"{NETWORK_PREFIX}{network}"
        try:
            self._network = SentenceTransformer(network)
        except (OSError, ValueError) as error:
            raise UserError(
                f"found no network {network!r} ({error}); expected a name that "
                "sentence_transformers knows, or a folder with a network"
            ) from error

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, with as many numbers as the network has."""
        vectors = self._network.encode(list(texts), show_progress_bar=False)
        return of_length_one(np.asarray(vectors, dtype=np.float64))
