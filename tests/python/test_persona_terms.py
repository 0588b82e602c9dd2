"""Words, terms, names and measures of personas, held to counts by hand."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from planted_conversations import TOPICS, planted_conversations
from user_states.personas.group_terms import PRIOR_USES, compare_groups, ranked_terms
from user_states.personas.persona_measures import coherence, cohesion, kept_share
from user_states.personas.persona_names import (
    LIKE_THE_OTHERS,
    class_based_tfidf,
    name_personas,
)
from user_states.personas.written_terms import count_terms, words_of


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("Don’t CHARGE me 20 twice!", ["don't", "charge", "me", "20", "twice"]),
            ("退款了", ["退", "款", "了"]),
            ("où est ma Straße_nr", ["où", "est", "ma", "strasse", "nr"]),
            ("شكرا جزيلا", ["شكرا", "جزيلا"]),
            ("🙂🙂 ok", ["🙂", "🙂", "ok"]),
            ("a\x00b", ["a", "b"]),
            ("", []),
            ("?! …", []),
        ],
    )
    def test_of_many_scripts(self, text: str, words: list[str]) -> None:
        assert words_of(text) == words

    def test_a_very_long_text_is_cut(self) -> None:
        assert len(words_of("word " * 100_000)) == 20_000

    def test_terms_are_words_and_pairs_in_several_texts(self) -> None:
        counted = count_terms(["money back now", "money back", "now money"])
        assert counted.terms == ("back", "money", "money back", "now")
        assert counted.counts.toarray().tolist() == [
            [1, 1, 1, 1],
            [1, 1, 1, 0],
            [0, 1, 0, 1],
        ]
        assert counted.is_one_word.tolist() == [True, True, False, True]

    @pytest.mark.parametrize("texts", [[], ["", " "], ["one", "two"]])
    def test_without_terms_there_is_an_empty_table(self, texts: list[str]) -> None:
        counted = count_terms(texts)
        assert counted.terms == ()
        assert counted.counts.shape == (len(texts), 0)

    def test_stop_words_at_the_ends_do_not_tell(self) -> None:
        counted = count_terms(["lost my card 12 x"] * 2)
        telling = [
            term
            for term, tells in zip(counted.terms, counted.is_telling, strict=True)
            if tells
        ]
        assert telling == ["card", "lost"]


class TestLogOdds:
    def test_equals_the_formula(self) -> None:
        # Group 0: customers 0 and 1; group 1: customers 1 and 2.
        counted = count_terms(["a", "a", "b a", "b"], least_texts=1)
        customers = np.array([0, 1, 1, 2])
        found = compare_groups(counted, customers, np.array([0, 0, 1, 1]), 2)
        uses = {"a": (2, 1), "b": (0, 2), "b a": (0, 1)}
        n = (2, 4)
        for place, term in enumerate(found.terms):
            prior = PRIOR_USES * sum(uses[term]) / 6
            y, others = (count + prior for count in uses[term])
            expected = math.log(y / (n[0] + PRIOR_USES - y)) - math.log(
                others / (n[1] + PRIOR_USES - others)
            )
            assert found.log_odds[0, place] == pytest.approx(expected, abs=1e-12)
            assert found.log_odds[1, place] == pytest.approx(-expected, abs=1e-12)
            z = expected / math.sqrt(1 / y + 1 / others)
            assert found.z[0, place] == pytest.approx(z, abs=1e-12)
            assert tuple(found.n_customers[:, place]) == uses[term]

    def test_what_one_person_repeats_counts_once(self) -> None:
        texts = ["refund refund refund"] * 30 + ["hello"] * 30
        customers = np.array([0] * 30 + list(range(1, 31)))
        labels = np.array([0] * 30 + [1] * 30)
        found = compare_groups(count_terms(texts), customers, labels, 2)
        assert found.n_customers[0, found.terms.index("refund")] == 1
        assert not [row for row in ranked_terms(found) if row.term == "refund"]

    def test_negative_labels_are_not_counted(self) -> None:
        counted = count_terms(["a", "a", "b"], least_texts=1)
        found = compare_groups(counted, np.arange(3), np.array([0, -1, 1]), 2)
        assert found.n_customers.tolist() == [[1, 0], [0, 1]]

    def test_planted_words_lead_and_common_ones_do_not(self) -> None:
        conversations, topics, _ = planted_conversations()
        counted = count_terms(conversations.texts)
        found = compare_groups(counted, conversations.customers, topics, len(TOPICS))
        for topic, words in enumerate(TOPICS):
            own = [row for row in ranked_terms(found) if row.group == topic]
            first = [row.term for row in own if " " not in row.term][:10]
            assert set(first) == set(words.split())
            assert [row.rank for row in own] == list(range(1, len(own) + 1))

    def test_nothing_to_compare(self) -> None:
        found = compare_groups(
            count_terms([]), np.zeros(0, np.int64), np.zeros(0, np.int64), 2
        )
        assert found.z.shape == (2, 0)
        assert ranked_terms(found) == []


class TestNames:
    def test_class_based_tfidf_by_hand(self) -> None:
        counted = count_terms(["a a b", "b"], least_texts=1)
        one_word = counted.counts[:, counted.is_one_word]
        found = class_based_tfidf(one_word, np.array([0, 1]), 2)
        mean = (3 + 1) / 2
        expected = [
            [2 / 3 * math.log1p(mean / 2), 1 / 3 * math.log1p(mean / 2)],
            [0.0, math.log1p(mean / 2)],
        ]
        assert found == pytest.approx(np.array(expected))

    def test_names_have_words_of_the_topic_and_differ(self) -> None:
        conversations, topics, _ = planted_conversations()
        counted = count_terms(conversations.texts)
        found = compare_groups(counted, conversations.customers, topics, len(TOPICS))
        names = name_personas(counted, topics, found)
        for name, words in zip(names, TOPICS, strict=True):
            used = name.name.casefold().replace(",", "").split()
            assert len(used) >= 2
            assert set(used) <= set(words.split())
            assert name.fits(name.name)
        assert not names[0].fits(names[1].name)
        assert len({name.name for name in names}) == len(TOPICS)

    def test_groups_alike_get_names_that_say_so(self) -> None:
        texts = ["hello there friend"] * 40
        counted, customers = count_terms(texts), np.arange(40)
        labels = customers % 2
        found = compare_groups(counted, customers, labels, 2)
        names = [name.name for name in name_personas(counted, labels, found)]
        assert names == [LIKE_THE_OTHERS, f"{LIKE_THE_OTHERS} 2"]

    def test_words_of_few_people_are_not_in_names(self) -> None:
        texts = ["secretname and refund"] * 8 + ["refund"] * 40 + ["helmet"] * 48
        customers = np.array([0] * 8 + list(range(1, 89)))
        labels = np.array([0] * 48 + [1] * 48)
        counted = count_terms(texts)
        found = compare_groups(counted, customers, labels, 2)
        names = name_personas(counted, labels, found)
        assert [name.name for name in names] == ["Refund", "Helmet"]
        told = [(name.description, name.true_words) for name in names]
        assert "secretname" not in str(told)


class TestMeasures:
    def test_cohesion_equals_all_pairs(self) -> None:
        rng = np.random.default_rng(1)
        vectors, labels = rng.normal(size=(30, 5)), rng.integers(-1, 3, size=30)
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = units @ units.T
        means = [
            np.mean([cosines[i, j] for j in range(30) if j != i and labels[j] == own])
            for i, own in enumerate(labels)
            if own >= 0
        ]
        assert cohesion(vectors, labels) == pytest.approx(np.mean(means), abs=1e-12)
        assert cohesion(vectors, np.arange(30)) is None

    def test_coherence_by_hand(self) -> None:
        counted = count_terms(["a b", "a b", "a", "c"], least_texts=1)
        # a in 3, b in 2, both in 2 of 4 texts; a and c never together.
        together = math.log(0.5 / (0.75 * 0.5)) / -math.log(0.5)
        assert coherence(counted, [["a", "b"]]) == pytest.approx(together)
        assert coherence(counted, [["a", "c"]]) == -1.0
        assert coherence(counted, [["a", "a b"], ["c"]]) is None
        both = coherence(counted, [["a", "b", "a b"], ["a", "c"]])
        assert both == pytest.approx((together - 1) / 2)

    def test_planted_topics_are_more_coherent_than_mixed_words(self) -> None:
        conversations, _, _ = planted_conversations()
        counted = count_terms(conversations.texts)
        topics = [topic.split() for topic in TOPICS]
        mixed = [list(words) for words in zip(*topics, strict=True)]
        own, other = coherence(counted, topics), coherence(counted, mixed)
        assert own is not None
        assert other is not None
        assert own > 0.3 > 0 > other

    def test_kept_share_follows_conversations_not_numbers(self) -> None:
        before = np.repeat([0, 1, 2], 20)
        assert kept_share(before, (before + 1) % 3, 0.5) == 1.0
        moved = before.copy()
        moved[:5] = 1
        assert kept_share(before, moved, 0.5) == pytest.approx(55 / 60)

    def test_a_persona_that_falls_apart_is_not_kept(self) -> None:
        before = np.repeat([0, 1], 20)
        after = before.copy()
        after[:20] = [2, 3] * 10
        after[after == 1] = 0
        assert kept_share(before, after, 0.51) == pytest.approx(0.5)
        assert kept_share(np.full(4, -1), np.zeros(4, np.int64), 0.5) is None

    def test_pairs_of_words_are_all_counted(self) -> None:
        counted = count_terms(["a b c", "a b", "c a", "b"], least_texts=1)
        used = counted.counts[:, counted.is_one_word].toarray() > 0
        found = []
        for i, j in combinations(range(3), 2):
            p_i, p_j = used[:, i].mean(), used[:, j].mean()
            p_both = (used[:, i] & used[:, j]).mean()
            found.append(math.log(p_both / (p_i * p_j)) / -math.log(p_both))
        assert coherence(counted, [["a", "b", "c"]]) == pytest.approx(np.mean(found))
