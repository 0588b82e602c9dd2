"""The part about what works: what is told, and what is not."""

from __future__ import annotations

from dataclasses import replace

from made_up_experiments import (
    EXPERIMENT,
    RESULT,
    RETURN,
    WEAK,
    experiment_tables,
)
from made_up_marts import made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import experiments as part
from user_states.explorer.parts.experiments import Experiments
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.experiment_rows import (
    InteractionRow,
)
from user_states.marts.list_rows import EffectRow, ListRow
from user_states.marts.mart_row import MartRow

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
MARTS = made_up_marts(["Weekly", "Silent for months"])
ROWS: dict[type[MartRow], list[MartRow]] = {
    **{row_class: [*rows] for row_class, rows in experiment_tables().items()},
    ListRow: [],
    EffectRow: [],
}


def view(**changed: list[MartRow]) -> Experiments | None:
    """Return the part, with the rows of some classes replaced."""
    by_name = {row_class.__name__: row_class for row_class in ROWS}
    tables = {**ROWS, **{by_name[name]: rows for name, rows in changed.items()}}
    return part.view(Scene(with_rows(MARTS, tables), OPTIONS, Crossing(), 1000))


def shown(**changed: list[MartRow]) -> Experiments:
    found = view(**changed)
    assert found is not None
    return found


def test_what_was_found_is_told() -> None:
    found = shown()
    assert found.title == (
        "What pays: Win them back; one variant changes something in an experiment"
    )
    (experiment,) = found.experiments
    assert "900 customers, each followed for 28 days" in experiment.progress
    (line,) = experiment.lines
    assert (line.value, line.control) == ("24.0%", "18.0%")
    assert (line.difference, line.interval) == ("+6.0 points", "1.0 to 11.0 points")
    assert line.sentence == "33% more than in the control."
    (returned,) = found.returns
    assert returned.returned == "140%"
    # From 10 to 130 nineteen times in twenty, so this range holds nine times in ten.
    assert returned.interval == "€20 to €120"
    assert found.margin == "40%"
    assert returned.verdict == "Pays"
    (rule,) = found.rules
    assert (rule.after, rule.sizes) == ("no rule", "120 → under 20")
    (weak,) = found.weak_segments
    assert weak == (
        "“Quiet”: of the 60 customers who were in it in the week of 2 February, 10% "
        "came back within four weeks; of all customers 40%."
    )


def test_nothing_was_tried() -> None:
    nothing: dict[str, list[MartRow]] = {
        "ExperimentRow": [],
        "AudienceReturnRow": [],
        "WrittenMessagesRow": [],
    }
    assert view(**nothing) is None


def test_messages_are_told_by_trigger() -> None:
    (line,) = shown().messages
    assert (line.trigger, line.written, line.tools) == (
        "Vip offer",
        "90",
        "braze and own service",
    )
    assert (line.waiting, line.sent, line.failed) == ("26", "120", "under 20")
    (unwanted,) = shown(MessageStatusRow=[]).messages
    assert (unwanted.waiting, unwanted.sent, unwanted.tools) == ("0", "0", "none")
    assert not shown(WrittenMessagesRow=[]).messages


def test_a_stopped_experiment_shows_no_result() -> None:
    stopped = shown(ExperimentRow=[replace(EXPERIMENT, is_stopped=True)])
    (experiment,) = stopped.experiments
    assert not experiment.lines
    assert experiment.warning.startswith("Do not read these results.")


def test_a_cost_below_zero_is_explained() -> None:
    saved = replace(RETURN, cost_of_acting=-50.0)
    assert shown().returns_note == ""
    assert shown(AudienceReturnRow=[replace(saved, n_held_out=19)]).returns_note == ""
    assert shown(AudienceReturnRow=[saved]).returns_note.startswith(
        "A cost below zero: those who got the message used fewer coupons"
    )


def test_few_customers_are_not_told_of() -> None:
    found = shown(
        ExperimentResultRow=[replace(RESULT, n_customers=19, verdict="x")],
        AudienceReturnRow=[replace(RETURN, n_held_out=19)],
        WeakSegmentRow=[replace(WEAK, n_customers=19)],
    )
    assert not found.experiments[0].lines
    assert found.returns[0].profit == "–"
    assert found.returns[0].cost == "–"
    assert not found.weak_segments


def test_what_messages_cost_is_told_before_the_profit_is_known() -> None:
    early = replace(
        RETURN, profit=None, verdict="not measured yet", why_not_measured="Too early."
    )
    (line,) = shown(AudienceReturnRow=[early]).returns
    assert (line.cost, line.coupons, line.profit) == ("€50", "+25", "–")
    assert line.verdict == "Too early."


def test_what_is_not_certain_is_said_as_this_week_says_it() -> None:
    row = replace(RETURN, verdict="not certain", n_more_coupons=-12.9)
    (line,) = shown(AudienceReturnRow=[row]).returns
    assert (line.verdict, line.coupons) == ("Not certain: it may pay, or cost", "−13")
    lists = [each for each in MARTS.rows(ListRow) if each.audience == "win_back"]
    none: list[MartRow] = [
        replace(each, effect_status="no effect found") for each in lists
    ]
    effects: list[MartRow] = [
        each for each in MARTS.rows(EffectRow) if each.audience == "win_back"
    ]
    (line,) = shown(AudienceReturnRow=[row], ListRow=none, EffectRow=effects).returns
    assert line.verdict == "No effect found, so no profit either"
    assert " to " in line.entered
    costly = replace(row, verdict="costs more")
    (line,) = shown(AudienceReturnRow=[costly], ListRow=none).returns
    assert line.verdict.startswith("Costs more: no effect found, but messages")
    less = {"effect_spend": -6.0, "effect_spend_low": -11.0, "effect_spend_high": -1.0}
    worse: list[MartRow] = [replace(each, **less) for each in none]
    (line,) = shown(AudienceReturnRow=[costly], ListRow=worse).returns
    assert line.verdict == "It brought less than no message"


def test_what_was_not_sent_has_no_cost() -> None:
    unsent = replace(RETURN, n_contacts=0, verdict="not measured yet", profit=None)
    (line,) = shown(AudienceReturnRow=[unsent]).returns
    assert (line.cost, line.coupons, line.verdict) == ("–", "–", "Not sent yet")


def test_the_title_speaks_of_lists_before_experiments() -> None:
    unsure = replace(RETURN, verdict="not certain")
    costly = replace(RETURN, verdict="costs more")
    nothing = replace(RESULT, verdict="no difference found")
    found = shown(AudienceReturnRow=[unsure, costly], ExperimentResultRow=[nothing])
    assert found.title == (
        "No list is sure to pay yet: one may pay and one costs more than it brings"
    )
    more: list[MartRow] = [
        replace(
            each,
            effect_status="measured",
            effect_spend=6.0,
            effect_spend_low=1.0,
            effect_spend_high=11.0,
        )
        for each in MARTS.rows(ListRow)
    ]
    found = shown(
        AudienceReturnRow=[unsure], ListRow=more, ExperimentResultRow=[nothing]
    )
    assert found.title == "No list is sure to pay yet: one brings more revenue"
    assert found.returns[0].verdict == (
        "It brings more revenue; whether it pays is not certain"
    )
    found = shown(AudienceReturnRow=[], ExperimentResultRow=[nothing])
    assert found.title == "No experiment has found a difference yet"


def test_an_interval_without_zero_in_which_nothing_was_found_is_explained() -> None:
    alone = replace(RESULT, verdict="no difference found", sentence="None was found.")
    (experiment,) = shown(ExperimentResultRow=[alone]).experiments
    assert experiment.lines[0].sentence == "None was found."
    (experiment,) = shown(ExperimentResultRow=[alone, alone]).experiments
    assert experiment.lines[0].sentence.startswith(
        "None was found. The interval leaves out zero, but of two measures"
    )


def test_where_rides_are_known_they_count_as_conversions() -> None:
    (experiment,) = shown().experiments
    assert experiment.lines[0].metric == "bought or rode"


def test_a_loss_has_a_minus_and_interactions_are_named() -> None:
    spend = replace(RESULT, metric="spend", mean_value=12.0, mean_control=14.5)
    loss = replace(spend, difference=-2.5, difference_low=-4.0, verdict="lower")
    interaction = InteractionRow("offer", "b", "spend", "state", 0.001)
    found = shown(ExperimentResultRow=[loss], InteractionRow=[interaction])
    (experiment,) = found.experiments
    assert experiment.lines[0].difference == "−€2.50"
    assert (experiment.lines[0].value, experiment.lines[0].control) == ("€12", "€14")
    assert experiment.interactions == (
        "Not the same for all: money a customer (variant b, by state, p = 0.001)."
    )
