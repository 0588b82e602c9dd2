"""The peak memory of a process, and work in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from user_states.benchmarks.planted_users import gaussian_sequences
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import pack
from user_states.hmm.sequences import Sequences

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True)
class FitMemory:
    """The most memory of a process that fits on all users, in bytes.

    Attributes
    ----------
    n_rows, n_features, n_states : int
    before : int
        With the libraries, before the data are loaded.
    data : int
        Size of the rows.
    fit : int
        At the end of the fit: libraries, rows, packed rows and everything else.
    """

    n_rows: int
    n_features: int
    n_states: int
    before: int
    data: int
    fit: int


def in_own_process(
    function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs
) -> Result:
    """Call a function in a new Python process, and return its result."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *args, **kwargs).result()


def peak_memory() -> int:
    """Return the peak memory of this process so far, in bytes.

    On Linux, VmHWM starts with the program; `getrusage` starts with the memory of the
    parent process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text("ascii", errors="replace").splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM:"))
        return 1024 * int(peak.split()[1])
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def save(data: Sequences, folder: Path) -> None:
    """Write the rows for another process."""
    np.save(folder / "X.npy", data.X)
    np.save(folder / "lengths.npy", data.lengths)


def load(folder: Path) -> Sequences:
    """Read the rows that another process wrote."""
    return gaussian_sequences(
        np.load(folder / "X.npy"), np.load(folder / "lengths.npy")
    )


def measure_fit(folder: Path, n_states: int) -> FitMemory:
    """Fit with few iterations, and return the peak.

    More iterations would not need more memory: each takes as much as the one before.
    """
    _warm_up()
    before = peak_memory()
    data = load(folder)
    for _ in fit_each(data, [n_states], 2, 0, FitSettings(max_iterations=3)):
        pass
    return FitMemory(
        n_rows=len(data.X),
        n_features=data.X.shape[1],
        n_states=n_states,
        before=before,
        data=data.X.nbytes,
        fit=peak_memory(),
    )


def _warm_up() -> None:
    """Load compiled code, which takes memory too."""
    X = np.random.default_rng(0).normal(size=(16, 1))
    lengths = np.full(8, 2)
    packed = pack(X, lengths, ("gaussian",))
    HiddenMarkovModel(2, max_iterations=2).fit(X, lengths).score(packed)
