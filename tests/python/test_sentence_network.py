"""A network of your own, read by the real package where that is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planted_conversations import COMMON, TOPICS, planted_conversations
from user_states.errors import UserError
from user_states.personas.chosen_embedder import chosen_embedder
from user_states.personas.persona_fit import (
    PersonaSettings,
    embedded,
    fit_personas,
)
from user_states.personas.sentence_network import NETWORK_PREFIX

package: Any = pytest.importorskip("sentence_transformers")
# The package brings both.
torch: Any = pytest.importorskip("torch")
transformers: Any = pytest.importorskip("transformers")
_SIZE = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a tiny network of random weights."""
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    torch.manual_seed(0)
    base = tmp_path_factory.mktemp("bert")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = dict.fromkeys([*special, *" ".join([*TOPICS, COMMON]).split()])
    vocabulary = base / "vocab.txt"
    vocabulary.write_text("\n".join(words), "utf-8")
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=_SIZE,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=_SIZE,
        max_position_embeddings=64,
    )
    transformers.BertModel(config).save_pretrained(base)
    transformers.BertTokenizer(str(vocabulary)).save_pretrained(base)
    read = Transformer(str(base), max_seq_length=64)
    network = package.SentenceTransformer(modules=[read, Pooling(_SIZE)])
    whole = tmp_path_factory.mktemp("network")
    network.save(str(whole))
    return whole


def test_a_folder_is_read_where_it_is(folder: Path) -> None:
    embedder, lost = chosen_embedder(f"{NETWORK_PREFIX}{folder}")
    assert (embedder.name, lost) == (f"{NETWORK_PREFIX}{folder}", None)
    texts = ["refund my card", "", "driver was late", "refund my card"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (4, _SIZE)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4))
    own = package.SentenceTransformer(str(folder)).encode(texts)
    own = own / np.linalg.norm(own, axis=1, keepdims=True)
    assert vectors == pytest.approx(own, abs=1e-5)
    assert vectors[0] == pytest.approx(vectors[3], abs=1e-6)
    assert np.abs(vectors[0] - vectors[2]).max() > 0.01


def test_its_vectors_are_clustered(folder: Path) -> None:
    conversations, _, _ = planted_conversations()
    embedder, _ = chosen_embedder(f"{NETWORK_PREFIX}{folder}")
    data = embedded(conversations, embedder)
    found = fit_personas(data, PersonaSettings())
    assert len(found.labels) == 400
    assert data.rows(np.arange(100)).vectors.shape == (100, _SIZE)


def test_a_folder_without_a_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected a name that sentence_transformers"):
        chosen_embedder(f"{NETWORK_PREFIX}{tmp_path}")
