"""The time of the first calls in a process, with an empty and with a full cache.

Compiled code is cached in a folder beside the library. So the library is copied to
another folder without the cache, and called there twice: the first process compiles,
the second finds the compiled code. The real cache is not touched.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class FirstCalls:
    """Seconds of the first calls in a process, on a hundred rows.

    Attributes
    ----------
    importing : float
        Import of the library, including numba and scikit-learn.
    fit, predict, filter : float
        One EM iteration, best paths, and the filter.
    found_compiled : bool
        Whether compiled code was found on disk.
    """

    importing: float
    fit: float
    predict: float
    filter: float
    found_compiled: bool

    @property
    def calls(self) -> float:
        """All three calls together, without the import."""
        return self.fit + self.predict + self.filter


def measure_first_calls() -> tuple[FirstCalls, FirstCalls]:
    """Return the first calls of a process that compiles, and of the next process."""
    with tempfile.TemporaryDirectory(prefix="first-call-") as folder:
        shutil.copytree(
            PACKAGE,
            Path(folder) / PACKAGE.name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        cold, warm = _in_process(folder), _in_process(folder)
    return cold, warm


def _in_process(folder: str) -> FirstCalls:
    done = subprocess.run(
        [sys.executable, "-m", "user_states.benchmarks.first_call"],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return FirstCalls(**json.loads(done.stdout))


def call_all() -> FirstCalls:
    """Import the library and make each call once."""
    started = time.perf_counter()
    import numpy as np

    from user_states.hmm import kernel
    from user_states.hmm.hidden_markov_model import HiddenMarkovModel
    from user_states.hmm.initialisation import rough_from_distant_rows

    importing = time.perf_counter() - started
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    lengths = np.full(10, 10)
    rough = rough_from_distant_rows(X, lengths, 2, ("gaussian",) * 2, rng)
    model = HiddenMarkovModel(2, initial=rough, max_iterations=2)
    return FirstCalls(
        importing=importing,
        fit=_seconds(lambda: model.fit(X, lengths)),
        predict=_seconds(lambda: model.predict(X, lengths)),
        filter=_seconds(lambda: model.filter_proba(X, lengths)),
        found_compiled=bool(kernel.smooth_groups.stats.cache_hits),  # type: ignore[attr-defined]
    )


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(asdict(call_all())))
