"""A finished fit of personas as rows of the register and of the schema `personas`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.personas.conversation_set import Conversations
from user_states.personas.fusion_ablation import AblationRow, FusionAblation
from user_states.personas.group_terms import (
    GroupTerms,
    RankedTerm,
    compare_groups,
    ranked_terms,
)
from user_states.personas.persona_names import name_personas
from user_states.personas.written_terms import TermCounts, count_terms
from user_states.runs.register_rows import monday_of, run_row, segment_row
from user_states.runs.table_writer import Rows

# What held-out customers are judged by, in words.
OUTCOME_IN_WORDS = "an event in the seven days after the day of the conversation"


@dataclass(frozen=True, eq=False)
class PersonasRun:
    """A finished fit with everything that is stored about it.

    Attributes
    ----------
    conversations : Conversations
        All that were divided.
    customer_ids : sequence of str
        By number.
    state_keys : sequence of str
    states : array of int, shape (n,)
        Number of the state of each conversation, -1 without one.
    ablation : FusionAblation
    is_forced : bool
        Publish personas despite their flaws.
    embedder, reduction : str
    what_is_lost : str or None
        Without a better embedder.
    first_on, last_on : date
        Days of the first and of the last conversation.
    seed : int
    settings, feature_settings : mapping
        Of the fit, and as from `behaviour_settings`.
    """

    conversations: Conversations
    customer_ids: Sequence[str]
    state_keys: Sequence[str]
    states: IntArray
    ablation: FusionAblation
    is_forced: bool
    embedder: str
    reduction: str
    what_is_lost: str | None
    first_on: dt.date
    last_on: dt.date
    seed: int
    settings: Mapping[str, Any]
    feature_settings: Mapping[str, Any]

    @property
    def n_personas(self) -> int:
        """Personas that are published; 0 if none are."""
        is_published = self.ablation.is_sound or self.is_forced
        return self._chosen.clusters.n_personas if is_published else 0

    @property
    def defects(self) -> list[dict[str, str]]:
        """What speaks against publishing."""
        return [{"kind": "personas", "text": flaw} for flaw in self._chosen.flaws]

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        return f"{self._sentence_of_groups()} {self._sentence_of_gain()}"

    @property
    def _chosen(self) -> AblationRow:
        return self.ablation.chosen_row

    def tables(self) -> dict[str, Rows]:
        """Return the rows of every table, without run_id."""
        counted = count_terms(self.conversations.texts)
        return {
            "runs": [self._run_row()],
            "feature_scaling": [],
            "fits": [self._fit_row()],
            "fusions": self.fusion_rows(),
            "state_terms": self._state_term_rows(counted),
            **self._persona_rows(counted),
        }

    def fusion_rows(self) -> Rows:
        """Return a row for each share of the text, without run_id."""
        return [
            {
                "text_share": share,
                "is_chosen": share == self.ablation.chosen,
                **_measures(row),
                "n_personas": row.clusters.n_personas,
                "smallest_share": row.smallest_share,
                "log_score": _log_score(row),
                "why_not": "; ".join(row.flaws) or None,
            }
            for share, row in self.ablation.rows.items()
        ]

    def _run_row(self) -> dict[str, Any]:
        row = self._chosen
        return {
            **run_row(
                n_segments=self.n_personas,
                n_members=len(self.conversations),
                first_week_start=monday_of(self.first_on),
                last_week_start=monday_of(self.last_on),
                log_score=_log_score(row),
                defects=self.defects,
                choice=self.sentence,
                settings=self.settings,
                feature_settings=self.feature_settings,
            ),
            "seed": self.seed,
        }

    def _fit_row(self) -> dict[str, Any]:
        return {
            "embedder": self.embedder,
            "reduction": self.reduction,
            "text_share": self.ablation.chosen,
            "n_conversations": len(self.conversations),
            "n_customers": len(self.customer_ids),
            "n_personas": self.n_personas,
            **_measures(self._chosen),
            "outcome": OUTCOME_IN_WORDS if self._chosen.gain else None,
            "what_is_lost": self.what_is_lost,
            "sentence": self.sentence,
        }

    def _persona_rows(self, counted: TermCounts) -> dict[str, Rows]:
        if not self.n_personas:
            return {"segments": [], "members": [], "terms": []}
        clusters = self._chosen.clusters
        labels, customers = clusters.labels, self.conversations.customers
        found = compare_groups(counted, customers, labels, self.n_personas)
        names = name_personas(counted, labels, found)
        sizes = np.bincount(labels, minlength=self.n_personas).tolist()
        return {
            "segments": [
                segment_row(number, size, size / len(labels), name)
                for number, (size, name) in enumerate(
                    zip(sizes, names, strict=True), start=1
                )
            ],
            "members": [
                {
                    "conversation_key": key,
                    "customer_id": self.customer_ids[customer],
                    "persona_id": label + 1,
                    "is_core": is_core if is_clustered else None,
                    "similarity": similarity,
                }
                for key, customer, label, is_core, is_clustered, similarity in zip(
                    self.conversations.ids,
                    customers.tolist(),
                    labels.tolist(),
                    clusters.is_core.tolist(),
                    clusters.is_clustered.tolist(),
                    clusters.similarity.tolist(),
                    strict=True,
                )
            ],
            "terms": [
                {"persona_id": row.group + 1, **_term(row)}
                for row in ranked_terms(found)
            ],
        }

    def _state_term_rows(self, counted: TermCounts) -> Rows:
        found: GroupTerms = compare_groups(
            counted, self.conversations.customers, self.states, len(self.state_keys)
        )
        return [
            {"state_key": self.state_keys[row.group], **_term(row)}
            for row in ranked_terms(found)
        ]

    def _sentence_of_groups(self) -> str:
        row = self._chosen
        of_all = f"{len(self.conversations):,} conversations"
        if not row.clusters.n_personas:
            return f"No personas in {of_all}: {'; '.join(row.flaws)}."
        found = (
            f"{row.clusters.n_personas} personas in {of_all} of "
            f"{len(self.customer_ids):,} customers, with {row.text_share:.0%} text: "
            f"{row.core_share:.0%} {self._of_the_drawn()}are in a dense group"
        )
        if row.stability is not None:
            found += (
                ", and refits on other customers agree at an adjusted Rand index of "
                f"{row.stability:.2f}"
            )
        if not row.flaws:
            return f"{found}."
        standing = "Published by force" if self.is_forced else "Not published"
        return f"{found}. {standing}: {'; '.join(row.flaws)}."

    def _of_the_drawn(self) -> str:
        """Say how many were clustered, if not all."""
        is_clustered = self._chosen.clusters.is_clustered
        if is_clustered.all():
            return ""
        return (
            f"of {np.count_nonzero(is_clustered):,} that were drawn, after which the "
            "others went to the nearest persona, "
        )

    def _sentence_of_gain(self) -> str:
        row = self._chosen
        if not row.clusters.n_personas:
            return "So there is nothing to judge."
        if row.scores is None or row.gain is None:
            return "What customers did after them is not known, so they are not judged."
        n_held_out = row.scores.n_users
        if n_held_out < 2:
            return "Only one customer is held out, so they are not judged."
        low, high = row.gain.low, row.gain.high
        verdict = "no better or worse than"
        if low > 0:
            verdict = "better than"
        elif high < 0:
            verdict = "worse than"
        return (
            f"On {n_held_out:,} held-out customers they predict {OUTCOME_IN_WORDS} "
            f"{verdict} the same chance for everybody: a gain of "
            f"{row.gain.difference.mean:.4f} nats a conversation, with a 95 % interval "
            f"from {low:.4f} to {high:.4f}."
        )


def _measures(row: AblationRow) -> dict[str, Any]:
    """Return the columns that fits and fusions share."""
    gain = row.gain
    has_interval = gain is not None and math.isfinite(gain.difference.standard_error)
    return {
        "core_share": row.core_share,
        "cohesion_of_all": row.cohesion_of_all,
        "cohesion_of_core": row.cohesion_of_core,
        "base_cohesion": row.base_cohesion,
        "coherence": row.coherence,
        "stability": row.stability,
        "n_held_out": row.scores.n_users if row.scores else 0,
        "gain": gain.difference.mean if gain else None,
        "gain_lower": gain.low if gain and has_interval else None,
        "gain_upper": gain.high if gain and has_interval else None,
    }


def _log_score(row: AblationRow) -> float | None:
    return row.scores.mean if row.scores and row.scores.n_users else None


def _term(row: RankedTerm) -> dict[str, Any]:
    return {
        "term": row.term,
        "term_rank": row.rank,
        "n_customers": row.n_customers,
        "log_odds": row.log_odds,
        "z": row.z,
    }
