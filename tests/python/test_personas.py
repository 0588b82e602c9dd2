"""The pipeline from conversations to personas, on planted topics and styles."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from planted_conversations import TOPICS, planted_conversations
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.personas import fusion_ablation, minilm, persona_fit
from user_states.personas.chosen_embedder import chosen_embedder
from user_states.personas.conversation_set import (
    Conversations,
    TooFewConversationsError,
)
from user_states.personas.fused_blocks import fuse, standardised
from user_states.personas.fusion_ablation import (
    TEXT_SHARES,
    AblationRow,
    PersonaOutcome,
    ablate,
    refit_stability_by_share,
)
from user_states.personas.minilm import MiniLM, PackagedFile, read_packaged
from user_states.personas.persona_clusters import (
    NO_PERSONA,
    PersonaClusters,
    cluster,
)
from user_states.personas.persona_fit import (
    PersonaData,
    PersonaSettings,
    embedded,
    fit_personas,
)
from user_states.personas.persona_measures import kept_share
from user_states.personas.persona_outcomes import score_personas
from user_states.personas.reduced_space import has_umap, reduce
from user_states.personas.text_vectors import VECTOR_SIZE, TfidfSvd

# What runs everywhere, also without the extra packages.
SETTINGS = PersonaSettings(reduction="averages")
needs_umap = pytest.mark.skipif(
    not has_umap(), reason="umap-learn of requirements-personas.txt is not installed"
)
needs_network = pytest.mark.skipif(
    bool(minilm.missing_packages()),
    reason="the network of requirements-personas.txt is not installed",
)


@pytest.fixture(scope="module")
def planted() -> tuple[PersonaData, IntArray]:
    """Return conversations about four topics with their vectors, and the topics."""
    conversations, topics, _ = planted_conversations()
    return embedded(conversations, TfidfSvd()), topics


@pytest.fixture(scope="module")
def both() -> tuple[PersonaData, IntArray, IntArray]:
    """Return conversations that differ in topic and in style."""
    conversations, topics, styles = planted_conversations(style_distance=6.0)
    return embedded(conversations, TfidfSvd()), topics, styles


class TestConversations:
    def test_lengths_must_agree(self) -> None:
        with pytest.raises(ValueError, match="expected one row a conversation"):
            Conversations(["a"], np.zeros(2, np.int64), ["x"], np.zeros((1, 36)))

    def test_an_id_comes_once(self) -> None:
        with pytest.raises(ValueError, match="found a conversation twice"):
            Conversations(
                ["a", "a"], np.zeros(2, np.int64), ["x", "y"], np.zeros((2, 36))
            )

    def test_behaviour_is_numbers(self) -> None:
        with pytest.raises(ValueError, match="found 1 values of behaviour"):
            Conversations(["a"], np.zeros(1, np.int64), ["x"], np.array([[np.nan]]))

    def test_too_few_are_refused(self) -> None:
        conversations, _, _ = planted_conversations(n=49)
        with pytest.raises(TooFewConversationsError, match="found 49 different texts"):
            fit_personas(embedded(conversations, TfidfSvd()), SETTINGS)

    def test_one_template_is_refused(self) -> None:
        conversations, _, _ = planted_conversations()
        alike = replace(conversations, texts=["Your code is ready"] * 400)
        with pytest.raises(TooFewConversationsError, match="found 1 different texts"):
            fit_personas(embedded(alike, TfidfSvd()), SETTINGS)


class TestTfidf:
    def test_vectors_have_one_size_and_length(self) -> None:
        conversations, topics, _ = planted_conversations(n=100)
        vectors = TfidfSvd().embed([*conversations.texts, "", "🙂", "\x00"])
        assert vectors.shape == (103, VECTOR_SIZE)
        assert np.linalg.norm(vectors[:100], axis=1) == pytest.approx(np.ones(100))
        assert not vectors[100:].any()
        cosines = vectors[:100] @ vectors[:100].T
        same = topics[:, np.newaxis] == topics
        assert cosines[same].mean() > cosines[~same].mean() + 0.15

    @pytest.mark.parametrize("texts", [[], ["one"], ["a b", "a b"], ["", ""]])
    def test_few_words_give_zeros_or_less(self, texts: list[str]) -> None:
        vectors = TfidfSvd().embed(texts)
        assert vectors.shape == (len(texts), VECTOR_SIZE)
        assert np.isfinite(vectors).all()


class TestFusion:
    @pytest.mark.parametrize("share", [1.0, 0.75, 0.5, 0.0])
    def test_each_block_has_its_share_of_the_distances(self, share: float) -> None:
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(200, 8)) * [9, 1, 1, 1, 1, 1, 1, 0.1] + 5
        behaviour = rng.exponential(size=(200, 4)) * [1, 1000, 0.001, 1]
        fused = fuse(vectors, behaviour, share)
        means = [
            ((block[:, np.newaxis] - block) ** 2).sum(axis=2).mean()
            for block in (fused[:, :8], fused[:, 8:])
        ]
        assert means == pytest.approx([2 * share, 2 * (1 - share)])

    def test_constant_columns_say_nothing(self) -> None:
        columns = np.column_stack([np.full(50, 0.1), np.arange(50.0)])
        assert not standardised(columns)[:, 0].any()
        assert np.isfinite(fuse(np.zeros((50, 3)), columns * 0, 0.75)).all()

    def test_an_outlier_does_not_rule(self) -> None:
        column = np.zeros((1000, 1))
        column[0] = 1e9
        assert np.abs(standardised(column)).max() == 4.0

    def test_a_share_is_between_0_and_1(self) -> None:
        with pytest.raises(ValueError, match=r"found a share of the text of 1\.1"):
            fuse(np.zeros((3, 2)), np.zeros((3, 2)), 1.1)


class TestClusters:
    def blobs(self) -> tuple[FloatArray, IntArray]:
        """Return dense places of 60, 100 and 40 points, and a far point behind each."""
        rng = np.random.default_rng(0)
        centres = np.array([[0.0, 0.0, 9.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]])
        truth = np.repeat([0, 1, 2], [60, 100, 40])
        dense = centres[truth] + rng.normal(scale=0.1, size=(200, 3))
        noise = centres * 3
        return np.vstack([dense, noise]), np.concatenate([truth, [0, 1, 2]])

    def found(self, customers: IntArray) -> tuple[PersonaClusters, FloatArray]:
        """Return the clusters of the blobs."""
        values, _ = self.blobs()
        return cluster(values, np.arange(203), values, customers, 0.005, 6), values

    def test_dense_places_are_found_the_largest_first(self) -> None:
        found, values = self.found(np.arange(203))
        _, truth = self.blobs()
        assert found.labels.tolist() == np.array([1, 0, 2])[truth].tolist()
        assert found.is_core.tolist() == [True] * 200 + [False] * 3
        for persona in range(3):
            core = values[found.is_core & (found.labels == persona)]
            assert found.centroids[persona] == pytest.approx(core.mean(axis=0))
        own = found.centroids[found.labels]
        cosines = (values * own).sum(axis=1) / (
            np.linalg.norm(values, axis=1) * np.linalg.norm(own, axis=1)
        )
        assert found.similarity == pytest.approx(cosines)

    def test_noise_goes_to_the_nearest_before_the_reduction(self) -> None:
        values, _ = self.blobs()
        reduced = values.copy()
        # The reduction moved a far point behind another group.
        reduced[200] = [0.0, 30.0, 0.0]
        everybody = np.arange(203)
        found = cluster(reduced, everybody, values, everybody, 0.005, 6)
        assert not found.is_core[200]
        assert found.labels[200] == 1

    def test_what_was_not_reduced_goes_to_the_nearest_too(self) -> None:
        values, truth = self.blobs()
        places = np.arange(0, 203, 2)
        found = cluster(values[places], places, values, np.arange(203), 0.005, 6)
        assert found.labels.tolist() == np.array([1, 0, 2])[truth].tolist()
        assert np.flatnonzero(found.is_clustered).tolist() == places.tolist()
        assert np.flatnonzero(found.is_core).tolist() == places[:-2].tolist()
        assert found.core_share == pytest.approx(100 / 102)

    def test_a_group_of_few_people_is_no_persona(self) -> None:
        customers = np.arange(203)
        customers[160:200] = customers[160:200] % 4
        found, _ = self.found(customers)
        assert found.n_personas == 2
        assert not found.is_core[160:].any()
        assert set(found.labels) == {0, 1}

    def test_without_dense_places_there_are_no_personas(self) -> None:
        values = np.random.default_rng(0).uniform(size=(200, 3))
        found = cluster(values, np.arange(200), values, np.arange(200), 0.2, 6)
        assert found.n_personas == 0
        assert set(found.labels) == {NO_PERSONA}
        assert np.isnan(found.similarity).all()


class TestPipeline:
    def test_planted_topics_are_found(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, topics = planted
        found = fit_personas(data, SETTINGS)
        assert found.n_personas == len(TOPICS)
        assert adjusted_rand_score(topics, found.labels) > 0.9

    def test_of_too_many_conversations_some_are_drawn(
        self, planted: tuple[PersonaData, IntArray], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data, topics = planted
        lengths = []

        def watched(values: FloatArray, *rest: Any) -> FloatArray:
            lengths.append(len(values))
            return reduce(values, *rest)

        monkeypatch.setattr(persona_fit, "reduce", watched)
        few = replace(SETTINGS, most_clustered=200)
        found, again = fit_personas(data, few), fit_personas(data, few)
        other = fit_personas(data, replace(few, seed=1))
        fit_personas(data, replace(SETTINGS, most_clustered=400))
        # What takes the square of the number never sees more.
        assert lengths == [200, 200, 200, 400]
        assert found.labels.tobytes() == again.labels.tobytes()
        assert np.count_nonzero(found.is_clustered) == 200
        assert (found.is_clustered != other.is_clustered).any()
        assert not found.is_core[~found.is_clustered].any()
        for each in (found, other):
            assert each.n_personas == len(TOPICS)
            assert adjusted_rand_score(topics, each.labels) > 0.9
            others = ~each.is_clustered
            assert adjusted_rand_score(topics[others], each.labels[others]) > 0.9

    def test_the_same_seed_gives_the_same_bytes(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, _ = planted
        again = embedded(data.conversations, TfidfSvd())
        assert again.vectors.tobytes() == data.vectors.tobytes()
        one, two = (fit_personas(each, SETTINGS) for each in (data, again))
        assert one.labels.tobytes() == two.labels.tobytes()
        assert one.centroids.tobytes() == two.centroids.tobytes()
        assert one.similarity.tobytes() == two.similarity.tobytes()

    def test_conversations_keep_their_persona_on_nine_tenths(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, _ = planted
        whole = fit_personas(data, SETTINGS)
        drawn = np.sort(np.random.default_rng(1).permutation(400)[:360])
        part = fit_personas(data.rows(drawn), SETTINGS)
        share = kept_share(whole.labels[drawn], part.labels, 0.5)
        assert share is not None
        assert share >= 0.9

    def test_vectors_that_depend_on_others_are_made_again(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, _ = planted
        some = data.rows(np.arange(100))
        first = data.conversations.rows(np.arange(100))
        expected = embedded(first, TfidfSvd()).vectors
        assert np.array_equal(some.vectors, expected)
        given = PersonaData(data.conversations, data.vectors)
        assert np.array_equal(given.rows(np.arange(100)).vectors, data.vectors[:100])

    def test_a_row_for_each_conversation(self) -> None:
        conversations, _, _ = planted_conversations(n=60)
        with pytest.raises(ValueError, match=r"found vectors of shape \(59, 384\)"):
            PersonaData(conversations, np.zeros((59, 384)))

    def test_without_the_packages_it_says_what_is_lost(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        embedder, lost = chosen_embedder("auto")
        assert embedder.name == "tfidf_svd"
        assert lost is not None
        assert "two words for the same thing stay apart" in lost
        with pytest.raises(UserError, match="found no package umap"):
            reduce(np.eye(60), "umap", 0)
        with pytest.raises(UserError, match="found no package onnxruntime"):
            MiniLM()

    @needs_umap
    def test_umap_finds_topics_with_the_same_bytes(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, topics = planted
        one, two = (
            fit_personas(data, replace(SETTINGS, reduction="umap")) for _ in range(2)
        )
        assert adjusted_rand_score(topics, one.labels) > 0.9
        assert one.labels.tobytes() == two.labels.tobytes()
        assert one.centroids.tobytes() == two.centroids.tobytes()


class TestStability:
    def test_planted_topics_come_back_and_noise_does_not(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        data, _ = planted
        found = refit_stability_by_share(data, SETTINGS, (1.0, 0.0), 3)
        stable, chance = found[1.0], found[0.0]
        assert stable is not None
        assert stable > 0.8
        # Behaviour is noise here: no personas, or other ones each time.
        assert chance is None or chance < 0.3

    def test_refits_have_other_customers_whole(
        self,
        planted: tuple[PersonaData, IntArray],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        data, _ = planted
        people = []

        def spy(some: PersonaData, settings: PersonaSettings) -> PersonaClusters:
            own = some.conversations
            people.append(frozenset(own.customers.tolist()))
            everything = np.isin(data.conversations.customers, own.customers)
            assert len(own) == np.count_nonzero(everything)
            assert np.array_equal(some.vectors, embedded(own, TfidfSvd()).vectors)
            return fit_personas(some, settings)

        monkeypatch.setattr(fusion_ablation, "fit_personas", spy)
        refit_stability_by_share(data, SETTINGS, (1.0,), 2)
        n_people = len(np.unique(data.conversations.customers))
        assert [len(drawn) for drawn in people] == [round(0.8 * n_people)] * 2
        assert people[0] != people[1]

    def test_one_refit_says_nothing(
        self, planted: tuple[PersonaData, IntArray]
    ) -> None:
        assert refit_stability_by_share(planted[0], SETTINGS, (1.0,), 1) == {}


class TestOutcomes:
    def test_equals_rates_of_the_others(self) -> None:
        labels = np.array([0, 0, 0, 1, 1, 0, 1])
        customers = np.array([0, 1, 2, 3, 4, 5, 5])
        came = np.array([1.0, 1.0, 0.0, 0.0, np.nan, 1.0, 1.0])
        held_out = np.array([False, False, False, False, False, True])
        found = score_personas(labels, customers, came, held_out)
        base = (2 + 1) / (4 + 2)
        rates = (2 + 2 * base) / (3 + 2), (0 + 2 * base) / (1 + 2)
        assert found.log_scores[5] == pytest.approx(np.log(rates[0]) + np.log(rates[1]))
        assert found.n_pairs.tolist() == [0, 0, 0, 0, 0, 2]


class TestAblation:
    def test_each_share_finds_what_it_sees(
        self, both: tuple[PersonaData, IntArray, IntArray]
    ) -> None:
        data, topics, styles = both
        said: list[str] = []
        found = ablate(data, SETTINGS, n_refits=2, on_progress=said.append)
        assert tuple(found.rows) == TEXT_SHARES
        assert adjusted_rand_score(topics, found.rows[1.0].clusters.labels) > 0.9
        assert adjusted_rand_score(styles, found.rows[0.0].clusters.labels) > 0.9
        assert "50% text" in said
        text, style = found.rows[1.0], found.rows[0.0]
        assert _known(text.cohesion_of_all) > _known(style.cohesion_of_all)
        assert _known(text.coherence) > _known(style.coherence)
        assert _known(text.stability) > 0.8
        assert text.smallest_share == pytest.approx(
            np.bincount(text.clusters.labels).min() / 400
        )

    def test_the_outcome_decides_only_if_it_is_clear(
        self, both: tuple[PersonaData, IntArray, IntArray]
    ) -> None:
        data, _, styles = both
        held_out = np.arange(120) % 3 == 0
        rng = np.random.default_rng(2)
        chances = {
            "style": np.where(styles == 1, 0.95, 0.05),
            "nothing": np.full(400, 0.5),
        }
        settings = replace(SETTINGS, text_share=1.0)
        found = {}
        for name, chance in chances.items():
            came = (rng.random(400) < chance).astype(np.float64)
            outcome = PersonaOutcome(came, held_out)
            found[name] = ablate(data, settings, 0, outcome=outcome)
        assert found["nothing"].chosen == 1.0
        assert found["style"].chosen != 1.0
        assert _mean(found["style"].chosen_row) > _mean(found["style"].rows[1.0]) + 0.1

    def test_a_flawed_default_gives_way(
        self, both: tuple[PersonaData, IntArray, IntArray]
    ) -> None:
        data, _, _ = both
        noise = np.random.default_rng(0).normal(size=(400, VECTOR_SIZE))
        mute = PersonaData(data.conversations, noise)
        found = ablate(mute, replace(SETTINGS, text_share=1.0), 0)
        (flaw,) = found.rows[1.0].flaws
        assert flaw.startswith("found no two dense groups of conversations")
        assert found.chosen == 0.75
        assert found.is_sound


class TestNetwork:
    def test_other_bytes_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "made_up_weights").mkdir()
        path = tmp_path / "made_up_weights" / "model.onnx"
        path.write_bytes(b"right")
        monkeypatch.syspath_prepend(tmp_path)
        digest = hashlib.sha256(b"right").hexdigest()
        file = PackagedFile("made_up_weights", "model.onnx", digest)
        assert read_packaged(file) == b"right"
        path.write_bytes(b"wrong")
        with pytest.raises(UserError, match=r"found model\.onnx .* with sha256"):
            read_packaged(file)
        with pytest.raises(UserError, match=r"found no file other\.onnx"):
            read_packaged(replace(file, path="other.onnx"))
        with pytest.raises(UserError, match=r"found no file model\.onnx"):
            read_packaged(replace(file, package="never_installed"))

    @needs_network
    def test_texts_that_mean_the_same_are_close(self) -> None:
        texts: Sequence[str] = [
            "I want my money back",
            "please refund me",
            "the brakes of the scooter squeak",
            "",
            "very long " * 4000,
        ]
        network = MiniLM()
        vectors = network.embed(texts)
        assert vectors.shape == (5, VECTOR_SIZE)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
        assert not vectors[3].any()
        # A vector does not depend on the other texts.
        alone = np.vstack([network.embed([text]) for text in texts])
        assert alone.tobytes() == vectors.tobytes()


def _known(value: float | None) -> float:
    assert value is not None
    return value


def _mean(row: AblationRow) -> float:
    assert row.scores is not None
    return row.scores.mean
