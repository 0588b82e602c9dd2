"""How large a model may be that SQL has to score, and the reason to refuse others."""

from __future__ import annotations

# Nodes of all trees: about 35 bytes of SQL each, and nothing larger was measured.
MAX_NODES = 20_000
# Coefficients, one for each feature and forecast class.
MAX_COEFFICIENTS = 2_000


def require_few_nodes(n_nodes: int, most: int = MAX_NODES) -> None:
    """Raise ValueError if trees have more nodes than SQL should score."""
    if n_nodes > most:
        raise ValueError(
            f"found {n_nodes} nodes in the trees; expected at most {most}, which SQL "
            "scores in one statement: limit the leaves, the trees or the classes"
        )


def require_few_coefficients(n_coefficients: int, most: int = MAX_COEFFICIENTS) -> None:
    """Raise ValueError if a model has more coefficients than SQL should score."""
    if n_coefficients > most:
        raise ValueError(
            f"found {n_coefficients} coefficients; expected at most {most}, which SQL "
            "scores in one statement: use fewer features or classes"
        )
