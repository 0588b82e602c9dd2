"""Personas against BERTopic, from the same vectors of the same texts.

Both get the vectors, reduce them, find dense groups and name them by their words. The
rival is BERTopic with its defaults and a seed, in an environment of its own
(`make bench-personas` makes it). It is compared with one fit of ours on the text alone,
because it knows no behaviour. Beside that a whole run is timed: four shares of the text
and three refits of each, with 36 made-up columns of behaviour.

Compared are seconds of the processor of a process of its own, after a small fit that
loads and compiles code.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from user_states.benchmarks.memory import in_own_process, peak_memory
from user_states.benchmarks.panel_benchmark import describe_cores
from user_states.console import format_table
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.messages.simulated_conversations import (
    MessageSettings,
    draw_conversations,
)
from user_states.messages.simulated_texts import CUSTOMER, write_conversations
from user_states.personas.chosen_embedder import AUTO, chosen_embedder
from user_states.personas.conversation_set import Conversations
from user_states.personas.fusion_ablation import ablate
from user_states.personas.group_terms import compare_groups
from user_states.personas.persona_fit import (
    PersonaData,
    PersonaSettings,
    embedded,
    fit_personas,
)
from user_states.personas.persona_names import name_personas
from user_states.personas.reduced_space import Reduction, has_umap
from user_states.personas.written_terms import count_terms
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.simulation import SimulationSettings, simulate

# The goals: seconds of the processor of one fit over the rival's, those of a whole run
# over one fit, and bytes.
MOST_OF_BERTOPIC, MOST_OF_ONE_FIT, MOST_MEMORY = 0.7, 6.0, 1.5e9
BERTOPIC_PYTHON = PROJECT_FOLDER / ".venv-bertopic/bin/python"
_BERTOPIC_SCRIPT = Path(__file__).with_name("bertopic_rival.py")
_BEHAVIOUR_COLUMNS, _SEED = 36, 0
_FIRST_TEXTS = 1_000
# Users, weeks, and conversations of theirs at the usual volume.
_USERS, _WEEKS, _USUAL_CONVERSATIONS = 2_000, 52, 500


@dataclass(frozen=True)
class LabelledTexts:
    """Texts, and what people or the simulator call them, if they do."""

    texts: Sequence[str]
    labels: Sequence[str] | None
    source: str


@dataclass(frozen=True)
class TimedFit:
    """What one contender took and found.

    Attributes
    ----------
    name : str
    processor, elapsed : float
        Seconds.
    memory : int
        Peak of its process in bytes, libraries included.
    groups : int
    core_share : float
        Share of texts in a dense group.
    rand : float or None
        Adjusted Rand index against the labels. The rival's noise is a group.
    rand_of_core : float or None
        Of the texts in dense groups only.
    """

    name: str
    processor: float
    elapsed: float
    memory: int
    groups: int
    core_share: float
    rand: float | None
    rand_of_core: float | None


@dataclass(frozen=True)
class PersonasTiming:
    """The result of the benchmark.

    Attributes
    ----------
    n_texts : int
    source, embedder, machine : str
    embedding : float
        Seconds of the processor in which the texts became vectors, for both.
    rival : TimedFit
    fits : tuple of TimedFit
        One fit of ours by each reduction; the default first.
    whole_processor, whole_memory : float
        Of a whole run with the default reduction, without the embedding.
    """

    n_texts: int
    source: str
    embedder: str
    embedding: float
    rival: TimedFit
    fits: tuple[TimedFit, ...]
    whole_processor: float
    whole_memory: float
    machine: str

    @property
    def ratio(self) -> float:
        """Seconds of the processor of the default fit over the rival's."""
        return self.fits[0].processor / self.rival.processor

    @property
    def runs(self) -> float:
        """Seconds of the processor of the whole run over the default fit's."""
        return self.whole_processor / self.fits[0].processor


def labelled_texts(n: int, path: Path | None) -> LabelledTexts:
    """Read a CSV file with `text` and perhaps `category`, or make up texts.

    Raises
    ------
    UserError
        If the file has no column `text`.
    """
    if path is None:
        return _simulated_texts(n)
    frame = pd.read_csv(path)
    if "text" not in frame:
        raise UserError(
            f"found the columns {', '.join(map(str, frame))} in {path}; expected text, "
            "and category if there are labels"
        )
    frame = frame.dropna(subset=["text"]).iloc[:n]
    labels = list(frame["category"].astype(str)) if "category" in frame else None
    return LabelledTexts(list(frame["text"].astype(str)), labels, path.name)


def time_personas(given: LabelledTexts) -> PersonasTiming:
    """Time both contenders, one after the other.

    Raises
    ------
    UserError
        If the environment of the rival is missing.
    """
    if not BERTOPIC_PYTHON.exists():
        raise UserError(
            f"found no {BERTOPIC_PYTHON}; expected BERTopic in it: "
            "`make bench-personas` installs it"
        )
    embedder, _ = chosen_embedder(AUTO)
    begin = time.process_time()
    vectors = embedded(_as_conversations(given.texts), embedder).vectors
    embedding = time.process_time() - begin
    default = PersonaSettings().reduction
    others: tuple[Reduction, ...] = ("averages", "umap") if has_umap() else ()
    reductions = [default, *(one for one in others if one != default)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps(list(given.texts)), "utf-8")
        np.save(folder / "vectors.npy", vectors)
        rival = _run_bertopic(folder, given.labels)
        fits = [
            _timed_fit(in_own_process(fit_texts, folder, one), given.labels)
            for one in reductions
        ]
        whole = in_own_process(run_texts, folder)
    return PersonasTiming(
        n_texts=len(given.texts),
        source=given.source,
        embedder=embedder.name,
        embedding=embedding,
        rival=rival,
        fits=tuple(fits),
        whole_processor=whole["processor"],
        whole_memory=whole["memory"],
        machine=describe_cores(),
    )


def fit_texts(folder: Path, reduction: Reduction) -> dict[str, Any]:
    """Fit once on the text alone, and name what was found."""
    settings = PersonaSettings(text_share=1.0, reduction=reduction, seed=_SEED)

    def fit(data: PersonaData) -> tuple[IntArray, Any]:
        clusters = fit_personas(data, settings)
        counted = count_terms(data.conversations.texts)
        customers = data.conversations.customers
        found = compare_groups(counted, customers, clusters.labels, clusters.n_personas)
        name_personas(counted, clusters.labels, found)
        return clusters.labels, clusters.is_core

    (labels, is_core), measured = _measured(folder, fit)
    return measured | {
        "name": f"one fit, {reduction}",
        "labels": labels.tolist(),
        "is_core": is_core.tolist(),
    }


def run_texts(folder: Path) -> dict[str, Any]:
    """Do a whole run: every share of the text, and refits of each."""
    _, measured = _measured(folder, lambda data: ablate(data, PersonaSettings()))
    return measured


def describe_personas(timing: PersonasTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    rows = [
        _row(timing.rival, timing.rival.processor),
        *(_row(fit, timing.rival.processor) for fit in timing.fits),
    ]
    header = ("what", "processor", "on the clock", "ratio", "memory", "groups")
    goals = (
        (timing.ratio, MOST_OF_BERTOPIC, "one fit over BERTopic"),
        (timing.runs, MOST_OF_ONE_FIT, "a whole run over one fit"),
        (timing.whole_memory / 1e9, MOST_MEMORY / 1e9, "GB of memory of a whole run"),
    )
    return [
        f"{timing.n_texts:,} texts ({timing.source}), {timing.machine}",
        f"{timing.embedder} made vectors of them in {timing.embedding:.1f} s",
        *format_table((*header, "dense", "ARI", "ARI of dense"), rows),
        f"a whole run: {timing.whole_processor:.1f} s of the processor",
        *(
            f"{what}: {found:.2f}; goal at most {most:g}, "
            + ("reached" if found <= most else "not reached")
            for found, most, what in goals
        ),
    ]


def _measured(
    folder: Path, function: Callable[[PersonaData], Any]
) -> tuple[Any, dict[str, Any]]:
    """Return a result, and what it took in this process after a small one."""
    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    vectors = np.load(folder / "vectors.npy")
    small = _as_conversations(texts[:_FIRST_TEXTS])
    function(PersonaData(small, vectors[: len(small)]))
    data = PersonaData(_as_conversations(texts), vectors)
    begin = time.process_time(), time.perf_counter()
    result = function(data)
    return result, {
        "processor": time.process_time() - begin[0],
        "elapsed": time.perf_counter() - begin[1],
        "memory": peak_memory(),
    }


def _run_bertopic(folder: Path, labels: Sequence[str] | None) -> TimedFit:
    # -I: nothing of this project's environment and folders is imported.
    subprocess.run(
        [BERTOPIC_PYTHON, "-I", _BERTOPIC_SCRIPT, folder, str(_SEED)],
        check=True,
        stdout=sys.stderr,
    )
    found = json.loads((folder / "result.json").read_text("utf-8"))
    found["is_core"] = [label >= 0 for label in found["labels"]]
    return _timed_fit(found | {"name": found["rival"]}, labels)


def _timed_fit(found: dict[str, Any], labels: Sequence[str] | None) -> TimedFit:
    groups = np.array(found["labels"])
    is_core = np.array(found["is_core"])
    rand = rand_of_core = None
    if labels is not None:
        known = np.array(labels)
        rand = float(adjusted_rand_score(known, groups))
        rand_of_core = float(adjusted_rand_score(known[is_core], groups[is_core]))
    return TimedFit(
        name=found["name"],
        processor=found["processor"],
        elapsed=found["elapsed"],
        memory=found["memory"],
        groups=len(np.unique(groups[groups >= 0])),
        core_share=float(is_core.mean()),
        rand=rand,
        rand_of_core=rand_of_core,
    )


def _row(fit: TimedFit, rival: float) -> tuple[str, ...]:
    rands = (
        "" if rand is None else f"{rand:.3f}" for rand in (fit.rand, fit.rand_of_core)
    )
    return (
        fit.name,
        f"{fit.processor:.1f} s",
        f"{fit.elapsed:.1f} s",
        f"{fit.processor / rival:.2f}",
        f"{fit.memory / 1e9:.2f} GB",
        str(fit.groups),
        f"{fit.core_share:.0%}",
        *rands,
    )


def _as_conversations(texts: Sequence[str]) -> Conversations:
    """Return texts as conversations of different customers, with made-up behaviour."""
    rng = np.random.default_rng(_SEED)
    behaviour: FloatArray = rng.normal(size=(len(texts), _BEHAVIOUR_COLUMNS))
    ids = [str(number) for number in range(len(texts))]
    return Conversations(ids, np.arange(len(texts)), list(texts), behaviour)


def _simulated_texts(n: int) -> LabelledTexts:
    """Return what simulated users write in their own words, and their topics."""
    [block] = [
        block for block in simulate(SimulationSettings(_USERS, _WEEKS)) if block.people
    ]
    assert block.people
    rng = np.random.default_rng(_SEED)
    settings = MessageSettings(n / _USUAL_CONVERSATIONS * 1.5, has_copies=False)
    started = draw_conversations(rng, block.people.states[:, :_WEEKS], settings)
    written = list(write_conversations(rng, started, ["euros"] * _USERS, settings))
    chosen = rng.permutation(len(written))[:n]
    if len(chosen) < n:
        raise UserError(
            f"made up {len(chosen):,} texts; expected {n:,}: ask for fewer, or give a "
            "file"
        )
    texts = [
        "\n".join(m.body for m in written[place].messages if m.role == CUSTOMER)
        for place in chosen
    ]
    topics = [written[place].topic or "" for place in chosen]
    return LabelledTexts(texts, topics, "made up by the simulator")
