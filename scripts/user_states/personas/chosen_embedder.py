"""The embedder that a setting names."""

from __future__ import annotations

from user_states.errors import UserError
from user_states.personas.minilm import REQUIREMENTS, MiniLM, missing_packages
from user_states.personas.sentence_network import NETWORK_PREFIX, SentenceNetwork
from user_states.personas.text_vectors import Embedder, TfidfSvd

AUTO = "auto"
# Vectors that are given, so there is no embedder.
COLUMN = "column"


def chosen_embedder(name: str, seed: int = 0) -> tuple[Embedder, str | None]:
    """Return an embedder, and a sentence if a better one could be installed.

    Parameters
    ----------
    name : str
        `auto` for the best installed one, `tfidf_svd`, `minilm_int8`, or
        `sentence_transformers:` with a name or folder. Not `column`.
    seed : int

    Raises
    ------
    UserError
        If there is no such embedder, a package is missing, or the files of the network
        have other bytes than expected.
    """
    if name == AUTO:
        return _best_embedder(seed)
    if name == TfidfSvd.name:
        return TfidfSvd(seed), None
    if name == MiniLM.name:
        return MiniLM(), None
    if name.startswith(NETWORK_PREFIX) and name != NETWORK_PREFIX:
        return SentenceNetwork(name.removeprefix(NETWORK_PREFIX)), None
    raise UserError(
        f"found the embedder {name!r}; expected {AUTO}, {TfidfSvd.name}, "
        f"{MiniLM.name}, {COLUMN}, or {NETWORK_PREFIX} and the name or folder of a "
        "network"
    )


def _best_embedder(seed: int) -> tuple[Embedder, str | None]:
    if not missing_packages():
        return MiniLM(), None
    return TfidfSvd(seed), (
        "texts are compared by their words only, because the network of sentences is "
        "not installed: two words for the same thing stay apart. `make "
        f"personas-packages` installs the packages of {REQUIREMENTS}"
    )
