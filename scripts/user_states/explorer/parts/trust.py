"""Can I trust it? What was said about past weeks, and what came."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.part import Part, View
from user_states.explorer.parts.trust_charts import (
    Chance,
    Forecast,
    chance_line,
    guess_bar,
    ranges,
)
from user_states.explorer.parts.trust_spans import span_sentences
from user_states.explorer.scene import Scene
from user_states.explorer.words import listed, starting_large
from user_states.explorer.words.dates import week_span, weekday_date
from user_states.explorer.words.numbers import in_words, number
from user_states.marts.forecast_models import FIRST_TARGET
from user_states.marts.list_rows import ForecastRow, ListRow
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CalibrationBinRow,
    QualityCheckRow,
)

# Forecasts are called too low or too high if of so many weeks all but this many lie on
# one side.
_LEAST_ONE_SIDED = 9
_MOST_ON_THE_OTHER = 1
MOST_WEEKS = 12
PUBLISHED_MODEL = "published"
BASE = "base_rate"
# Forecasts that are compared, with what they know; the published one is last.
_COMPARED = {
    "recency_bucket": "Weeks since the last ride",
    "recency_frequency_value": "Last ride, how often, how much",
    "history_without_states": "All of a user’s history, no states",
    PUBLISHED_MODEL: "History and states (this page)",
}
# Ends of the five groups of chances, and their words.
_GROUPS = (
    (0.2, "under 2 in 10"),
    (0.4, "about 3 in 10"),
    (0.6, "about 5 in 10"),
    (0.8, "about 7 in 10"),
    (1.01, "over 8 in 10"),
)
# Fewer users and weeks in a group say nothing.
LEAST_IN_GROUP = 50
NOT_MEASURED = "not measured yet"
REVISED = "revised_by_hindsight"


@dataclass(frozen=True)
class Rule:
    """A forecast: what it knows, and the share of the uncertainty it explains."""

    words: str
    share: float
    is_own: bool
    drawing: Markup


@dataclass(frozen=True, kw_only=True)
class Trust(View):
    """Forecasts and outcomes, what the states add, and what cannot be said.

    Attributes
    ----------
    ranges : Markup or None
        None if no forecast can be compared with what came.
    ranges_title : str
    starts_at : str
        Where the scale of the ranges starts.
    spans : sequence of str
        How far forecasts over several weeks were from what came.
    chances : sequence of Chance
        Empty without past forecasts of users.
    chance_title : str
    rules : sequence of Rule
    rules_title : str
    limits : sequence of str
        What cannot be said.
    """

    ranges: Markup | None
    ranges_title: str
    starts_at: str
    spans: Sequence[str]
    chances: Sequence[Chance]
    chance_title: str
    rules: Sequence[Rule]
    rules_title: str
    limits: Sequence[str]


def view(scene: Scene) -> Trust:
    """Return what can be trusted, and what cannot be said."""
    marts = scene.marts
    forecasts = compared_forecasts(marts)
    n_inside = sum(forecast.is_inside for forecast in forecasts)
    drawing, starts_at = None, ""
    if forecasts:
        label = (
            f"Rides a week: what was said and what came; {n_inside} of "
            f"{len(forecasts)} weeks lie within the range"
        )
        drawing, low = ranges(forecasts, label)
        starts_at = f"Scale starts at {number(low)} rides." if low else ""
    chances = chances_of(marts)
    rules = _rules(marts)
    return Trust(
        title=_title(forecasts, n_inside),
        lead=_lead(forecasts),
        unfiltered="Forecasts are compared for all users together.",
        ranges=drawing,
        ranges_title="Rides a week: what we said and what came"
        if all(forecast.was_published for forecast in forecasts)
        else "Rides a week: what we would have said and what came",
        starts_at=starts_at,
        spans=span_sentences(marts.rows(ForecastRow)),
        chances=chances,
        chance_title=_chance_title(chances),
        rules=rules,
        rules_title=_rules_title(rules),
        limits=_limits(scene, forecasts),
    )


def compared_forecasts(marts: Marts) -> list[Forecast]:
    """Return forecasts of rides in the next week, with what came, oldest first.

    A published forecast outranks one that was made later for a past week.
    """
    best: dict[datetime.date, ForecastRow] = {}
    for row in marts.rows(ForecastRow):
        is_wanted = row.target == "rides" and row.weeks_ahead == 1
        if not is_wanted or row.state_key is not None or row.observed is None:
            continue
        if row.expected_low is None or row.expected_high is None:
            continue
        held = best.get(row.origin_week_start)
        if held is None or row.source_of_forecast == PUBLISHED_MODEL:
            best[row.origin_week_start] = row
    newest = sorted(best.values(), key=lambda row: row.origin_week_start)
    return [
        Forecast(
            row.origin_week_start + datetime.timedelta(weeks=1),
            row.expected,
            row.expected_low or 0.0,
            row.expected_high or 0.0,
            row.observed or 0.0,
            bool(row.is_inside),
            row.source_of_forecast == PUBLISHED_MODEL,
        )
        for row in newest[-MOST_WEEKS:]
    ]


def _title(forecasts: Sequence[Forecast], n_inside: int) -> str:
    if not forecasts:
        return "No forecast has been compared with what came yet"
    if len(forecasts) == 1:
        outcome = "within" if n_inside else "outside"
        return f"Rides came {outcome} our range in the one week that is known"
    return (
        f"Rides came within our range in {n_inside} of the past {len(forecasts)} weeks"
    )


def _lead(forecasts: Sequence[Forecast]) -> str:
    if not forecasts:
        return (
            "Every Monday we say what we expect. What came is counted a week later, "
            "and then stands here."
        )
    lead = _said(forecasts)
    n_above = sum(forecast.observed > forecast.expected for forecast in forecasts)
    for n_on_one_side, wrong, came in (
        (n_above, "low", "more"),
        (len(forecasts) - n_above, "high", "fewer"),
    ):
        # A fair coin is so one-sided in one of 25 times, of nine throws.
        if len(forecasts) >= _LEAST_ONE_SIDED and n_on_one_side >= (
            len(forecasts) - _MOST_ON_THE_OTHER
        ):
            lead = (
                f"{lead} They have been too {wrong}: {came} came in {n_on_one_side} of "
                f"{len(forecasts)} weeks."
            )
    return lead


def _said(forecasts: Sequence[Forecast]) -> str:
    """Return what the forecasts are, and how many were published at the time."""
    n = len(forecasts)
    n_published = sum(forecast.was_published for forecast in forecasts)
    if n_published == n:
        return (
            "Every Monday we say what we expect of users who have ridden before, and "
            "a week later we count their rides. Each forecast uses only what was known "
            "before its week began."
        )
    if n == 1:
        published = "It was not published at the time but worked out later."
    elif not n_published:
        published = (
            f"None of the {n} was published at the time: they were worked out later."
        )
    else:
        verb, which = "were", "the newest for"
        if n_published == 1:
            verb, which = "was", "for"
        newest = max(each.week for each in forecasts if each.was_published)
        published = (
            f"{starting_large(in_words(n_published))} of the {n} {verb} published at "
            f"the time, {which} {week_span(newest, with_year=False)}; the others were "
            "worked out later."
        )
    return (
        "What we would have said of users who have ridden before, and the rides that "
        "came. Each forecast learned from the weeks before its own week only. "
        f"{published}"
    )


def chances_of(marts: Marts) -> list[Chance]:
    """Return users in groups of the chance that they were given to ride next week."""
    sums = {words: [0.0, 0.0, 0.0] for _, words in _GROUPS}
    for row in marts.rows(CalibrationBinRow):
        if row.target != FIRST_TARGET or row.model != PUBLISHED_MODEL:
            continue
        words = next(words for end, words in _GROUPS if row.mean_forecast < end)
        own = sums[words]
        own[0] += row.n_user_weeks
        own[1] += row.n_user_weeks * row.mean_forecast
        own[2] += row.n_user_weeks * row.mean_outcome
    return [
        Chance(words, said / n, came / n, chance_line(said / n, came / n))
        for words, (n, said, came) in sums.items()
        if n >= LEAST_IN_GROUP
    ]


def _chance_title(chances: Sequence[Chance]) -> str:
    if not chances:
        return ""
    farthest = max(abs(c.mean_outcome - c.mean_forecast) for c in chances)
    if farthest > 0.1:
        return "Chances and outcomes differ in some groups"
    # Chances near a half are told, of as many as are known: 7 in 10 if there are any.
    known = [c.words.removeprefix("about ") for c in chances if "about" in c.words]
    if not known:
        return "As many rode as the chances said"
    told = "7 in 10" if "7 in 10" in known else known[-1]
    return f"“{told} will ride” means that about {told} do"


def _rules(marts: Marts) -> list[Rule]:
    """Return how much of the uncertainty each forecast explains.

    Uncertain is what someone cannot say who knows the overall share of users who ride,
    and nothing about a user.
    """
    losses = {
        row.model: row.log_loss
        for row in marts.rows(BacktestSummaryRow)
        if row.target == FIRST_TARGET
    }
    if not losses.get(BASE) or PUBLISHED_MODEL not in losses:
        return []
    found = []
    for model, words in _COMPARED.items():
        if model in losses:
            share = 1 - losses[model] / losses[BASE]
            is_own = model == PUBLISHED_MODEL
            found.append(Rule(words, share, is_own, guess_bar(share, is_own=is_own)))
    return sorted(found, key=lambda rule: (rule.is_own, rule.share))


def _rules_title(rules: Sequence[Rule]) -> str:
    others = [rule.share for rule in rules if not rule.is_own]
    if not others:
        return "How much of the uncertainty each forecast explains"
    own = next(rule.share for rule in rules if rule.is_own)
    points = round(100 * own) - round(100 * max(others))
    if points <= 0:
        return "A forecast without states predicts next week as well"
    noun = "point" if points == 1 else "points"
    return f"States add {in_words(points)} {noun} to the best forecast without them"


def _limits(scene: Scene, forecasts: Sequence[Forecast]) -> list[str]:
    """Return what the page cannot say, from what the data hold."""
    marts = scene.marts
    found = ["Why somebody rides less. The page sees rides, not reasons."]
    found += _not_measured(marts, scene.options.min_cell_users)
    outside = [forecast for forecast in forecasts if not forecast.is_inside]
    holidays = "Holidays and bad weather in advance."
    if outside:
        newest = week_span(outside[-1].week, with_year=False)
        which = "week" if len(outside) == 1 else "newest of the weeks"
        holidays = f"{holidays} The {which} that fell outside was {newest}."
    agreed = (
        "Who agreed to get messages. Your mailing tool knows: leave the others out."
    )
    found += [holidays, agreed]
    revised = next(
        (
            row.measured_value
            for row in marts.rows(QualityCheckRow)
            if row.check_name == REVISED and row.measured_value is not None
        ),
        None,
    )
    if revised is not None:
        n = in_words(max(round(100 * revised), 1))
        found.append(
            f"Final states of the newest weeks. About {n} in 100 users are seen in "
            "another state once later weeks are known."
        )
    if not scene.has_money:
        found.append("Anything about money. Your log has no prices.")
    return [starting_large(sentence) for sentence in found]


def _not_measured(marts: Marts, least: int) -> list[str]:
    """Return the lists whose effect is not known, by the day of the first result."""
    lists: dict[datetime.date | None, list[str]] = {}
    for row in marts.rows(ListRow):
        if row.effect_status == NOT_MEASURED and row.n_users_to_write >= least:
            lists.setdefault(row.first_result_on, []).append(f"“{row.title}”")
    return [
        f"What the {'list' if len(titles) == 1 else 'lists'} {listed(titles)} "
        f"{'brings' if len(titles) == 1 else 'bring'}. Not measured yet"
        f"{f': first result on {weekday_date(day)}' if day else ''}."
        for day, titles in lists.items()
    ]


PART = Part(
    "trust",
    "Can I trust it?",
    view,
    (
        ForecastRow,
        CalibrationBinRow,
        BacktestSummaryRow,
        ListRow,
        QualityCheckRow,
    ),
)
