"""How often planted reasons are found, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.benchmarks.planted_drivers import (
    DRIVERS,
    NO_DRIVER,
    DriverKind,
    PlantedRows,
    planted_drivers,
    with_leak,
)
from user_states.errors import UserError
from user_states.propensity.candidate_models import CANDIDATE_MODELS, CandidateModel
from user_states.propensity.leak_checks import find_leaks
from user_states.propensity.propensity_certificate import (
    PropensityCertificate,
    PropensitySettings,
    certify_propensity,
)
from user_states.propensity.propensity_folds import propensity_folds
from user_states.propensity.score_reasons import explain_scores

DRIVER_KINDS: tuple[DriverKind, ...] = ("slopes", "steps", "nothing")
LEAST_FOUND_FIRST = 0.9
# Trees take some milliseconds a row to explain.
_EXPLAINED_ROWS = 300


@dataclass(frozen=True)
class PropensityOutcome:
    """What came out of one simulation.

    Attributes
    ----------
    kind : str
    seed : int
    chosen : str
        Name of the candidate.
    is_published, has_reasons : bool
    n_explained, n_first : int
        Explained rows with a raised driver, and those whose first reason it is.
    drivers_first : bool
        Whether the three drivers are the most important features of all rows.
    leaks : tuple of str
        Features that are named although there is no leak.
    finds_leak : bool
        Whether exactly the leak is named where one was added.
    explanation : str
    """

    kind: DriverKind
    seed: int
    chosen: str
    is_published: bool
    has_reasons: bool
    n_explained: int
    n_first: int
    drivers_first: bool
    leaks: tuple[str, ...]
    finds_leak: bool
    explanation: str


def study_propensities(
    kinds: Sequence[DriverKind],
    seeds: Sequence[int],
    n_customers: int,
    candidates: Sequence[CandidateModel] = CANDIDATE_MODELS,
) -> Iterator[PropensityOutcome]:
    """Yield what comes out of each simulation."""
    for kind in kinds:
        for seed in seeds:
            planted = planted_drivers(kind, seed, n_customers)
            settings = PropensitySettings(seed=seed)
            found = certify_propensity(planted.rows, settings, candidates)
            leaky = with_leak(planted.rows, seed)
            leaks = find_leaks(leaky, propensity_folds(leaky), seed)
            n_explained, n_first, drivers_first = _reasons(found, planted)
            yield PropensityOutcome(
                kind,
                seed,
                found.choice.chosen,
                found.choice.is_published,
                n_explained > 0,
                n_explained,
                n_first,
                drivers_first,
                tuple(leak.name for leak in found.leaks),
                [leak.name for leak in leaks] == ["page_value"],
                found.choice.explanation,
            )


def _reasons(
    found: PropensityCertificate, planted: PlantedRows
) -> tuple[int, int, bool]:
    """Return explained rows, those with the right first reason, and drivers_first."""
    if found.model is None:
        return 0, 0, False
    own = np.arange(min(_EXPLAINED_ROWS, len(planted.raised)))
    features = found.candidate.features(planted.rows).rows(own)
    reasons = explain_scores(found.model.scorer, features)
    raised = planted.raised[own]
    is_raised = raised != NO_DRIVER
    places = np.array([reasons.names.index(name) for name in DRIVERS])
    firsts = reasons.strongest()[is_raised, 0]
    top = np.argsort(-reasons.importance)[: len(DRIVERS)]
    return (
        int(is_raised.sum()),
        int(np.count_nonzero(firsts == places[raised[is_raised]])),
        set(top.tolist()) == set(places.tolist()),
    )


def require_right_reasons(outcomes: Sequence[PropensityOutcome]) -> None:
    """Raise UserError unless drivers are found first, and nothing where there is none.

    The drivers of a published model must be the first reason of at least 90 % of the
    rows in which one is raised, and the most important features in at least 90 % of the
    simulations. Permuted outcomes must not be published. No honest feature may be named
    as a leak, and a leak must be, in every simulation.
    """
    acting = [row for row in outcomes if row.kind != "nothing"]
    idle = [row for row in outcomes if row.kind == "nothing"]
    n_explained = sum(row.n_explained for row in acting)
    n_first = sum(row.n_first for row in acting)
    n_drivers_first = sum(row.drivers_first for row in acting)
    if acting and (
        n_explained == 0
        or n_first < LEAST_FOUND_FIRST * n_explained
        or n_drivers_first < LEAST_FOUND_FIRST * len(acting)
    ):
        raise UserError(
            f"the planted driver was the first reason of {n_first} of {n_explained} "
            f"rows, and the drivers came first in {n_drivers_first} of {len(acting)} "
            f"simulations; expected {LEAST_FOUND_FIRST:.0%} of each: see "
            "propensity/score_reasons.py"
        )
    for what, wrong in (
        ("permuted outcomes were published", _seeds(idle, "is_published")),
        ("permuted outcomes had reasons", _seeds(idle, "has_reasons")),
        ("an honest feature was named as a leak", _seeds(outcomes, "leaks")),
    ):
        if wrong:
            raise UserError(f"{what} with seeds {wrong}; expected none")
    missed = [row.seed for row in outcomes if not row.finds_leak]
    if missed:
        raise UserError(
            f"the added leak, and only it, was not named with seeds {missed}; expected "
            "it in every simulation: see the limits in propensity/leak_checks.py"
        )


def _seeds(outcomes: Sequence[PropensityOutcome], flag: str) -> list[int]:
    return [row.seed for row in outcomes if getattr(row, flag)]
