"""Personas by several shares of the text, and which share is taken.

Every fit tries all of them. Another share replaces the default if it predicts clearly
better what customers do next, or if the default has a defect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.personas.conversation_set import TooFewConversationsError
from user_states.personas.fused_blocks import TEXT_SHARE
from user_states.personas.group_terms import compare_groups, ranked_terms
from user_states.personas.persona_clusters import NO_PERSONA, PersonaClusters
from user_states.personas.persona_fit import PersonaData, PersonaSettings, fit_personas
from user_states.personas.persona_measures import coherence, cohesion
from user_states.personas.persona_outcomes import (
    gains_over_everybody,
    score_personas,
)
from user_states.personas.written_terms import TermCounts, count_terms
from user_states.segments.outcome_scores import DivisionGain
from user_states.selection.next_week_scores import UserScores
from user_states.selection.simplest_as_good import ComparedCandidate, judge
from user_states.selection.stability import mean_adjusted_rand

# Text only, the usual, half and half, behaviour only.
TEXT_SHARES = (1.0, TEXT_SHARE, 0.5, 0.0)
# A refit is on so much of the customers, and on no more conversations than that.
_REFIT_SHARE, _REFIT_CONVERSATIONS = 0.8, 2_000
# Leading terms of a persona whose coherence is measured.
_LEADING_TERMS = 10


@dataclass(frozen=True)
class PersonaLimits:
    """What personas must reach.

    Attributes
    ----------
    min_stability : float
        Least adjusted Rand index between refits on resampled customers.
    min_core_share : float
        Least share of conversations that are in a dense group.
    """

    min_stability: float = 0.6
    min_core_share: float = 0.3


@dataclass(frozen=True, eq=False)
class PersonaOutcome:
    """What customers did after their conversations.

    Attributes
    ----------
    came : array, shape (n,)
        1 if it came, 0 if not, NaN if it is not known yet.
    held_out : array of bool, shape (n_customers,)
    """

    came: FloatArray
    held_out: BoolArray


@dataclass(frozen=True, eq=False)
class AblationRow:
    """Personas by one share of the text, with their measures.

    Attributes
    ----------
    text_share : float
    clusters : PersonaClusters
    core_share : float
        Share of the clustered conversations in a dense group, before the others went to
        the nearest.
    smallest_share : float
        Of the conversations, in the smallest persona; 0 without personas.
    cohesion_of_all, cohesion_of_core : float or None
        Mean cosine of texts in the same persona, with and without noise.
    base_cohesion : float or None
        Mean cosine of any two texts.
    coherence : float or None
        Normalised pointwise mutual information of leading words.
    stability : float or None
        Adjusted Rand index between refits of the whole pipeline on resampled customers;
        None without refits.
    scores : UserScores or None
        Log scores of the outcome; None without one.
    gain : DivisionGain or None
        Over everybody in one group, in nats a conversation; None without scores.
    flaws : tuple of str
        What speaks against it, in words.
    """

    text_share: float
    clusters: PersonaClusters
    core_share: float
    smallest_share: float
    cohesion_of_all: float | None
    cohesion_of_core: float | None
    base_cohesion: float | None
    coherence: float | None
    stability: float | None
    scores: UserScores | None
    gain: DivisionGain | None
    flaws: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class FusionAblation:
    """All shares of the text, and the chosen one.

    Attributes
    ----------
    rows : dict of float to AblationRow
        By share of the text, in the order of TEXT_SHARES.
    chosen : float
        The default, unless it is flawed or clearly worse than the best.
    """

    rows: dict[float, AblationRow]
    chosen: float

    @property
    def chosen_row(self) -> AblationRow:
        """The row of the chosen share."""
        return self.rows[self.chosen]

    @property
    def is_sound(self) -> bool:
        """Whether the chosen row has no flaw."""
        return not self.chosen_row.flaws


def ablate(
    data: PersonaData,
    settings: PersonaSettings,
    n_refits: int = 3,
    limits: PersonaLimits | None = None,
    outcome: PersonaOutcome | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> FusionAblation:
    """Fit, measure and judge every share of the text.

    Parameters
    ----------
    data : PersonaData
    settings : PersonaSettings
        Its share of the text is the default.
    n_refits : int
        With fewer than two, stability is not measured.
    limits : PersonaLimits, optional
    outcome : PersonaOutcome, optional
        By which shares are compared; without it the default stays, unless it is flawed.
    on_progress : callable, optional
        Called with what is done next, in words.

    Raises
    ------
    TooFewConversationsError, UserError
        As of `fit_personas`.
    """
    limits = limits or PersonaLimits()
    say = on_progress or (lambda _: None)
    shares = tuple(dict.fromkeys((*TEXT_SHARES, settings.text_share)))
    counted = count_terms(data.conversations.texts)
    stability = refit_stability_by_share(data, settings, shares, n_refits, say)
    rows = {}
    for share in shares:
        say(f"{share:.0%} text")
        clusters = fit_personas(data, replace(settings, text_share=share))
        scores = _scores(clusters.labels, data, outcome)
        row = _measured(data, counted, share, clusters, stability.get(share), scores)
        flaws = _flaws(row, limits, was_refitted=bool(stability))
        rows[share] = replace(row, flaws=flaws)
    everybody = _scores(np.zeros(len(data.vectors), np.int64), data, outcome)
    if everybody is not None:
        scored = {share: row.scores for share, row in rows.items() if row.scores}
        gains = gains_over_everybody(scored, everybody, settings.seed)
        rows = {share: replace(row, gain=gains[share]) for share, row in rows.items()}
    return FusionAblation(rows, _chosen(rows, settings.text_share))


def _scores(
    labels: IntArray, data: PersonaData, outcome: PersonaOutcome | None
) -> UserScores | None:
    if outcome is None:
        return None
    customers = data.conversations.customers
    return score_personas(labels, customers, outcome.came, outcome.held_out)


def refit_stability_by_share(
    data: PersonaData,
    settings: PersonaSettings,
    shares: Sequence[float],
    n_refits: int,
    say: Callable[[str], None] = lambda _: None,
) -> dict[float, float | None]:
    """Return how well refits on other customers agree, by share of the text.

    Each refit has four fifths of the customers, and everything is fitted again: the
    vectors of texts if they depend on others, scales, reduction and clusters. Drawn
    without replacement, because copies of a conversation would be a dense place. Two
    refits are compared on the conversations of both. Empty for fewer than two refits;
    None if a refit found no personas, or had too few conversations to look for them.
    """
    if n_refits < 2:
        return {}
    customers = data.conversations.customers
    people = np.unique(customers)
    labels: dict[float, list[IntArray]] = {share: [] for share in shares}
    places = _sampled(customers, people, settings.seed)
    for refit in range(n_refits):
        rng = np.random.default_rng(np.random.SeedSequence([settings.seed, refit]))
        n_drawn = max(1, round(_REFIT_SHARE * len(people)))
        drawn = rng.choice(people, size=n_drawn, replace=False)
        own = places[np.isin(customers[places], drawn)]
        some = data.rows(own)
        for share in shares:
            say(f"refit {refit + 1} with {share:.0%} text")
            again = replace(settings, text_share=share, seed=settings.seed + refit)
            everybody = np.full(len(customers), -2, dtype=np.int64)
            everybody[own] = NO_PERSONA
            with suppress(TooFewConversationsError):
                everybody[own] = fit_personas(some, again).labels
            labels[share].append(everybody)
    return {share: _agreement(own) for share, own in labels.items()}


def _sampled(customers: IntArray, people: IntArray, seed: int) -> IntArray:
    """Return the places of the conversations of as many customers as refits read."""
    order = np.random.default_rng(seed).permutation(len(people))
    by_person = order[np.searchsorted(people, customers)]
    wanted = round(_REFIT_CONVERSATIONS / _REFIT_SHARE)
    first = np.argsort(by_person, kind="stable")[:wanted]
    return np.sort(first).astype(np.int64)


def _agreement(refits: Sequence[IntArray]) -> float | None:
    if any((own == NO_PERSONA).any() for own in refits):
        return None
    found = []
    for place, a in enumerate(refits):
        for b in refits[place + 1 :]:
            both = (a >= 0) & (b >= 0)
            found.append(mean_adjusted_rand([a[both], b[both]]))
    return float(np.mean(found))


def _measured(
    data: PersonaData,
    counted: TermCounts,
    share: float,
    clusters: PersonaClusters,
    stability: float | None,
    scores: UserScores | None,
) -> AblationRow:
    labels, vectors = clusters.labels, data.vectors
    sizes = np.bincount(labels[labels >= 0])
    customers = np.unique(data.conversations.customers, return_inverse=True)[1]
    found = compare_groups(counted, customers, labels, clusters.n_personas)
    leading: list[list[str]] = [[] for _ in range(clusters.n_personas)]
    for row in ranked_terms(found, most=5 * _LEADING_TERMS):
        if " " not in row.term and len(leading[row.group]) < _LEADING_TERMS:
            leading[row.group].append(row.term)
    return AblationRow(
        text_share=share,
        clusters=clusters,
        core_share=clusters.core_share,
        smallest_share=float(sizes.min()) / len(labels) if len(sizes) else 0.0,
        cohesion_of_all=cohesion(vectors, labels),
        cohesion_of_core=cohesion(vectors[clusters.is_core], labels[clusters.is_core]),
        base_cohesion=cohesion(vectors, np.zeros(len(labels), dtype=np.int64)),
        coherence=coherence(counted, leading),
        stability=stability,
        scores=scores,
        gain=None,
        flaws=(),
    )


def _flaws(
    row: AblationRow, limits: PersonaLimits, *, was_refitted: bool
) -> tuple[str, ...]:
    if not row.clusters.n_personas:
        return ("found no two dense groups of conversations; expected at least 2",)
    flaws = []
    if row.core_share < limits.min_core_share:
        flaws.append(
            f"{row.core_share:.1%} of the conversations are in a dense group; expected "
            f"at least {limits.min_core_share:.0%}"
        )
    if was_refitted and row.stability is None:
        flaws.append(
            "a refit on other customers found no two dense groups; expected the same "
            "groups again"
        )
    if row.stability is not None and not row.stability >= limits.min_stability:
        flaws.append(
            "refits on other customers agree at an adjusted Rand index of "
            f"{row.stability:.3f}; expected at least {limits.min_stability:.3f}"
        )
    return tuple(flaws)


def _chosen(rows: Mapping[float, AblationRow], default: float) -> float:
    """Return the default, unless it is flawed or more than one error behind."""
    # Near the default counts as simple; of equally near ones the one with more text.
    order = sorted(rows, key=lambda share: (abs(share - default), -share))
    # Without scores, the order decides.
    candidates = {
        share: ComparedCandidate(rows[share].scores, float(place), rows[share].flaws)
        for place, share in enumerate(order)
    }
    return judge(candidates).chosen
