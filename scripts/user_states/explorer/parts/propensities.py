"""Who will do what next: how many, who first, why, and whether it came true before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.parts.propensities_charts import (
    ChanceGroup,
    JudgedWeek,
    are_alike,
    chance_groups,
    chance_words,
    group_line,
    judged_weeks,
    verdict_of_groups,
    weeks_chart,
)
from user_states.explorer.parts.propensities_guessing import Guessing, guessing_of
from user_states.explorer.parts.propensities_reasons import (
    LikelyCustomer,
    Reasons,
    likely_customers,
    reasons_of,
)
from user_states.explorer.parts.propensities_swarm import Swarm, swarms_of
from user_states.explorer.parts.propensities_tables import (
    TargetNumbers,
    target_numbers,
)
from user_states.explorer.parts.propensities_words import (
    expected_words,
    has_classes,
    in_order,
    lead_of,
    notes_of,
    past_words,
    plain,
    title_of,
    verdict,
    what_they_do,
    whose_words,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.user_queries import likeliest_in_sql
from user_states.explorer.words import starting_large
from user_states.explorer.words.dates import date, weekday_date
from user_states.explorer.words.numbers import number, percent
from user_states.marts.propensity_mart_rows import (
    JUDGED_WEEKS_READ,
    CommonReasonRow,
    LikelyCustomerIdRow,
    LikelyCustomerRow,
    PropensityCandidateRow,
    PropensityImportanceRow,
    PropensityLeakRow,
    PropensityModelRow,
    PropensityPointRow,
    PropensitySumRow,
    PropensityTenthRow,
    PropensityWeekRow,
    SecondOpinionRow,
)
from user_states.marts.reason_words import ReasonWords, reason_words_of
from user_states.marts.segment_rows import CustomerFeatureRow


@dataclass(frozen=True)
class TargetLine:
    """A line of the overview.

    Attributes
    ----------
    title, what : str
        `what` is what customers will do.
    expected, of_all : str
        How many, of how many; empty without a forecast.
    share : float or None
    verdict : str
    is_published : bool
    """

    title: str
    what: str
    expected: str
    of_all: str
    share: float | None
    verdict: str
    is_published: bool


@dataclass(frozen=True)
class Expected:
    """How many customers are expected in a class: `share` is of the longest bar."""

    name: str
    words: str
    share: float


@dataclass(frozen=True)
class SaidAndCame:
    """A row of what was said and what came."""

    said: str
    came: str
    drawing: Markup


@dataclass(frozen=True)
class TargetCard:
    """Everything about one target with a forecast.

    Attributes
    ----------
    target, title : str
    is_small : bool
        Whether it is about too few customers to say more.
    figures : sequence of (str, str, str)
        Names, values and notes of the row at the top.
    classes : sequence of Expected
        Of a target with several classes.
    groups : sequence of SaidAndCame
    groups_title, groups_note : str
    proof : str
        What the past weeks showed, beside the fold that shows it.
    weeks : Markup or None
    weeks_title, weeks_note : str
        Without a drawing, the note says when the first result comes.
    guessing : Guessing or None
    reasons : Reasons or None
    likely : sequence of LikelyCustomer
    swarms : sequence of Swarm
    swarm_of : str
        What the dots speak for: `buy within 4 weeks`.
    leaks : sequence of str
    sql : str
        Empty for a small one.
    """

    target: str
    title: str
    is_small: bool
    figures: Sequence[tuple[str, str, str]]
    classes: Sequence[Expected]
    groups: Sequence[SaidAndCame]
    groups_title: str
    groups_note: str
    proof: str
    weeks: Markup | None
    weeks_title: str
    weeks_note: str
    guessing: Guessing | None
    reasons: Reasons | None
    likely: Sequence[LikelyCustomer]
    swarms: Sequence[Swarm]
    swarm_of: str
    leaks: Sequence[str]
    sql: str


@dataclass(frozen=True, kw_only=True)
class Propensities(View):
    """The overview, a card for each target with a forecast, and exact numbers.

    `notes` say what else on the page counts purchases and rides differently.
    """

    lines: Sequence[TargetLine]
    notes: Sequence[str]
    cards: Sequence[TargetCard]
    numbers: Sequence[TargetNumbers]


def view(scene: Scene) -> Propensities | None:
    """Return what customers will probably do; None before the first search."""
    models = in_order(scene.marts.rows(PropensityModelRow))
    if not any(model.is_tried for model in models):
        return None
    sums = {model.target: _sums(scene, model.target) for model in models}
    least = scene.options.min_cell_users
    told = [
        (model, sums[model.target][0])
        for model in models
        if sums[model.target]
        and not has_classes(sums[model.target])
        and sums[model.target][0].n_expected >= least
    ]
    return Propensities(
        title=title_of(told, has_rides=scene.has_states),
        lead=lead_of(
            models,
            told,
            sum(bool(rows) for rows in sums.values()),
            _groups(scene, told[0][0].target) if told else [],
        ),
        unfiltered=OF_ALL_CITIES,
        lines=[
            _line(scene, model, sums[model.target])
            for model in sorted(models, key=lambda model: not sums[model.target])
        ],
        notes=_notes(scene, models, sums),
        cards=[
            _card(scene, model, sums[model.target])
            for model in models
            if sums[model.target]
        ],
        numbers=[target_numbers(scene, model) for model in models if model.is_tried],
    )


def _notes(
    scene: Scene,
    models: Sequence[PropensityModelRow],
    sums: Mapping[str, Sequence[PropensitySumRow]],
) -> list[str]:
    """Return of whom forecasts are, and what other parts count differently."""
    forecast = [model for model in models if sums[model.target]]
    weeks = [row.as_of_week_start for rows in sums.values() for row in rows]
    whose = [whose_words(forecast, max(weeks))] if weeks else []
    return [*whose, *notes_of(forecast, has_rides=scene.has_states)]


def _sums(scene: Scene, target: str) -> list[PropensitySumRow]:
    return [row for row in scene.marts.rows(PropensitySumRow) if row.target == target]


def _groups(scene: Scene, target: str) -> list[ChanceGroup]:
    return chance_groups(
        [row for row in scene.marts.rows(PropensityTenthRow) if row.target == target]
    )


def _line(
    scene: Scene, model: PropensityModelRow, sums: Sequence[PropensitySumRow]
) -> TargetLine:
    least = scene.options.min_cell_users
    expected, share, of_all, past = "", None, "", ""
    if sums and sums[0].n_customers < least:
        expected = f"under {least} customers"
    elif sums:
        of_all = f"of {number(sums[0].n_customers)}"
        if has_classes(sums):
            expected = f"{number(len(sums))} groups"
        else:
            expected = expected_words(sums[0], least)
            if sums[0].n_expected >= least:
                share = sums[0].n_expected / sums[0].n_customers
                if weeks := _judged(scene, model, sums):
                    past = past_words(*_said_and_came(weeks), sums[0].n_expected)
    return TargetLine(
        title=model.title,
        what=starting_large(what_they_do(model, has_rides=scene.has_states)),
        expected=expected,
        of_all=of_all,
        share=share,
        verdict=f"{verdict(model, has_scores=bool(sums))} {past}".strip(),
        is_published=bool(sums),
    )


def _card(
    scene: Scene, model: PropensityModelRow, sums: Sequence[PropensitySumRow]
) -> TargetCard:
    marts, target = scene.marts, model.target
    is_small = sums[0].n_customers < scene.options.min_cell_users
    main = max(sums, key=lambda row: row.n_expected)
    words = _reason_words(scene)
    groups = _groups(scene, target)
    candidates = [
        row for row in marts.rows(PropensityCandidateRow) if row.target == target
    ]
    guessing = guessing_of(model, candidates)
    weeks, weeks_title, weeks_note = _weeks(scene, model, sums)
    highest = max((max(group.said, group.came) for group in groups), default=0.0)
    points = [
        row
        for row in marts.rows(PropensityPointRow)
        if row.target == target and row.outcome_class == main.outcome_class
    ]
    return TargetCard(
        target=target,
        title=model.title,
        is_small=is_small,
        figures=[] if is_small else _figures(scene, model, sums, groups, guessing),
        classes=_classes(scene, sums) if has_classes(sums) and not is_small else [],
        groups=[
            SaidAndCame(group.words, group.of_hundred, group_line(group, highest))
            for group in groups
        ],
        groups_title=_groups_title(groups, "belonged" if has_classes(sums) else "did"),
        groups_note=verdict_of_groups(groups) if groups else "",
        proof=_proof(weeks_title, guessing),
        weeks=weeks,
        weeks_title=weeks_title,
        weeks_note=weeks_note,
        guessing=guessing,
        reasons=reasons_of(
            scene.marts,
            model,
            words,
            is_one=not has_classes(sums),
            explained=guessing.bars[-1].share if guessing else None,
        ),
        likely=[] if is_small else likely_customers(scene, target),
        swarms=swarms_of(points, words),
        swarm_of=f"belong to “{main.outcome_class}”"
        if has_classes(sums)
        else plain(model.words),
        leaks=[
            words.of(row.feature)
            for row in marts.rows(PropensityLeakRow)
            if row.target == target
        ],
        sql=""
        if is_small
        else likeliest_in_sql(
            target, model.title, main.n_likeliest, scene.options.name_in_sql
        ),
    )


def _groups_title(groups: Sequence[ChanceGroup], did: str) -> str:
    if not groups:
        return ""
    title = f"Of those with {groups[0].words}, {groups[0].of_hundred} {did}"
    if len(groups) > 1 and are_alike(*groups[:2]):
        return f"{title}, and of those with {groups[1].words}, {groups[1].of_hundred}"
    return title


def _reason_words(scene: Scene) -> ReasonWords:
    return reason_words_of(
        scene.marts.rows(CustomerFeatureRow),
        {state.state_key: state.state_short_name for state in scene.marts.states},
    )


def _figures(
    scene: Scene,
    model: PropensityModelRow,
    sums: Sequence[PropensitySumRow],
    groups: Sequence[ChanceGroup],
    guessing: Guessing | None,
) -> list[tuple[str, str, str]]:
    """Return the row of figures at the top."""
    least = scene.options.min_cell_users
    found = []
    did = "belonged" if has_classes(sums) else "did"
    (row, *others) = sums
    if not others and not has_classes(sums):
        share = row.n_expected / row.n_customers
        found.append(
            (
                f"Will {plain(model.words)}",
                starting_large(expected_words(row, least)),
                f"of {number(row.n_customers)} customers: the sum of their chances"
                if row.n_expected < least
                else f"of {number(row.n_customers)} customers, {chance_words(share)}: "
                "the sum of their chances",
            )
        )
        if row.n_expected >= least and row.n_likeliest >= least:
            held = row.n_expected_of_likeliest / row.n_expected
            found.append(
                (
                    "The likeliest tenth",
                    number(row.n_likeliest),
                    f"customers, who hold {percent(held)} of all chances",
                )
            )
    else:
        found.append(
            ("Customers with a forecast", number(row.n_customers), "each of one group")
        )
    if groups:
        found.append(
            (
                f"When we said {groups[0].words}",
                groups[0].of_hundred,
                f"{did}, of customers kept out of the search",
            )
        )
    if guessing:
        own = guessing.bars[-1].share
        rules = [bar.share for bar in guessing.bars[:-1]]
        found.append(
            (
                "Uncertainty explained",
                percent(max(own, 0.0)),
                f"the best simple rule: {percent(max(*rules, 0.0))}" if rules else "",
            )
        )
    return found


def _proof(weeks_title: str, guessing: Guessing | None) -> str:
    """Return what the fold of the proof holds, in a few words."""
    parts = [
        "week by week" if weeks_title else "",
        "beside simple rules" if guessing else "",
    ]
    return " and ".join(filter(None, parts))


def _classes(scene: Scene, sums: Sequence[PropensitySumRow]) -> list[Expected]:
    longest = max(row.n_expected for row in sums) or 1.0
    least = scene.options.min_cell_users
    return [
        Expected(
            row.outcome_class,
            expected_words(row, least),
            0.0 if row.n_expected < least else row.n_expected / longest,
        )
        for row in sorted(sums, key=lambda row: (-row.n_expected, row.outcome_class))
    ]


def _judged(
    scene: Scene, model: PropensityModelRow, sums: Sequence[PropensitySumRow]
) -> list[JudgedWeek]:
    """Return the past weeks of a target of which it is known what came."""
    return judged_weeks(
        [
            row
            for row in scene.marts.rows(PropensityWeekRow)
            if row.target == model.target and row.outcome_class == sums[0].outcome_class
        ],
        scene.options.min_cell_users,
        JUDGED_WEEKS_READ,
    )


def _said_and_came(weeks: Sequence[JudgedWeek]) -> tuple[float, float]:
    """Return the shares that were said and that came, over all customers and weeks."""
    n = sum(week.n_customers for week in weeks)
    said = sum(week.said * week.n_customers for week in weeks) / n
    came = sum(week.came * week.n_customers for week in weeks) / n
    return said, came


def _weeks(
    scene: Scene, model: PropensityModelRow, sums: Sequence[PropensitySumRow]
) -> tuple[Markup | None, str, str]:
    """Return the drawing, its title and its note."""
    if has_classes(sums):
        return None, "", ""
    weeks = _judged(scene, model, sums)
    if not weeks:
        said_in = sums[0].as_of_week_start
        first = said_in + datetime.timedelta(weeks=model.horizon_weeks + 1)
        note = (
            f"What was said in the week of {date(said_in)} can be compared on "
            f"{weekday_date(first)}."
        )
        return None, "Week by week: not measured yet", note
    said, came = _said_and_came(weeks)
    n_live = sum(week.is_live for week in weeks)
    whose = (
        "Forecasts as they were published."
        if n_live == len(weeks)
        else "Before it was published, with customers kept out of the search."
        if not n_live
        else f"The newest {n_live} as published; before, customers kept out of the "
        "search."
    )
    title = f"Week by week: {chance_words(said)} said, {chance_words(came)} came"
    return (
        weeks_chart(weeks, f"{title}, in {len(weeks)} weeks"),
        title,
        f"Bar: the share that was said. Dot: the share that came. {whose}",
    )


PART = Part(
    "propensities",
    "Who will do what next",
    view,
    (
        PropensityModelRow,
        PropensityCandidateRow,
        PropensityImportanceRow,
        PropensityPointRow,
        PropensityTenthRow,
        PropensityWeekRow,
        PropensitySumRow,
        LikelyCustomerRow,
        LikelyCustomerIdRow,
        CommonReasonRow,
        SecondOpinionRow,
        PropensityLeakRow,
        CustomerFeatureRow,
    ),
    CUSTOMER_GROUP,
)
