"""The most memory that a process held, and work in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from user_states.benchmarks.hmmlearn_rival import VARIANCE_FLOOR
from user_states.benchmarks.planted import Sequences
from user_states.hmm.fitting import FitSettings, fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import pack

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True)
class FitMemory:
    """The most memory of a process that fits on all users, in bytes.

    Attributes
    ----------
    n_rows, n_features, n_states : int
    before : int
        With the libraries, before the data are there.
    data : int
        Size of the rows as they are given.
    fit : int
        At the end of the fit: libraries, rows, packed rows and all else.
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
    """Return what the function returns, called in a new Python."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *args, **kwargs).result()


def peak_memory() -> int:
    """Return the most memory that this process has held, in bytes.

    Linux's own count of a program begins when it is started; `getrusage` there
    begins with what the parent held.
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
    return Sequences(np.load(folder / "X.npy"), np.load(folder / "lengths.npy"))


def measure_fit(folder: Path, n_states: int) -> FitMemory:
    """Fit with all that a fit holds, but few iterations, and return the peak.

    More iterations would need no more: each one takes what the one before took.
    """
    _warm_up()
    before = peak_memory()
    data = load(folder)
    settings = FitSettings(variance_floor=VARIANCE_FLOOR, max_iterations=3)
    for _ in fit_each(data.X, data.lengths, data.densities, [n_states], 2, 0, settings):
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
    """Load what was compiled, which holds memory too."""
    X = np.random.default_rng(0).normal(size=(16, 1))
    lengths = np.full(8, 2)
    packed = pack(X, lengths, ("gaussian",))
    HiddenMarkovModel(2, max_iterations=2).fit(X, lengths).score(packed)
