"""Topics by BERTopic, in an environment of its own.

python -I bertopic_rival.py FOLDER SEED

FOLDER has texts.json and vectors.npy; result.json is written there. The file imports
nothing of this package.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Texts of a fit before the clock runs: UMAP compiles its code at the first call.
_FIRST_TEXTS = 1_000


def find_topics(folder: Path, seed: int) -> dict[str, Any]:
    """Return the topic of each text, and what finding them took."""
    import numpy as np

    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    vectors = np.load(folder / "vectors.npy").astype(np.float32)
    _fitted(texts[:_FIRST_TEXTS], vectors[:_FIRST_TEXTS], seed)
    begin = time.process_time(), time.perf_counter()
    topics = _fitted(texts, vectors, seed)
    return {
        "processor": time.process_time() - begin[0],
        "elapsed": time.perf_counter() - begin[1],
        # On Linux in units of 1,024 bytes.
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "labels": [int(topic) for topic in topics],
        "rival": f"BERTopic {version('bertopic')}",
    }


def _fitted(texts: list[str], vectors: Any, seed: int) -> list[int]:
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from umap import UMAP

    # The default of BERTopic, with a seed, as its documentation advises.
    reduction = UMAP(
        n_neighbors=15,
        n_components=5,
        min_dist=0.0,
        metric="cosine",
        low_memory=False,
        random_state=seed,
    )
    model = BERTopic(embedding_model=BaseEmbedder(), umap_model=reduction)
    topics, _ = model.fit_transform(texts, embeddings=vectors)
    return list(topics)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    result = find_topics(path, int(sys.argv[2]))
    (path / "result.json").write_text(json.dumps(result), "utf-8")
