"""Fewer dimensions, in which what is close stays close: by averages or UMAP."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray

Reduction = Literal["averages", "umap"]

REDUCED_SIZE = 50
# Rows are averaged over so many neighbours, or this share of all if that is more. With
# fewer, conversations change their group more often from refit to refit.
_LEAST_AVERAGED, _SHARE_AVERAGED = 30, 0.005
# Times that rows are averaged.
_AVERAGINGS = 2
_UMAP_NEIGHBOURS, _UMAP_EPOCHS = 15, 200
_PACKAGES = ("umap", "pynndescent")


def has_umap() -> bool:
    """Return whether umap-learn is installed: requirements-personas.txt has it."""
    return all(importlib.util.find_spec(name) for name in _PACKAGES)


def reduce(
    values: FloatArray, method: Reduction, seed: int, size: int = REDUCED_SIZE
) -> FloatArray:
    """Return rows of fewer numbers.

    Both ways begin with principal components and with exact neighbours.

    UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) starts from the
    components, which makes it depend less on the seed (Kobak and Linderman 2021, Nature
    Biotechnology 39:156-157). It runs in one thread, and the same values and seed give
    the same bytes on the same machine.

    With `averages` each row becomes a mean over its neighbours, several times, which
    draws dense places together (a graph filter as before the clustering of Zhang, Liu,
    Li and Wu 2019, IJCAI 4327-4333). With components alone, HDBSCAN finds next to
    nothing in fifty dimensions.

    Parameters
    ----------
    values : array, shape (n, n_numbers)
        At least 31 rows.
    method : str
        `averages` for components that are averaged over neighbours, or `umap`.
    seed : int
    size : int
        Numbers of each row in the result; fewer if there are not so many.

    Raises
    ------
    UserError
        If UMAP is asked for and not installed.
    """
    if method == "umap" and not has_umap():
        raise UserError(
            "found no package umap; expected those of requirements-personas.txt: "
            "run `make personas-packages`, or set persona_reduction to averages"
        )
    size = min(size, *(length - 1 for length in values.shape))
    reduction = PCA(size, svd_solver="randomized", random_state=seed)
    components: FloatArray = reduction.fit_transform(values)
    n_neighbours = _UMAP_NEIGHBOURS
    if method == "averages":
        n_neighbours = max(_LEAST_AVERAGED, round(_SHARE_AVERAGED * len(values)))
    neighbours = NearestNeighbors(n_neighbors=n_neighbours, algorithm="brute")
    distances, places = neighbours.fit(values).kneighbors(values)
    if method == "umap":
        return _placed_by_umap(values, components, distances, places, seed)
    return _averaged(components, places)


def _placed_by_umap(
    values: FloatArray,
    components: FloatArray,
    distances: FloatArray,
    places: IntArray,
    seed: int,
) -> FloatArray:
    from umap import UMAP

    start = components * (10 / max(float(np.abs(components).max()), 1e-12))
    model = UMAP(
        n_components=components.shape[1],
        n_neighbors=places.shape[1],
        min_dist=0.0,
        n_epochs=_UMAP_EPOCHS,
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


def _averaged(rows: FloatArray, places: IntArray) -> FloatArray:
    """Return rows averaged over who is a neighbour of whom, itself included."""
    n, n_neighbours = places.shape
    one_way = csr_matrix(
        (np.ones(places.size), places.ravel(), np.arange(n + 1) * n_neighbours),
        shape=(n, n),
    )
    both_ways = one_way + one_way.T
    totals = np.asarray(both_ways.sum(axis=1))
    for _ in range(_AVERAGINGS):
        rows = (both_ways @ rows) / totals
    return rows
