"""The evidence on every way to divide customers, and the choice: the certificate.

Candidates are judged by fits to the customers of the first week who are not held out,
which then serve the weeks after it, as on a Monday. What is published is fitted to all
customers of the newest week, by k-means from the centres that were judged; its shape,
stability and sizes are those of that fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import CustomerWeek, CustomerWeeks
from user_states.segments.division_evidence import DivisionEvidence, segment_sizes
from user_states.segments.fit_threads import each_with_one_thread
from user_states.segments.given_labels import EVERYBODY, GIVEN_DIVISIONS, RFM
from user_states.segments.k_means import elbow
from user_states.segments.outcome_scores import DivisionGain, gains, score_division
from user_states.segments.refit_stability import (
    fit_earlier_week,
    stability_over_windows,
    stability_under_resampling,
)
from user_states.segments.segment_checks import (
    SegmentFlaw,
    SegmentLimits,
    check_division,
)
from user_states.segments.segment_choice import SegmentChoice, choose_division
from user_states.segments.segment_kinds import (
    SAMPLE_CUSTOMERS,
    SEGMENT_KINDS,
    SegmentKind,
)
from user_states.segments.segment_models import NearestCentre, SegmentModel
from user_states.segments.shape_measures import davies_bouldin, silhouettes
from user_states.selection.next_week_scores import UserScores

# Weeks between the two windows whose segments are compared.
WINDOW_WEEKS = 4
# Fewest customers of a week that candidates are fitted to.
MIN_CUSTOMERS = 100


class TooFewCustomersError(UserError):
    """There are too few customers, weeks or features to divide anybody."""


@dataclass(frozen=True)
class CertificateSettings:
    """How candidates are fitted and judged.

    Attributes
    ----------
    deciding_outcome : str
        By which they are compared.
    limits : SegmentLimits
    n_starts : int
        Starts of k-means.
    n_refits : int
        Refits on resampled customers; with 0 neither these nor another week are
        fitted, and stability is not measured.
    seed : int
    is_forced : bool
        Whether something is published even if nothing is worth it.
    """

    deciding_outcome: str = "active_next_week"
    limits: SegmentLimits = field(default_factory=SegmentLimits)
    n_starts: int = 10
    n_refits: int = 5
    seed: int = 0
    is_forced: bool = False


@dataclass(frozen=True, eq=False)
class SegmentationCertificate:
    """The result for all divisions.

    Attributes
    ----------
    evidence : dict of str to DivisionEvidence
        By name; EVERYBODY first, then the other given ones, then candidates.
    flaws : dict of str to tuple of SegmentFlaw
        Of the candidates.
    over_base, over_rfm : dict of str to dict of str to DivisionGain or None
        By outcome and name: gain over everybody as one group, and over RFM. Without
        RFM the second is empty.
    elbow, best_silhouette : int or None
        Numbers of k-means that these would take; they decide nothing.
    choice : SegmentChoice
    """

    evidence: dict[str, DivisionEvidence]
    flaws: dict[str, tuple[SegmentFlaw, ...]]
    over_base: dict[str, dict[str, DivisionGain | None]]
    over_rfm: dict[str, dict[str, DivisionGain | None]]
    elbow: int | None
    best_silhouette: int | None
    choice: SegmentChoice

    @property
    def published(self) -> DivisionEvidence | None:
        """What is published, or None."""
        if not self.choice.is_published:
            return None
        return self.evidence[self.choice.chosen]


def certify_divisions(
    data: CustomerWeeks,
    settings: CertificateSettings,
    kinds: Sequence[SegmentKind] = SEGMENT_KINDS,
    on_progress: Callable[[str], None] | None = None,
) -> SegmentationCertificate:
    """Judge every way to divide customers, and choose.

    Parameters
    ----------
    data : CustomerWeeks
    settings : CertificateSettings
    kinds : sequence of SegmentKind
    on_progress : callable, optional
        Called with the label of each kind before it is fitted.

    Raises
    ------
    ValueError
        If the deciding outcome is not among those of the weeks.
    TooFewCustomersError
        If there are fewer than MIN_CUSTOMERS to fit to, or no feature varies.
    """
    outcomes = list(data.newest.outcomes)
    if settings.deciding_outcome not in outcomes:
        raise ValueError(
            f"got the deciding outcome {settings.deciding_outcome!r}; expected one of "
            f"{', '.join(outcomes)}"
        )
    _require_customers(data.training_values(data.first))
    _require_customers(data.newest.values)
    evidence = {row.name: row for row in _given_divisions(data)}
    for kind in kinds:
        if on_progress is not None:
            on_progress(kind.label)
        evidence |= {row.name: row for row in _Examination(data, settings, kind).rows()}
    return _judged(evidence, outcomes, settings)


def _require_customers(values: FloatArray) -> None:
    if len(values) < MIN_CUSTOMERS:
        raise TooFewCustomersError(
            f"found {len(values)} customers to divide in a week; expected at least "
            f"{MIN_CUSTOMERS}: load more customers, or later weeks"
        )
    if not np.ptp(values, axis=0).any():
        raise TooFewCustomersError(
            f"found features that are the same for all {len(values)} customers; "
            "expected at least one that differs: load events, or choose other features"
        )


def _judged(
    evidence: dict[str, DivisionEvidence],
    outcomes: Sequence[str],
    settings: CertificateSettings,
) -> SegmentationCertificate:
    over_base, over_rfm = (
        {
            outcome: gains(_scores(evidence, outcome), rival, settings.seed)
            for outcome in outcomes
            if rival in evidence
        }
        for rival in (EVERYBODY, RFM)
    )
    deciding = over_base[settings.deciding_outcome]
    flaws = {
        name: check_division(row, deciding[name], settings.limits)
        for name, row in evidence.items()
        if not row.is_given
    }
    k_means = [row for row in evidence.values() if row.kind == "k_means"]
    return SegmentationCertificate(
        evidence=evidence,
        flaws=flaws,
        over_base=over_base,
        over_rfm=over_rfm,
        elbow=elbow(
            [row.setting or 0 for row in k_means],
            [row.inertia or 0.0 for row in k_means],
        ),
        best_silhouette=_best_silhouette(k_means),
        choice=choose_division(
            list(evidence.values()),
            flaws,
            deciding,
            settings.deciding_outcome,
            is_forced=settings.is_forced,
        ),
    )


def _scores(
    evidence: Mapping[str, DivisionEvidence], outcome: str
) -> dict[str, UserScores]:
    return {name: row.scores[outcome] for name, row in evidence.items()}


def _best_silhouette(rows: Sequence[DivisionEvidence]) -> int | None:
    known = [row for row in rows if row.silhouette is not None]
    if not known:
        return None
    return max(known, key=lambda row: row.silhouette or 0.0).setting


def _given_divisions(data: CustomerWeeks) -> Iterator[DivisionEvidence]:
    """Yield the divisions of which every week has labels, everybody first."""
    everybody = [np.zeros(len(week.customers), np.int64) for week in data.weeks]
    given = {EVERYBODY: everybody} | {
        name: [week.labels[name] for week in data.weeks]
        for name in data.newest.labels
        if all(name in week.labels for week in data.weeks)
    }
    sample = data.by_hash(data.newest)[:SAMPLE_CUSTOMERS]
    values = data.newest.values
    widths = silhouettes(
        values[sample], {name: labels[-1][sample] for name, labels in given.items()}
    )
    earlier = earlier_window(data)
    for name, labels in given.items():
        n_segments, smallest, coverage = segment_sizes(labels[-1])
        yield DivisionEvidence(
            name=name,
            label=GIVEN_DIVISIONS.get(name, name),
            kind=name,
            setting=None,
            n_segments=n_segments,
            smallest_share=smallest,
            coverage=coverage,
            scores=_all_scores(labels, data),
            silhouette=widths[name],
            davies_bouldin=davies_bouldin(values, labels[-1]),
            window_stability=None
            if earlier is None or name == EVERYBODY
            else stability_over_windows(
                labels[-1], earlier.labels[name], data.newest, earlier
            ),
        )


def earlier_window(data: CustomerWeeks) -> CustomerWeek | None:
    """Return the newest of the weeks that are WINDOW_WEEKS or more before the last."""
    limit = data.newest.week - WINDOW_WEEKS
    return next((week for week in reversed(data.weeks) if week.week <= limit), None)


def _all_scores(
    labels: Sequence[IntArray], data: CustomerWeeks
) -> dict[str, UserScores]:
    return {
        outcome: score_division(labels, data, outcome)
        for outcome in data.newest.outcomes
    }


class _Examination:
    """Fits the candidates of one kind, and measures them."""

    def __init__(
        self, data: CustomerWeeks, settings: CertificateSettings, kind: SegmentKind
    ) -> None:
        self._data = data
        self._settings = settings
        self._kind = kind
        rows = data.by_hash(data.newest)
        self._newest = data.newest.values[rows]

    def rows(self) -> Iterator[DivisionEvidence]:
        """Yield the evidence on each setting that could be fitted."""
        data, kind, seed = self._data, self._kind, self._settings.seed
        judged = self._fit(data.training_values(data.first))
        models = (
            self._fit(self._newest)
            if kind.carry is None
            else dict(kind.carry(judged, self._newest))
        )
        labels = _assigned(models, data.newest.values)
        stability = stability_under_resampling(
            kind, self._newest, self._settings.n_refits, seed
        )
        windows = self._window_stability(labels)
        sample = data.by_hash(data.newest)[:SAMPLE_CUSTOMERS]
        widths = silhouettes(
            data.newest.values[sample],
            {str(setting): own[sample] for setting, own in labels.items()},
        )
        for setting, model in models.items():
            if setting not in judged:
                continue
            own = labels[setting]
            n_segments, smallest, coverage = segment_sizes(own, model.n_segments)
            yield DivisionEvidence(
                name=f"{kind.name}_{setting}",
                label=f"{kind.label} with {_segments(n_segments)}",
                kind=kind.name,
                setting=setting,
                n_segments=n_segments,
                smallest_share=smallest,
                coverage=coverage,
                scores=self._scores(judged[setting]),
                model=model,
                has_rule=kind.has_rule,
                inertia=_inertia(model),
                silhouette=widths[str(setting)],
                davies_bouldin=davies_bouldin(data.newest.values, own),
                stability=stability.get(setting),
                window_stability=windows.get(setting),
            )

    def _fit(self, values: FloatArray) -> dict[int, SegmentModel]:
        kind, settings = self._kind, self._settings
        sample = kind.sample(values)
        return dict(kind.fit(sample, kind.settings, settings.n_starts, settings.seed))

    def _scores(self, model: SegmentModel) -> dict[str, UserScores]:
        weeks = [week.values for week in self._data.weeks]
        return _all_scores(each_with_one_thread(model.assign, weeks), self._data)

    def _window_stability(
        self, labels: Mapping[int, IntArray]
    ) -> dict[int, float | None]:
        data, earlier = self._data, earlier_window(self._data)
        if earlier is None or not self._settings.n_refits:
            return {}
        values = earlier.values[data.by_hash(earlier)]
        before = _assigned(
            fit_earlier_week(self._kind, values, self._settings.seed), earlier.values
        )
        return {
            setting: stability_over_windows(labels[setting], own, data.newest, earlier)
            for setting, own in before.items()
            if setting in labels
        }


def _assigned(
    models: Mapping[int, SegmentModel], values: FloatArray
) -> dict[int, IntArray]:
    labels = each_with_one_thread(lambda model: model.assign(values), models.values())
    return dict(zip(models, labels, strict=True))


def _inertia(model: SegmentModel) -> float | None:
    if isinstance(model, NearestCentre) and np.isfinite(model.inertia):
        return model.inertia
    return None


def _segments(number: int) -> str:
    return f"{number} segment{'' if number == 1 else 's'}"
