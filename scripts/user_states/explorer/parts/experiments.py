"""What works: experiments, returns of audiences, messages, and changed rules."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.parts.this_week_lists import (
    brought_less,
    brought_more,
    range_of_effect,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import listed, starting_large, with_closed_percent
from user_states.explorer.words.dates import date, span
from user_states.explorer.words.numbers import (
    about,
    fine_percent,
    in_words,
    number,
    percent,
)
from user_states.marts.experiment_rows import (
    AudienceReturnRow,
    ExperimentResultRow,
    ExperimentRow,
    InteractionRow,
    MessageStatusRow,
    RuleChangeRow,
    WeakSegmentRow,
    WrittenMessagesRow,
)
from user_states.marts.list_rows import EffectRow, ListRow

METRICS = {
    "conversion_rate": "bought something",
    "average_order_value": "money an order",
    "retention_rate": "still active in the last week",
    "spend": "money a customer",
    "rides": "rides a customer",
}
# Where rides are known, the share of those who bought counts them.
WITH_RIDES = {"conversion_rate": "bought or rode"}
# Columns of what came of messages, with the statuses that they count.
WAITING = ("not_sent", "waiting", "endpoint_disabled")
SENT = ("delivered",)
FAILED = ("dead", "no_address")
RATES = ("conversion_rate", "retention_rate")
MONEY = ("average_order_value", "spend")
# Below this an interaction is worth a sentence.
LEAST_INTERACTION = 0.01


@dataclass(frozen=True)
class ResultLine:
    """A metric of a variant."""

    variant: str
    metric: str
    value: str
    control: str
    difference: str
    interval: str
    p_holm: str
    sentence: str


@dataclass(frozen=True)
class ShownExperiment:
    """An experiment with what it found.

    Attributes
    ----------
    title, description, progress : str
    warning : str
        Why its results are not to be read; empty if they are.
    lines : sequence of ResultLine
        Empty while too few customers were followed.
    interactions : str
        Where a variant does not do the same to all; may be empty.
    """

    title: str
    description: str
    progress: str
    warning: str
    lines: Sequence[ResultLine]
    interactions: str


@dataclass(frozen=True)
class ReturnLine:
    """Cost and profit of acting on an audience.

    `entered` is when the users came onto the list who were compared, `coupons` how many
    more they used than if they had been held out.
    """

    title: str
    entered: str
    messages: str
    coupons: str
    cost: str
    profit: str
    interval: str
    returned: str
    verdict: str


@dataclass(frozen=True)
class MessageLine:
    """What came of a trigger's messages, over all tools that want them."""

    trigger: str
    written: str
    last_written: str
    waiting: str
    sent: str
    failed: str
    tools: str


@dataclass(frozen=True)
class RuleLine:
    """A changed rule."""

    name: str
    when: str
    before: str
    after: str
    sizes: str
    effects: str


@dataclass(frozen=True, kw_only=True)
class Experiments(View):
    """Everything of the part.

    Attributes
    ----------
    experiments : sequence of ShownExperiment
    returns : sequence of ReturnLine
    margin : str
        Share of money that is profit before the costs of acting; empty without returns.
    returns_note : str
        What a cost below zero means; empty if there is none.
    messages : sequence of MessageLine
    rules : sequence of RuleLine
    weak_segments : sequence of str
        A sentence for each segment that comes back less than others.
    """

    experiments: Sequence[ShownExperiment]
    returns: Sequence[ReturnLine]
    margin: str
    returns_note: str
    messages: Sequence[MessageLine]
    rules: Sequence[RuleLine]
    weak_segments: Sequence[str]


def view(scene: Scene) -> Experiments | None:
    """Return what was tried, and what it brought; None if nothing was."""
    experiments = scene.marts.rows(ExperimentRow)
    results = scene.marts.rows(ExperimentResultRow)
    returns = scene.marts.rows(AudienceReturnRow)
    messages = [
        _message_line(scene, row) for row in scene.marts.rows(WrittenMessagesRow)
    ]
    if not experiments and not returns and not messages:
        return None
    return Experiments(
        title=_title(scene, results, returns),
        lead=(
            "Customers are put into groups at random, so what differs between the "
            "groups is what was done. Everybody counts in the group that they were put "
            "into, reached or not."
        ),
        unfiltered=OF_ALL_CITIES,
        experiments=[_shown(scene, row, results) for row in experiments],
        returns=[_return_line(scene, row) for row in returns],
        margin=percent(returns[0].contribution_margin) if returns else "",
        returns_note=_returns_note(scene, returns),
        messages=messages,
        rules=[_rule_line(scene, row) for row in scene.marts.rows(RuleChangeRow)],
        weak_segments=_weak_segments(scene),
    )


def _title(
    scene: Scene,
    results: Sequence[ExperimentResultRow],
    returns: Sequence[AudienceReturnRow],
) -> str:
    """Return which lists pay, then how many variants change anything."""
    found = {
        (row.experiment, row.variant)
        for row in results
        if row.verdict in ("higher", "lower")
    }
    of_lists = _returns_title(scene, returns)
    if found:
        n = in_words(len(found))
        verb = "variants change" if len(found) > 1 else "variant changes"
        changed = f"{n} {verb} something in an experiment"
        return f"{of_lists}; {changed}" if of_lists else starting_large(changed)
    return of_lists or "No experiment has found a difference yet"


def _returns_title(scene: Scene, returns: Sequence[AudienceReturnRow]) -> str:
    """Return which lists pay; empty if no profit was measured.

    One that is sent because it brings more may cost as much: both are said.
    """
    pays = [row.title for row in returns if row.verdict == "pays"]
    if pays:
        return f"What pays: {listed(pays)}"
    n_costly = sum(row.verdict == "costs more" for row in returns)
    uncertain = [row for row in returns if row.verdict == "not certain"]
    n_more = sum(_brought_more(scene, row.audience) for row in uncertain)
    found = [
        f"{in_words(n)} {verb if n == 1 else plural}"
        for n, verb, plural in (
            (n_more, "brings more revenue", "bring more revenue"),
            (len(uncertain) - n_more, "may pay", "may pay"),
            (n_costly, "costs more than it brings", "cost more than they bring"),
        )
        if n
    ]
    return f"No list is sure to pay yet: {listed(found)}" if found else ""


def _brought_more(scene: Scene, audience: str) -> bool:
    """Return whether a list surely brought more than no message."""
    row = _list_of(scene, audience)
    return row is not None and brought_more(row)


def _list_of(scene: Scene, audience: str) -> ListRow | None:
    """Return this week's list of an audience, with what it did before."""
    rows = scene.marts.rows(ListRow)
    return next((row for row in rows if row.audience == audience), None)


def _shown(
    scene: Scene, row: ExperimentRow, results: Sequence[ExperimentResultRow]
) -> ShownExperiment:
    least = scene.options.min_cell_users
    own = [
        result
        for result in results
        if result.experiment == row.experiment
        and min(result.n_customers, result.n_control) >= least
    ]
    status = {
        "waiting": "Nobody is in it yet",
        "followed": "Nobody has been followed to the end yet",
        "running": "It is running",
        "over": "It is over",
    }[row.status]
    return ShownExperiment(
        title=row.title,
        description=row.description or "",
        progress=(
            f"{status}: {number(row.n_assigned)} customers, each followed for "
            f"{row.follow_days} days, {number(row.n_followed)} of them "
            "to the end so far."
        ),
        warning=(
            "Do not read these results. The groups do not have the sizes that they "
            "should have, so customers are assigned or recorded wrongly."
            if row.is_stopped
            else ""
        ),
        lines=[]
        if row.is_stopped
        else [_result_line(scene, result, len(own)) for result in own],
        interactions=_interactions(scene, row.experiment),
    )


def _result_line(scene: Scene, row: ExperimentResultRow, n_measures: int) -> ResultLine:
    def words(value: float | None, *, signed: bool = False) -> str:
        if value is None:
            return "–"
        if row.metric in MONEY:
            text = scene.money.each(value)
        else:
            text = fine_percent(value) if row.metric in RATES else about(value, 3)
        text = text.replace("-", "−")
        return f"+{text}" if signed and value > 0 else text

    def points(value: float | None, *, signed: bool = False) -> str:
        """Return a difference; of two shares it is in percentage points."""
        text = words(value, signed=signed)
        return text.removesuffix("%") if row.metric in RATES else text

    unit = " points" if row.metric in RATES else ""
    low, high = points(row.difference_low), points(row.difference_high)
    return ResultLine(
        variant=row.variant,
        metric=_metric_words(scene, row.metric),
        value=words(row.mean_value),
        control=words(row.mean_control),
        difference=f"{points(row.difference, signed=True)}{unit}",
        interval=f"{low} to {high}{unit}",
        p_holm="–" if row.p_holm is None else f"{row.p_holm:.2g}",
        sentence=_sentence(row, n_measures),
    )


def _sentence(row: ExperimentResultRow, n_measures: int) -> str:
    """Return what a result says, also where its own interval seems to contradict it."""
    text = with_closed_percent(row.sentence or "")
    low, high = row.difference_low, row.difference_high
    is_found = row.verdict in ("higher", "lower")
    if low is None or high is None or low <= 0 <= high or is_found or n_measures < 2:
        return text
    return (
        f"{text} The interval leaves out zero, but of {in_words(n_measures)} measures "
        "one does so by chance more often: only a surer difference counts."
    )


def _metric_words(scene: Scene, metric: str) -> str:
    if scene.has_states and metric in WITH_RIDES:
        return WITH_RIDES[metric]
    return METRICS.get(metric, metric)


def _interactions(scene: Scene, experiment: str) -> str:
    found = [
        f"{_metric_words(scene, row.metric)} (variant {row.variant}, by "
        f"{row.group_kind}, p = {row.interaction_p:.2g})"
        for row in scene.marts.rows(InteractionRow)
        if row.experiment == experiment and row.interaction_p < LEAST_INTERACTION
    ]
    return f"Not the same for all: {listed(found)}." if found else ""


def _is_small(scene: Scene, row: AudienceReturnRow) -> bool:
    return min(row.n_treated, row.n_held_out) < scene.options.min_cell_users


def _shows_costs(scene: Scene, row: AudienceReturnRow) -> bool:
    """Return whether costs are shown: not of few users, nor before a message."""
    return row.n_contacts > 0 and not _is_small(scene, row)


def _is_hidden(scene: Scene, row: AudienceReturnRow) -> bool:
    return not _shows_costs(scene, row) or row.verdict == "not measured yet"


def _returns_note(scene: Scene, rows: Sequence[AudienceReturnRow]) -> str:
    has_saved = any(
        (row.cost_of_acting or 0) < 0 for row in rows if _shows_costs(scene, row)
    )
    if not has_saved:
        return ""
    return (
        "A cost below zero: those who got the message used fewer coupons than those "
        "held out, and that saved more than the messages cost."
    )


def _return_line(scene: Scene, row: AudienceReturnRow) -> ReturnLine:
    def money(value: float | None) -> str:
        if value is None or not scene.has_money:
            return "–"
        return scene.money.about(value)

    shown, hidden = _shows_costs(scene, row), _is_hidden(scene, row)
    profit = range_of_effect(row.profit, row.profit_low, row.profit_high)
    interval = f"{money(profit.low)} to {money(profit.high)}" if profit else "–"
    returned = row.return_on_investment
    return ReturnLine(
        title=row.title,
        messages=number(row.n_contacts),
        entered=_entered(scene, row.audience),
        coupons=_more_coupons(row.n_more_coupons) if shown else "–",
        cost=money(row.cost_of_acting) if shown else "–",
        profit="–" if hidden else money(row.profit),
        interval="–" if hidden else interval,
        returned="–" if hidden or returned is None else _over_cost(returned),
        verdict=with_closed_percent(_verdict(scene, row)),
    )


def _verdict(scene: Scene, row: AudienceReturnRow) -> str:
    """Return whether it pays, in the words of “This week” where nothing was found."""
    if not row.n_contacts:
        return "Not sent yet"
    if row.why_not_measured:
        return row.why_not_measured
    effect = _list_of(scene, row.audience)
    if effect and brought_less(effect):
        return "It brought less than no message"
    has_no_effect = effect and effect.effect_status == "no effect found"
    if row.verdict == "costs more" and has_no_effect:
        return "Costs more: no effect found, but messages and coupons cost money"
    if row.verdict != "not certain":
        return starting_large(row.verdict)
    if has_no_effect:
        return "No effect found, so no profit either"
    if effect and brought_more(effect):
        return "It brings more revenue; whether it pays is not certain"
    return "Not certain: it may pay, or cost"


def _entered(scene: Scene, audience: str) -> str:
    """Return when the users came onto the list who were compared."""
    rows = [
        row
        for row in scene.marts.rows(EffectRow)
        if row.audience == audience and row.n_held_out and row.n_treated
    ]
    if not rows:
        return "–"
    first = min(row.first_entered_week_start for row in rows)
    last = max(row.last_entered_week_start for row in rows)
    return span(first, last + datetime.timedelta(days=6), with_year=False)


def _more_coupons(n: float) -> str:
    text = number(round(n))
    return f"+{text}" if round(n) > 0 else text


def _over_cost(returned: float) -> str:
    """Return profit over cost in percent, or as a multiple if it is a large one."""
    return f"{about(returned, 2)} times" if returned >= 10 else percent(returned)


def _message_line(scene: Scene, row: WrittenMessagesRow) -> MessageLine:
    found = [
        status
        for status in scene.marts.rows(MessageStatusRow)
        if status.trigger == row.trigger
    ]

    def counted(statuses: Sequence[str]) -> str:
        n = sum(one.n_messages for one in found if one.status in statuses)
        return _size(scene, n) if n else "0"

    tools = sorted({status.endpoint for status in found})
    return MessageLine(
        trigger=starting_large(row.trigger.replace("_", " ")),
        written=_size(scene, row.n_messages),
        last_written=date(row.last_written_at.date()),
        waiting=counted(WAITING),
        sent=counted(SENT),
        failed=counted(FAILED),
        tools=listed([tool.replace("_", " ") for tool in tools]) or "none",
    )


def _size(scene: Scene, n: int | None) -> str:
    """Return a number of people; small ones are not told."""
    least = scene.options.min_cell_users
    return "–" if n is None else f"under {least}" if n < least else number(n)


def _rule_line(scene: Scene, row: RuleChangeRow) -> RuleLine:
    effects = [
        f"{when} {effect:+.2f}".replace("-", "−")
        for when, effect in (
            ("before", row.mean_rides_difference_before),
            ("since", row.mean_rides_difference_since),
        )
        if effect is not None
    ]
    return RuleLine(
        name=f"{starting_large(row.rule_kind)} {row.rule_name.replace('_', ' ')}",
        when=date(row.changed_at.date()),
        before=row.rule_before or "no rule",
        after=row.rule_after or "no rule",
        sizes=(
            f"{_size(scene, row.n_members_before)} → "
            f"{_size(scene, row.n_members_after)}"
        ),
        effects=", ".join(effects) or "–",
    )


def _weak_segments(scene: Scene) -> list[str]:
    return [
        f"“{row.segment_name}”: of the {number(row.n_customers)} customers who were in "
        f"it in the week of {date(row.as_of_week_start, with_year=False)}, "
        f"{percent(row.active_share)} came back within four weeks; of all customers "
        f"{percent(row.active_share_of_all)}."
        for row in scene.marts.rows(WeakSegmentRow)
        if row.n_customers >= scene.options.min_cell_users
    ]


PART = Part(
    "experiments",
    "What works",
    view,
    (
        ExperimentRow,
        ExperimentResultRow,
        InteractionRow,
        AudienceReturnRow,
        WrittenMessagesRow,
        MessageStatusRow,
        RuleChangeRow,
        WeakSegmentRow,
        ListRow,
        EffectRow,
    ),
    CUSTOMER_GROUP,
)
