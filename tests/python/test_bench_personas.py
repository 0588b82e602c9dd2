"""The benchmark of personas: what it compares by, and that ours are found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from user_states.benchmarks import personas_benchmark
from user_states.benchmarks.personas_benchmark import (
    LabelledTexts,
    fit_texts,
    labelled_texts,
    time_personas,
)
from user_states.errors import UserError
from user_states.personas.text_vectors import TfidfSvd


@pytest.fixture(scope="module")
def made_up() -> LabelledTexts:
    return labelled_texts(800, None)


def test_texts_are_made_up_with_their_topics(made_up: LabelledTexts) -> None:
    assert made_up.labels is not None
    assert len(made_up.texts) == len(made_up.labels) == 800
    assert len(set(made_up.texts)) > 790
    assert len(set(made_up.labels)) >= 8
    assert labelled_texts(800, None) == made_up


def test_our_fit_finds_the_topics(made_up: LabelledTexts, tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_text(json.dumps(made_up.texts), "utf-8")
    np.save(tmp_path / "vectors.npy", TfidfSvd().embed(made_up.texts))
    found = fit_texts(tmp_path, "averages")
    fit = personas_benchmark._timed_fit(found, made_up.labels)
    assert fit.rand is not None
    assert fit.rand > 0.6
    assert 5 <= fit.groups <= 30
    assert fit.processor > 0
    assert fit.memory > 10**7


def test_a_file_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text('text,category\n"Where is it?",card\nWhy,fee\n,fee\n', "utf-8")
    assert labelled_texts(10, path) == LabelledTexts(
        ["Where is it?", "Why"], ["card", "fee"], "texts.csv"
    )
    path.write_text("words\na\n", "utf-8")
    with pytest.raises(UserError, match="found the columns words"):
        labelled_texts(10, path)


def test_without_the_rival(
    monkeypatch: pytest.MonkeyPatch, made_up: LabelledTexts
) -> None:
    monkeypatch.setattr(personas_benchmark, "BERTOPIC_PYTHON", Path("nowhere"))
    with pytest.raises(UserError, match="make bench-personas"):
        time_personas(made_up)
