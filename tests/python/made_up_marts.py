"""Marts with any number of states and any names, without a warehouse."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from conftest import declared_features
from made_up_crossings import crossing_tables
from made_up_customers import customer_tables
from made_up_experiments import experiment_tables
from made_up_journeys import journey_tables
from made_up_personas import persona_tables
from made_up_propensities import propensity_tables
from made_up_segments import segment_tables
from user_states.explorer.scene import SCENE_READS
from user_states.marts.audience_rows import (
    AudienceDefinitionRow,
    AudienceEffectRow,
    AudienceSizeRow,
)
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.forecast_models import FIRST_TARGET
from user_states.marts.history_rows import (
    FlowRow,
    NewestWeekRow,
    SizeRow,
)
from user_states.marts.mart_row import (
    MartRow,
)
from user_states.marts.marts import ALWAYS_READ, Marts, Row
from user_states.marts.outlook_rows import (
    NextWeeksRow,
    PairOutlookRow,
    StateOutlookRow,
)
from user_states.marts.run_rows import (
    LineageRow,
    RunRow,
)
from user_states.marts.state_rows import (
    AttributeRow,
    ProfileRow,
    RhythmRow,
    StateRow,
    StayRow,
    TransitionRow,
    WordRow,
)
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    BacktestWeekRow,
    CalibrationBinRow,
    CandidateRow,
    DriftRow,
    QualityCheckRow,
)
from user_states.marts.user_rows import (
    DominantCountRow,
    JourneyRideRow,
    JourneyUserRow,
    JourneyWeekRow,
)

FEATURES = (
    "is_active",
    "n_rides",
    "weekend_share",
    "rolling_avg_price",
    "n_odd_things",
)
MODELS = (
    "published",
    "hmm",
    "history_without_states",
    "base_rate",
    "recency_bucket",
    "recency_frequency_value",
    "recent_recency_frequency_value",
    "bg_nbd",
    "bg_bb",
)
N_WEEKS = 30
AS_OF_WEEK = datetime.date(2025, 6, 2)
RUN_ID = "20250609T060000Z_made_up"
LABELS = FeatureLabels(declared_features(), "EUR")
CITIES = ("Lisbon", "São Paulo", "<img src=x onerror=alert(1)>")
# There are flows between these weeks, counted back from the as-of week.
FLOW_WEEKS = (0, 1, 4, 8)
# Weeks of hindsight until a state is settled. This many newest weeks have states as
# known at the time.
SETTLING_WEEKS = 4


def with_rows(marts: Marts, tables: Mapping[type[MartRow], Sequence[MartRow]]) -> Marts:
    """Return marts in which the rows of some classes are replaced."""
    return replace(
        marts, tables={**marts.tables, **{k: tuple(v) for k, v in tables.items()}}
    )


def with_values(
    marts: Marts, values: Mapping[type[MartRow], Mapping[str, Any]]
) -> Marts:
    """Return marts in which some values are replaced in all rows of some classes."""
    return with_rows(
        marts,
        {
            row_class: [replace(row, **changes) for row in marts.rows(row_class)]
            for row_class, changes in values.items()
        },
    )


@dataclass(frozen=True)
class RecordingMarts(Marts):
    """Marts that record which classes of rows are read."""

    classes_read: set[type[MartRow]] = field(default_factory=set)

    def rows(self, row_class: type[Row]) -> tuple[Row, ...]:
        """Return the rows of a class, and record it."""
        self.classes_read.add(row_class)
        return super().rows(row_class)


def marts_as_declared(reads: Sequence[type[MartRow]]) -> RecordingMarts:
    """Return made-up marts with only the rows that a figure or part declares."""
    tables = made_up_marts(["A", "B"]).tables
    return RecordingMarts(
        "EUR",
        LABELS,
        {key: tables[key] for key in (*ALWAYS_READ, *SCENE_READS, *reads)},
    )


def empty_marts() -> Marts:
    """Return marts without rows, as before the first fit."""
    tables: dict[type[MartRow], tuple[MartRow, ...]]
    tables = dict.fromkeys(made_up_marts(["A"]).tables, ())
    return Marts("EUR", LABELS, {**tables, NewestWeekRow: (NewestWeekRow(None, None),)})


def made_up_marts(names: Sequence[str], seed: int = 0) -> Marts:
    """Return marts whose states have these names, after a state 0."""
    rng = np.random.default_rng(seed)
    n = len(names)
    ids = range(1, n + 1)
    matrix = rng.dirichlet(np.full(n, 0.3), size=n) * 0.2 + 0.8 * np.eye(n)
    users = rng.integers(50, 1000, n + 1)
    everyone = {feature: float(rng.random()) for feature in FEATURES}
    tables: dict[type[MartRow], tuple[MartRow, ...]] = {
        NewestWeekRow: (NewestWeekRow(AS_OF_WEEK, RUN_ID),),
        StateRow: _states(names, matrix, users),
        TransitionRow: tuple(
            TransitionRow(i, j, float(matrix[i - 1, j - 1]), 10.5, 10, 0.1)
            for i in ids
            for j in ids
        ),
        ProfileRow: tuple(
            ProfileRow(
                i,
                feature,
                place,
                int(users[i]) * N_WEEKS,
                float(rng.random()),
                everyone[feature],
                deviation,
            )
            for place, feature in enumerate(FEATURES, start=1)
            for i, deviation in zip(ids, rng.normal(0, 2, n).tolist(), strict=True)
        ),
        WordRow: tuple(
            WordRow(i, word, kind, f"rule of {word}", 90 + i, 10, share, share > 0.8)
            for i in ids
            for word, kind, share in (
                ("nights", "time", 0.5),
                ("weekly", "tempo", 0.92),
            )
        ),
        SizeRow: tuple(
            SizeRow(
                AS_OF_WEEK - datetime.timedelta(weeks=w),
                i,
                int(users[i]) - w,
                0.1,
                20 * i + w,
                100 + i * w,
                w >= SETTLING_WEEKS,
            )
            for w in range(N_WEEKS)
            for i in range(n + 1)
        ),
        CandidateRow: _candidates(n),
        RhythmRow: tuple(
            RhythmRow(i, day, hour, int(rng.integers(1, 50)), 1)
            for i in range(n + 1)
            for day in range(1, 8)
            for hour in range(24)
        ),
        AttributeRow: tuple(
            AttributeRow(i, "city", city, 100 - 10 * k, 80, 0.5 - 0.1 * k, 0.3)
            for i in range(n + 1)
            for k, city in enumerate(CITIES)
        ),
        StayRow: tuple(
            StayRow(i, week, 500 - 10 * week, 10, 0, 0.98**week, 0.97**week)
            for i in ids
            for week in range(1, 41)
        ),
        DominantCountRow: tuple(
            DominantCountRow(span, i, int(rng.integers(1, 500)))
            for span in ("dominant", "recent", "active", "current")
            for i in range(n + 1)
        ),
        StateOutlookRow: tuple(
            StateOutlookRow(i, 5.5 * i, 5.0 * i, 6.5 * i, *shares, 12.3, 11.9, 13.1)
            for i, shares in zip(ids, _intervals(rng, n), strict=True)
        ),
        PairOutlookRow: tuple(
            PairOutlookRow(i, j, 123.4 + j, 98.7, 160.0, 12.3 - i, -10.9, 14.5 + i)
            for i in ids
            for j in ids
            if i != j
        ),
        BacktestWeekRow: tuple(
            BacktestWeekRow(
                FIRST_TARGET, AS_OF_WEEK - datetime.timedelta(weeks=w), model, loss
            )
            for w in range(N_WEEKS)
            for model, loss in zip(
                MODELS, rng.uniform(0.4, 0.42, len(MODELS)).tolist(), strict=True
            )
        ),
        BacktestSummaryRow: tuple(
            _summary(target, place)
            for target in (FIRST_TARGET, "expected_rides_12_weeks")
            for place in range(len(MODELS))
        ),
        CalibrationBinRow: tuple(
            CalibrationBinRow(
                FIRST_TARGET, model, k + 1, 100, k / 10 + 0.05, k / 11 + 0.06
            )
            for model in MODELS
            for k in range(10)
        ),
        FlowRow: tuple(
            FlowRow(
                _weeks_ago(a),
                _weeks_ago(b),
                i,
                j,
                10 * i + j + b + 1,
                10 * j + i + a if a <= SETTLING_WEEKS else None,
                b >= SETTLING_WEEKS,
            )
            for a in FLOW_WEEKS
            for b in FLOW_WEEKS
            if a > b
            for i in range(n + 1)
            for j in range(n + 1)
        ),
        JourneyWeekRow: tuple(
            JourneyWeekRow(i, number, _weeks_ago(w), (i + w // 9) % n + 1, 2, w % 3)
            for i in ids
            for number in (1, 2)
            for w in reversed(range(26))
        ),
        JourneyRideRow: tuple(
            JourneyRideRow(
                i, number, _weeks_ago(w), 5, 20, "completed", city, "cash", "ios", 9.5
            )
            for i in ids
            for number in (1, 2)
            for w, city in enumerate(CITIES)
        ),
        JourneyUserRow: (),
        **_quality(),
        NextWeeksRow: (NextWeeksRow(900, 412.4, 600.2, 801.7),),
        AudienceDefinitionRow: (
            AudienceDefinitionRow("ready_to_ride", "Will probably ride next week."),
            AudienceDefinitionRow("win_back", "Rode often once, and has been away."),
        ),
        AudienceSizeRow: (AudienceSizeRow("win_back", 120, 11),),
        AudienceEffectRow: (
            AudienceEffectRow(
                "win_back", 0.1, 900, 100, 450, 0, 0.3, 0.25, 0.05, -0.02, 0.12
            ),
        ),
        **_history(names),
        **crossing_tables(
            np.array([[int(u) - w for u in users] for w in reversed(range(N_WEEKS))]),
            AS_OF_WEEK,
            cities=CITIES,
        ),
        **customer_tables(AS_OF_WEEK),
        **segment_tables(AS_OF_WEEK),
        **persona_tables(AS_OF_WEEK, [f"key_{i}" for i in ids]),
        **journey_tables(),
        **experiment_tables(),
        **propensity_tables(AS_OF_WEEK),
    }
    return Marts("EUR", LABELS, tables)


def _weeks_ago(weeks: int) -> datetime.date:
    return AS_OF_WEEK - datetime.timedelta(weeks=weeks)


def _quality() -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return a check that warns, one that passes, and one that was not measured."""
    return {
        QualityCheckRow: (
            QualityCheckRow(
                "rides_set_aside",
                "all rides",
                "How many rides were set aside?",
                0.031,
                0.02,
                "share",
                True,
                None,
                "One ride in 32.",
                "Look at int_rejected_rides.",
            ),
            QualityCheckRow(
                "weeks_since_decode",
                "champion",
                "How old is the decode?",
                2.0,
                13.0,
                "weeks",
                False,
                None,
                None,
                "Fit again.",
            ),
            QualityCheckRow(
                "calibration",
                "published",
                "Are the forecasts right on average?",
                None,
                0.05,
                "share",
                False,
                "There is no backtest.",
                None,
                "Fit again.",
            ),
        ),
        DriftRow: tuple(
            DriftRow(feature, place, 0.5, 0.6, 0.2 * place, 0.06 * place, place > 3)
            for place, feature in enumerate(FEATURES, start=1)
        ),
    }


def _history(names: Sequence[str]) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return two runs, and what happened to the states in the second."""
    promoted_at = datetime.datetime(2025, 6, 9, 6, tzinfo=datetime.UTC)
    runs = tuple(
        RunRow(
            run_id=run_id,
            created_at=promoted_at - datetime.timedelta(weeks=4 * place),
            first_week_start=_weeks_ago(N_WEEKS - 1),
            last_week_start=_weeks_ago(4 * place),
            n_states=len(names),
            emissions="mixed",
            choice=f"{len(names)} states, as requested.",
            n_users=1000,
            n_user_weeks=25_000,
            next_week_log_score=-0.5,
            base_log_score=-0.69,
            has_passed_guards=place == 0,
            defects=None if place == 0 else "state 2: holds too little",
            is_champion=place == 0,
        )
        for place, run_id in enumerate((RUN_ID, "20250512T060000Z_earlier"))
    )
    lineage = tuple(
        LineageRow(
            RUN_ID,
            place + 1,
            promoted_at,
            "20250512T060000Z_earlier",
            "kept" if place else "new",
            f"key_{place + 1}",
            name,
            name if place else None,
            0.9 if place else None,
        )
        for place, name in enumerate(names)
    )
    return {RunRow: runs, LineageRow: lineage}


def _summary(target: str, place: int) -> BacktestSummaryRow:
    """Return one model of a target; the published one beats all but the last."""
    gain = 0.0123 * place if place < len(MODELS) - 1 else -0.004
    is_published = place == 0
    gains: tuple[float | None, ...] = (None, None, None)
    if not is_published:
        gains = (gain, gain - 0.003, gain + 0.003)
    return BacktestSummaryRow(
        target=target,
        model=MODELS[place],
        is_published=is_published,
        is_rival=MODELS[place] not in ("published", "hmm", "history_without_states"),
        first_origin_week_start=AS_OF_WEEK - datetime.timedelta(weeks=N_WEEKS - 1),
        last_origin_week_start=AS_OF_WEEK,
        n_users=2345,
        n_user_weeks=67890,
        forecast_ratio=1.01,
        least_forecast_ratio=0.97,
        greatest_forecast_ratio=1.04,
        log_loss=0.4 + gain,
        brier_score=0.12 + gain,
        auc=0.91 - gain,
        calibration_slope=0.98 - 0.1 * place,
        calibration_error=0.0123,
        backtest_id="20250609T070000Z_made_up",
        **{
            f"{measure}_gain{end}": value
            for measure in ("log_loss", "brier", "auc")
            for end, value in zip(("", "_low", "_high"), gains, strict=True)
        },
    )


def _intervals(rng: np.random.Generator, n: int) -> list[tuple[float, float, float]]:
    """Return n shares that add up to 1, each with an interval around it."""
    shares = rng.dirichlet(np.ones(n))
    return [(float(s), float(0.9 * s), float(1.1 * s)) for s in shares]


def _states(
    names: Sequence[str], matrix: np.ndarray, users: np.ndarray
) -> tuple[StateRow, ...]:
    rows = [
        StateRow(
            state_id=i,
            state_key=f"key_{i}",
            state_name=name,
            state_short_name=name if len(name) <= 24 else f"{name[:18]} … {i}",
            is_silent=name.startswith("Silent"),
            description=None,
            n_users=int(users[i]),
            user_share=float(users[i] / users.sum()),
            n_user_weeks=int(users[i]) * N_WEEKS,
            user_week_share=float(users[i] / users.sum()),
            mean_rides=1.0,
            active_share=0.5,
            stay_probability=float(matrix[i - 1, i - 1]) if i else None,
            expected_stay_weeks=5.0 if i else None,
        )
        for i, name in enumerate(["Not started", *names])
    ]
    return (*rows[1:], rows[0])


def _candidates(n_states: int) -> tuple[CandidateRow, ...]:
    return tuple(
        CandidateRow(
            n_states=k,
            verdict="chosen" if k == n_states else "has defects",
            defects=None if k == n_states else f"state {k}: holds too little",
            choice=f"{n_states} states: of all models the one that does best.",
            next_week_log_score=-0.5 - 0.01 * abs(k - n_states),
            next_week_log_score_standard_error=0.008,
            base_log_score=-0.69,
            score_behind_best=0.01 * abs(k - n_states),
            score_behind_best_standard_error=0.001,
            n_training_users=5678,
            n_training_user_weeks=345_678,
            n_holdout_users=1234,
            stability=0.8,
            n_polished_starts=3,
            n_starts_at_best=2,
            smallest_state_share=0.05,
            n_floor_hits=0,
            separation_p_value=0.005,
            bic=1000.0 + k,
            is_within_one_standard_error=k == n_states,
            has_passed_guards=k == n_states,
            is_chosen=k == n_states,
        )
        for k in range(max(n_states - 2, 1), n_states + 3)
    )
