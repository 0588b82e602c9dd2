"""Fewer dimensions, in which what is close stays close: by UMAP, or by PCA."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Literal

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray

Reduction = Literal["umap", "pca"]

REDUCED_SIZE = 50
N_NEIGHBOURS = 15
_EPOCHS = 200
_PACKAGES = ("umap", "pynndescent")


def has_umap() -> bool:
    """Return whether umap-learn is installed: requirements-personas.txt has it."""
    return all(importlib.util.find_spec(name) for name in _PACKAGES)


def reduce(
    values: FloatArray, method: Reduction, seed: int, size: int = REDUCED_SIZE
) -> FloatArray:
    """Return rows of fewer numbers.

    UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) starts from the principal
    components, which makes it depend less on the seed (Kobak and Linderman 2021, Nature
    Biotechnology 39:156-157), and from exact neighbours. It runs in one thread, and the
    same values and seed give the same bytes on the same machine.

    Parameters
    ----------
    values : array, shape (n, n_numbers)
        More than N_NEIGHBOURS rows.
    method : str
        `umap`, or `pca`, which keeps far distances instead of near ones.
    seed : int
    size : int
        Numbers of each row in the result; fewer if there are not so many.

    Raises
    ------
    UserError
        If UMAP is asked for and not installed.
    """
    size = min(size, *(length - 1 for length in values.shape))
    components: FloatArray = PCA(
        size, svd_solver="randomized", random_state=seed
    ).fit_transform(values)
    if method == "pca":
        return components
    if not has_umap():
        raise UserError(
            "found no package umap; expected those of requirements-personas.txt: "
            "install them, or set the reduction to pca"
        )
    from umap import UMAP

    neighbours = NearestNeighbors(n_neighbors=N_NEIGHBOURS, algorithm="brute")
    distances, places = neighbours.fit(values).kneighbors(values)
    start = components * (10 / max(float(np.abs(components).max()), 1e-12))
    model = UMAP(
        n_components=size,
        n_neighbors=N_NEIGHBOURS,
        min_dist=0.0,
        n_epochs=_EPOCHS,
        init=start.astype(np.float32),
        precomputed_knn=(places, distances.astype(np.float32)),
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # That new rows cannot be placed later; none are.
        warnings.simplefilter("ignore", UserWarning)
        placed = model.fit_transform(values)
    return np.asarray(placed, dtype=np.float64)
