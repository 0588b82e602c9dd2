"""Figures show what the marts say, with any number of states and any names."""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
from collections import Counter
from collections.abc import Container, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch
from xml.etree import ElementTree

import numpy as np
import psycopg2
import pytest
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

import plot_states
from conftest import WAREHOUSE, MakeDatabase, PointAt
from made_up_marts import (
    AS_OF_WEEK,
    MODELS,
    empty_marts,
    made_up_marts,
    marts_as_declared,
    with_rows,
)
from user_states.errors import UserError
from user_states.figures.all_figures import (
    FIGURES,
    chosen_figures,
    draw_figures,
    rows_of_figures,
)
from user_states.figures.drawing.canvas import drawing_style, save
from user_states.figures.drawing.spreading import spread
from user_states.figures.graph.graph_layout import lay_out
from user_states.figures.graph.graph_places import GraphLayout, points_along
from user_states.figures.graph.graphviz_layout import graphviz_programs
from user_states.figures.picture import PictureOptions
from user_states.figures.state_profiles import STANDS_OUT
from user_states.figures.transition_graph import draw_transition_graph
from user_states.marts import palette
from user_states.marts.forecast_models import FIRST_TARGET
from user_states.marts.known_means import MIN_KNOWN_SHARE
from user_states.marts.mart_reader import read_marts
from user_states.marts.marts import Marts
from user_states.marts.propensity_mart_rows import (
    PropensityImportanceRow,
    PropensityPointRow,
    PropensityTenthRow,
    PropensityWeekRow,
)
from user_states.marts.run_rows import (
    LineageRow,
)
from user_states.marts.state_rows import (
    ProfileRow,
    RhythmRow,
    TransitionRow,
)
from user_states.marts.texts import percent, signed, wrapped
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    BacktestWeekRow,
    CalibrationBinRow,
)
from user_states.warehouse.connection import fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import MARTS, query

OPTIONS = PictureOptions(min_edge_probability=0.01, recent_weeks=12)
# A digit is added to each. The second one needs three lines.
LONG = "Weekend evenings, cash, rides twice a m"
LONGER = "Très occasionnels – paiement en espèces, Zürich, São Paul"
# Figures about models, which name no states.
WITHOUT_STATES = (
    "model_selection",
    "outlook_calibration",
    "outlook_backtest",
    "propensity_importance",
    "propensity_beeswarm",
    "propensity_calibration",
)
MADE_UP = made_up_marts(["A", "B"])
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "$x_1$ & <img src=x onerror=alert(1)> \\n"


@dataclasses.dataclass(frozen=True)
class Published:
    """A warehouse after a run of the job, and the texts of its figures."""

    address: LocalServerAddress
    marts: Marts
    texts: dict[str, list[str]]


@pytest.fixture(scope="module")
def published(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    published_template: LocalServerAddress,
    tmp_path_factory: pytest.TempPathFactory,
) -> Published:
    """Read the marts once and draw all figures."""
    warehouse = make_database(template=published_template, name=WAREHOUSE)
    for mart, rows in (
        ("outlook_backtest", MADE_UP.rows(BacktestWeekRow)),
        ("outlook_backtest_summary", MADE_UP.rows(BacktestSummaryRow)),
        ("outlook_backtest_calibration", MADE_UP.rows(CalibrationBinRow)),
        ("propensity_importance", MADE_UP.rows(PropensityImportanceRow)),
        ("propensity_tenths", MADE_UP.rows(PropensityTenthRow)),
        ("propensity_calibration", MADE_UP.rows(PropensityWeekRow)),
        (
            "propensity_points",
            [
                NumberedPoint(**vars(row), point_number=number)
                for number, row in enumerate(MADE_UP.rows(PropensityPointRow))
            ],
        ),
    ):
        insert(warehouse, mart, rows)
    with point_at(warehouse):
        marts = read_marts(project, rows_of_figures(FIGURES))
    folder = tmp_path_factory.mktemp("figures")
    texts = {
        outcome.name: svg_texts(outcome.paths[0])
        for outcome in draw_figures(marts, OPTIONS, folder, FIGURES)
        if outcome.paths
    }
    # Other tests replace the database of that name.
    copy = make_database(template=warehouse)
    return Published(copy, marts, texts)


@dataclasses.dataclass(frozen=True)
class NumberedPoint(PropensityPointRow):
    """A point with its number in the mart; only odd ones are drawn."""

    point_number: int


def insert(address: LocalServerAddress, mart: str, rows: Sequence[Any]) -> None:
    """Insert rows into an empty mart, because a backtest would take minutes.

    Columns that no figure reads get 0 or a short text.
    """
    columns = query(
        address,
        "select column_name, data_type from information_schema.columns"
        f" where table_schema = 'marts' and table_name = '{mart}'",
    )
    fillings = {"text": "", "date": AS_OF_WEEK, "boolean": False}
    with closing(psycopg2.connect(address.url)) as connection, connection:
        assert query(address, f"select count(*) from marts.{mart}") == [(0,)]
        for row in rows:
            known = dataclasses.asdict(row)
            values = [known.get(name, fillings.get(kind, 0)) for name, kind in columns]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"insert into marts.{mart} ({', '.join(n for n, _ in columns)})"
                    f" values ({', '.join(['%s'] * len(columns))})",
                    values,
                )


def svg_texts(path: Path) -> list[str]:
    """Return the lines of text of an SVG in drawing order."""
    return [
        "".join(element.itertext())
        for element in ElementTree.parse(path).iter(f"{SVG}text")
    ]


def draw(name: str, marts: Marts) -> Figure:
    """Draw one figure."""
    return FIGURES[name].draw(marts, OPTIONS)


def assert_states(texts: list[str], expected: list[str]) -> None:
    """Check that each expected text occurs at least as often as expected."""
    missing = Counter(expected) - Counter(texts)
    assert expected
    assert not missing, f"not in the figure: {missing}"


# Each says nearly the same as another feature.
REPEATED = ("n_requests", "weekend_share", "evening_share", "coupon_share", "is_cash")


class TestNumbersEqualTheMarts:
    """Each test queries the warehouse with its own SQL."""

    def test_every_figure_names_the_states_the_week_and_the_run(
        self, published: Published
    ) -> None:
        ((week, run_id),) = query(
            published.address,
            "select max(week_start), max(run_id) from marts.user_weekly_states",
        )
        names = query(
            published.address,
            "select state_name from marts.states where state_id > 0",
        )
        assert set(published.texts) == set(FIGURES)
        for name, texts in published.texts.items():
            together = " ".join(texts)
            assert f"as of the week of {week} · run {run_id}" in together, name
            if name not in WITHOUT_STATES:
                for (state_name,) in names:
                    assert state_name in together, name

    def test_transition_heatmap(self, published: Published) -> None:
        rows = query(
            published.address,
            "select probability from marts.state_transitions"
            " order by from_state_id, to_state_id",
        )
        shown = [t for t in published.texts["transition_heatmap"] if t.endswith("%")]
        # In matrix order, row by row; no other text is a percentage.
        assert shown == [f"{100 * probability:.1f}%" for (probability,) in rows]

    def test_transition_graph(self, published: Published) -> None:
        rows = query(
            published.address,
            "select probability from marts.state_transitions"
            " where from_state_id <> to_state_id",
        )
        likely = [p for (p,) in rows if p >= OPTIONS.min_edge_probability]
        texts = published.texts["transition_graph"]
        edges = [t for t in texts if t.endswith("%")]
        assert Counter(edges) == Counter(f"{100 * p:.1f}%" for p in likely)
        shares = query(
            published.address,
            "select user_share, stay_probability from marts.states where state_id > 0",
        )
        assert_states(
            texts,
            [f"{100 * u:.1f}% of users · {100 * s:.1f}% stay" for u, s in shares],
        )

    def test_state_profiles(self, published: Published) -> None:
        rows = query(
            published.address,
            f"""
            with known as (
                select profiles.* from marts.state_profiles as profiles
                inner join marts.states as states using (state_id)
                where profiles.n_user_weeks >= {MIN_KNOWN_SHARE} * states.n_user_weeks
            )
            select feature, mean_value, standard_deviations_from_everyone
            from known
            where feature in (
                select feature from known
                where abs(standard_deviations_from_everyone) >= {STANDS_OUT}
            )
            """,
        )
        texts = published.texts["state_profiles"]
        rides = [mean for feature, mean, _ in rows if feature == "n_rides"]
        active = [mean for feature, mean, _ in rows if feature == "is_active"]
        assert_states(texts, [f"{mean:.2f}" for mean in rides])
        assert_states(texts, [f"{100 * mean:.0f}%" for mean in active])
        shown = [row for row in rows if row[0] not in REPEATED]
        assert_states(texts, [signed(d) for *_, d in shown if d is not None])
        (everyone,) = {
            mean
            for (mean,) in query(
                published.address,
                "select mean_of_everyone from marts.state_profiles"
                " where feature = 'n_rides'",
            )
        }
        assert_states(texts, [f"{everyone:.2f}"])

    def test_state_sizes(self, published: Published) -> None:
        rows = query(
            published.address,
            "select newest.user_share, newest.user_share - before.user_share"
            " from marts.state_sizes as newest inner join marts.state_sizes as before"
            " on newest.state_id = before.state_id"
            " and newest.week_start = before.week_start + 12 * 7"
            " where newest.week_start ="
            " (select max(week_start) from marts.state_sizes where is_settled)",
        )
        texts = published.texts["state_sizes"]
        assert len(rows) == len(published.marts.states)
        assert texts.count("not settled") == 1
        assert_states(texts, [f"{100 * share:.1f}%" for share, _ in rows])
        assert_states(texts, [signed(100 * change) for _, change in rows])

    def test_the_height_of_a_band_is_the_size_of_its_state(
        self, published: Published
    ) -> None:
        with drawing_style():
            axes = draw("state_sizes", published.marts).axes[0]
        rows = query(
            published.address,
            "select state_id, n_users from marts.state_sizes where week_start ="
            " (select max(week_start) from marts.state_sizes)",
        )
        heights = []
        for band in axes.collections:
            points = np.asarray(band.get_paths()[0].vertices)
            at_the_end = points[points[:, 0] == points[:, 0].max()][:, 1]
            heights.append(round(float(np.ptp(at_the_end))))
        # Drawn from the bottom: state 0, then the states from last to first.
        expected = [n for _, n in sorted(rows, key=lambda row: (row[0] != 0, -row[0]))]
        assert heights == expected

    def test_dominant_states(self, published: Published) -> None:
        for column in ("dominant_state_id", "recent_state_id", "current_state_id"):
            rows = query(
                published.address,
                f"select count(*), sum(count(*)) over ()"
                f" from marts.user_dominant_states where {column} is not null"
                f" group by {column}",
            )
            assert_states(
                published.texts["dominant_states"],
                [f"{100 * n / float(total):.1f}% ({n:,})" for n, total in rows],
            )

    def test_model_selection(self, published: Published) -> None:
        rows = query(
            published.address,
            "select next_week_log_score, smallest_state_share, n_starts_at_best,"
            " n_polished_starts, defects, choice, has_passed_guards, base_log_score"
            " from marts.model_selection",
        )
        texts = published.texts["model_selection"]
        together = " ".join(texts)
        for score, share, at_best, polished, defects, choice, passed, base in rows:
            expected = [
                f"{score:.4f}".replace("-", "−"),
                f"{100 * share:.1f}%",
                f"{at_best} of {polished}",
                "chosen" if passed else "chosen ✗",
                f"{base:.4f}".replace("-", "−"),
            ]
            assert_states(texts, expected)
            assert re.sub(r"(?<!\w)-(?=\d)", "−", choice) in together
            if defects:
                assert defects[:100] in together

    @pytest.mark.parametrize(
        ("figure", "column", "first"),
        [("hourly_rhythm", "hour_of_day", 0), ("weekly_rhythm", "iso_weekday", 1)],
    )
    def test_rhythms(
        self, published: Published, figure: str, column: str, first: int
    ) -> None:
        rows = query(
            published.address,
            f"select state_id, {column}, sum(n_requests)"
            f" / sum(sum(n_requests)) over (partition by state_id)"
            f" from marts.state_rhythms group by state_id, {column}",
        )
        expected = {
            (state, place - first): float(share) for state, place, share in rows
        }
        with drawing_style():
            drawn = draw(figure, published.marts)
        panels = [axes for axes in drawn.axes if axes.get_visible()]
        for axes, state in zip(panels, published.marts.states, strict=True):
            if figure == "hourly_rhythm":
                heights = np.asarray(axes.lines[0].get_ydata())
                n_requests = sum(
                    row.n_requests
                    for row in published.marts.rows(RhythmRow)
                    if row.state_id == state.state_id
                )
                notes = [text.get_text() for text in axes.texts]
                assert notes[0].startswith(f"{n_requests:,} requests, peak at ")
            else:
                # The first patch is the coloured band above the chart.
                bars = [p for p in axes.patches if isinstance(p, Rectangle)][1:]
                heights = np.array([bar.get_height() for bar in bars])
            assert len(heights) == len(expected) / len(published.marts.states)
            for place, height in enumerate(heights):
                assert height == pytest.approx(expected[state.state_id, place])

    def test_state_stays(self, published: Published) -> None:
        with drawing_style():
            drawn = draw("state_stays", published.marts)
        panels = [axes for axes in drawn.axes if axes.get_visible()]
        for axes, state in zip(panels, published.marts.model_states, strict=True):
            rows = query(
                published.address,
                "select longer_share, expected_longer_share from marts.state_stays"
                f" where state_id = {state.state_id} and n_at_risk >= 10"
                " order by n_weeks",
            )
            observed, model = axes.lines[0].get_ydata(), axes.lines[1].get_ydata()
            assert np.asarray(observed) == pytest.approx([1, *(s for s, _ in rows)])
            n = len(rows) + 1
            assert np.asarray(model)[:n] == pytest.approx([1, *(e for _, e in rows)])
        ((n_stays,),) = query(
            published.address,
            "select sum(n_left + n_still_there) from marts.state_stays"
            " where state_id = 1",
        )
        (row,) = query(
            published.address,
            "select min(n_weeks) from marts.state_stays"
            " where state_id = 1 and longer_share <= 0.5",
        )
        median = "not reached" if row[0] is None else f"{row[0]} weeks"
        together = "\n".join(published.texts["state_stays"])
        assert f"{n_stays:,} stays, median {median} (model " in together

    def test_state_outlook(self, published: Published) -> None:
        rows = query(
            published.address,
            "select expected_rides_12_weeks, expected_rides_12_weeks_low,"
            " expected_rides_12_weeks_high, long_run_share"
            " from marts.state_outlook",
        )
        together = "\n".join(published.texts["state_outlook"])
        assert len(rows) == 3
        for rides, low, high, share in rows:
            assert f"{100 * share:.1f}%" in together
            interval = "" if low is None else f" ({low:.1f} to {high:.1f})"
            assert f"{rides:.1f}{interval}" in together

    def test_outlook_backtest(self, published: Published) -> None:
        rows = query(
            published.address,
            "select log_loss, auc_gain, auc_gain_low, auc_gain_high, auc"
            " from marts.outlook_backtest_summary where not is_published"
            f" and target = '{FIRST_TARGET}'",
        )
        texts = published.texts["outlook_backtest"]
        assert len(rows) == len(MODELS) - 1
        for log_loss, *gain, auc in rows:
            shown = [f"{value:+.4f}".replace("-", "−") for value in gain]
            auc_text = f"{shown[0]} ({shown[1]} to {shown[2]}) [{auc:.4f}]"
            assert_states(texts, [auc_text])
            assert f"[{log_loss:.4f}]" in " ".join(texts)
        assert "clearly better than 5 of 6 rivals" in " ".join(texts)
        assert "clearly worse than BG/BB" in " ".join(texts)
        assert (
            f"backtest {MADE_UP.rows(BacktestSummaryRow)[0].backtest_id}"
            in " ".join(texts)
        )

    def test_outlook_calibration(self, published: Published) -> None:
        with drawing_style():
            panels = draw("outlook_calibration", published.marts).axes
        rows = query(
            published.address,
            "select mean_forecast, mean_outcome"
            " from marts.outlook_backtest_calibration where model = 'published'"
            " order by bin",
        )
        assert np.asarray(panels[0].lines[1].get_xydata()) == pytest.approx(
            np.array(rows)
        )
        errors = query(
            published.address,
            "select calibration_error, calibration_slope"
            f" from marts.outlook_backtest_summary where target = '{FIRST_TARGET}'",
        )
        expected = [f"error {100 * error:.1f} points" for error, _ in errors]
        expected += [f"slope {slope:.2f}" for _, slope in errors]
        ((least, most),) = query(
            published.address,
            "select min(n_user_weeks), max(n_user_weeks)"
            " from marts.outlook_backtest_calibration where model = 'published'",
        )
        expected.append(
            f"n = {least:,}" if least == most else f"n = {least:,}–{most:,}"
        )
        assert_states(published.texts["outlook_calibration"], expected)

    def test_propensity_importance(self, published: Published) -> None:
        rows = query(
            published.address,
            "select feature, sum(importance) / sum(sum(importance)) over ()"
            " from marts.propensity_importance where target = 'purchase'"
            " group by feature order by 2 desc",
        )
        with drawing_style():
            panels = draw("propensity_importance", published.marts).axes
        (axes,) = [p for p in panels if p.get_title("left").startswith("Who will buy")]
        widths = [p.get_width() for p in axes.patches if isinstance(p, Rectangle)]
        assert widths == pytest.approx([share for _, share in rows])

    def test_propensity_beeswarm(self, published: Published) -> None:
        rows = query(
            published.address,
            "select contribution from marts.propensity_points"
            " where target = 'purchase' and mod(point_number, 2) = 1",
        )
        with drawing_style():
            panels = draw("propensity_beeswarm", published.marts).axes
        (axes,) = [p for p in panels if p.get_title("left").startswith("Who will buy")]
        drawn = [
            float(x)
            for dots in axes.collections
            for x, _ in np.asarray(dots.get_offsets())
        ]
        assert sorted(drawn) == pytest.approx(sorted(x for (x,) in rows))

    def test_propensity_calibration(self, published: Published) -> None:
        rows = query(
            published.address,
            "select mean_forecast, observed_rate from marts.propensity_tenths"
            " where target = 'purchase' order by tenth",
        )
        with drawing_style():
            panels = draw("propensity_calibration", published.marts).axes
        (place,) = [
            number
            for number, axes in enumerate(panels)
            if axes.get_title("left").startswith("Who will buy")
        ]
        assert np.asarray(panels[place].lines[1].get_xydata()) == pytest.approx(
            np.array(rows)
        )
        weeks = query(
            published.address,
            "select observed_rate from marts.propensity_calibration"
            " where target = 'purchase' and evidence = 'live'"
            " order by as_of_week_start",
        )
        live = panels[place + 1].lines[3]
        assert np.asarray(live.get_ydata()) == pytest.approx([r for (r,) in weeks])
        ((n_rows,),) = query(
            published.address,
            "select cast(sum(n_rows) as bigint) from marts.propensity_tenths"
            " where target = 'purchase'",
        )
        assert f"n = {n_rows:,}" in published.texts["propensity_calibration"]

    def test_pairs_of_states(self, published: Published) -> None:
        rows = query(
            published.address,
            "select expected_weeks_to_reach, associational_rides_gained_12_weeks"
            " from marts.state_pair_outlook",
        )
        assert len(rows) == 6
        weeks = [
            "over 5 years" if w > 260 else f"{w:,.0f}" if w >= 10 else f"{w:.1f}"
            for w, _ in rows
            if w
        ]
        assert_states(published.texts["weeks_to_reach"], weeks)
        assert_states(published.texts["rides_gained"], [signed(r) for _, r in rows])


@pytest.mark.parametrize("n_states", [2, 13])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_overlaps_another_or_leaves_the_figure(
    name: str, n_states: int
) -> None:
    figure = drawn_with_long_names(name, n_states)
    boxes = [(text, text_corners(text)) for text in visible_texts(figure)]
    assert len(boxes) > 8
    size = np.array([figure.bbox.width, figure.bbox.height])
    outside = [
        text.get_text()
        for text, corners in boxes
        if (corners < -1).any() or (corners > size + 1).any()
    ]
    assert outside == []
    overlapping = [
        (a.get_text(), b.get_text())
        for i, (a, corners) in enumerate(boxes)
        for b, others in boxes[:i]
        if overlap(corners, others)
    ]
    assert overlapping == []


@cache
def drawn_with_long_names(name: str, n_states: int) -> Figure:
    """Draw and lay out a figure of states with names of 40 and 58 characters."""
    names = [f"{(LONG, LONGER, LONGER)[i % 3]}{i % 10}" for i in range(n_states)]
    assert {len(state_name) for state_name in names} == {40, 58}
    with drawing_style():
        figure = draw(name, made_up_marts(names))
        figure.set_dpi(72)
        figure.canvas.draw()
    return figure


def visible_texts(figure: Figure) -> list[Text]:
    """Return the drawn texts, without labels of ticks out of view."""
    hidden: set[Text] = set()
    for axes in figure.axes:
        if not axes.get_visible():
            hidden.update(axes.findobj(Text))
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not (axes.axison and low <= tick.get_loc() <= high):
                    hidden.update((tick.label1, tick.label2))
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in hidden
    ]


def text_corners(text: Text) -> np.ndarray:
    """Return the corners of a text in pixels, shape (4, 2), even if it is rotated."""
    angle = text.get_rotation()
    if angle % 90 == 0:
        return np.asarray(text.get_window_extent().corners())[[0, 1, 3, 2]]
    # It is rotated around its anchor.
    assert text.get_rotation_mode() == "anchor"
    text.set_rotation(0)
    level = text.get_window_extent().corners()[[0, 1, 3, 2]]
    text.set_rotation(angle)
    anchor = text.get_transform().transform(text.get_unitless_position())
    turn = Affine2D().rotate_deg_around(anchor[0], anchor[1], angle)
    return np.asarray(turn.transform(level))


def overlap(corners: np.ndarray, others: np.ndarray, slack: float = 1.0) -> bool:
    """Whether two convex quadrilaterals overlap by more than some pixels.

    They do not overlap if a line parallel to a side separates them (separating axis
    theorem).
    """
    for shape in (corners, others):
        sides = np.roll(shape, -1, axis=0) - shape
        for x, y in sides:
            length = np.hypot(x, y)
            normal = np.array([-y, x]) / max(length, 1e-9)
            a, b = corners @ normal, others @ normal
            if a.max() - b.min() <= slack or b.max() - a.min() <= slack:
                return False
    return True


class TestColours:
    def test_colours_of_states_follow_the_lineage(self, published: Published) -> None:
        """A state has the colour of its place, and no two share one."""
        *states, not_started = published.marts.states
        assert len(states) == 3
        assert len({state.place for state in states}) == 3
        assert [state.style for state in states] == [
            palette.style_at(state.place) for state in states
        ]
        assert not_started.style == palette.style_at(0)
        assert {step.state_key for step in published.marts.rows(LineageRow)} == {
            state.state_key for state in states
        }

    @pytest.mark.parametrize(
        "name", [name for name in FIGURES if name not in WITHOUT_STATES]
    )
    def test_a_state_has_its_colour_in_every_figure(self, name: str) -> None:
        figure = drawn_with_long_names(name, 13)
        faces = {
            to_hex(colour)
            for patch in figure.findobj(Patch) + figure.findobj(Collection)
            for colour in to_rgba_array(patch.get_facecolor())
        } | {to_hex(line.get_markerfacecolor()) for line in figure.findobj(Line2D)}
        for state_id in range(1, 14):
            assert palette.style_at(state_id).colour in faces

    def test_the_chosen_number_of_states_and_defects_are_shown(
        self, tmp_path: Path
    ) -> None:
        marts = made_up_marts(["A", "B", "C"])
        with drawing_style():
            path, _ = save(draw("model_selection", marts), tmp_path, "selection")
        texts = svg_texts(path)
        verdicts = [t for t in texts if t in ("chosen", "failed ✗", "passed")]
        assert verdicts == [
            "failed ✗",
            "failed ✗",
            "chosen",
            "failed ✗",
            "failed ✗",
        ]
        assert "✗ 2 states: state 2: holds too little" in texts


class TestReadable:
    @pytest.mark.parametrize(
        "name",
        ["transition_heatmap", "weeks_to_reach", "rides_gained", "state_profiles"],
    )
    def test_the_text_of_a_cell_has_enough_contrast(self, name: str) -> None:
        axes = drawn_with_long_names(name, 13).axes[0]
        cells = {
            (round(patch.get_y() + 0.5), round(patch.get_x() + 0.5)): to_hex(
                patch.get_facecolor()
            )
            for patch in axes.patches
            if isinstance(patch, Rectangle) and patch.get_width() == 1
        }
        texts = [text for text in axes.texts if is_in(text, cells)]
        assert len(texts) >= 13 * 5
        for text in texts:
            x, y = text.get_position()
            on = palette.relative_luminance(cells[round(y), round(x)])
            ink = palette.relative_luminance(to_hex(text.get_color()))
            contrast = (max(on, ink) + 0.05) / (min(on, ink) + 0.05)
            assert contrast >= 4.5, text.get_text()

    def test_names_are_horizontal_if_they_fit(self) -> None:
        for n_states, rotation in ((2, 0), (13, 45)):
            axes = drawn_with_long_names("transition_heatmap", n_states).axes[0]
            heads = [t for t in axes.texts if t.get_position()[1] < -0.5]
            assert len(heads) == n_states
            assert {t.get_rotation() for t in heads} == {rotation}

    def test_a_mean_of_few_of_the_states_weeks_is_not_shown(
        self, tmp_path: Path
    ) -> None:
        marts = made_up_marts(["A", "B"])
        coupons, *others = marts.rows(ProfileRow)
        thin = dataclasses.replace(coupons, n_user_weeks=1, mean_value=98765.4)
        marts = with_rows(marts, {ProfileRow: (thin, *others)})
        with drawing_style():
            path, _ = save(draw("state_profiles", marts), tmp_path, "profiles")
        texts = svg_texts(path)
        assert texts.count("few weeks") == 1
        assert not any("98765" in text.replace(",", "") for text in texts)

    def test_features_without_information_are_named_below_the_profiles(
        self, tmp_path: Path
    ) -> None:
        marts = made_up_marts(["A", "B"])
        nothing = {"mean_value": None, "mean_of_everyone": None}
        changes: dict[str, dict[str, Any]] = {
            "weekend_share": nothing,
            "is_active": {},
        }
        profiles = tuple(
            dataclasses.replace(
                row,
                standard_deviations_from_everyone=None,
                **changes[row.feature],
            )
            if row.feature in changes
            else row
            for row in marts.rows(ProfileRow)
        )
        marts = with_rows(marts, {ProfileRow: profiles})
        with drawing_style():
            path, _ = save(draw("state_profiles", marts), tmp_path, "profiles")
        texts = svg_texts(path)
        assert "Rides" in texts
        assert "Rode in the week" not in texts
        assert (
            "Left out, without data: At weekends so far. "
            "Left out, nearly the same in all states: Rode in the week. "
        ) in " ".join(texts)


def is_in(text: Text, cells: Container[tuple[int, int]]) -> bool:
    """Whether a text is in one of these cells, given as (row, column)."""
    x, y = text.get_position()
    return (round(y), round(x)) in cells and y > -0.5 and x > -0.5


class TestNames:
    def test_a_name_is_always_plain_text(self, tmp_path: Path) -> None:
        marts = made_up_marts([NASTY, "B"])
        for name in sorted(set(FIGURES) - set(WITHOUT_STATES)):
            path = tmp_path / f"{name}.svg"
            with drawing_style():
                draw(name, marts).savefig(path)
            together = " ".join(svg_texts(path))
            for word in NASTY.split():
                assert word in together, name
            tags = {
                element.tag.split("}")[-1] for element in ElementTree.parse(path).iter()
            }
            assert not tags & {"img", "image", "script", "foreignObject"}

    def test_every_text_names_fallback_fonts(self, tmp_path: Path) -> None:
        marts = made_up_marts(["font-family: 'DejaVu Sans'", "B"])
        with drawing_style():
            path, _ = save(draw("state_sizes", marts), tmp_path, "sizes")
        styles = [
            element.get("style", "")
            for element in ElementTree.parse(path).iter(f"{SVG}text")
        ]
        assert len(styles) > 20
        for style in styles:
            assert "font-family: 'DejaVu Sans', Verdana, sans-serif" in style
        assert "font-family: 'DejaVu Sans'" in svg_texts(path)

    def test_a_long_name_is_wrapped_and_a_very_long_one_is_cut(self) -> None:
        assert wrapped(f"{LONG}1", 22, 2) == "Weekend evenings,\ncash, rides twice a m1"
        lines = wrapped("word " * 40, 20, 2).split("\n")
        assert len(lines) == 2
        assert lines[1].endswith("…")
        assert max(map(len, lines)) <= 20


class TestEmptyMarts:
    def test_before_the_first_fit_each_figure_says_so(self, tmp_path: Path) -> None:
        outcomes = list(draw_figures(empty_marts(), OPTIONS, tmp_path, FIGURES))
        assert [outcome.name for outcome in outcomes] == list(FIGURES)
        for outcome in outcomes:
            assert outcome.paths == []
            assert outcome.problem
            assert any(mart in outcome.problem for mart in MARTS)
        assert list(tmp_path.iterdir()) == []

    def test_a_warehouse_without_marts_is_an_error_that_says_what_to_do(
        self, panel_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        with pytest.raises(
            UserError, match=r"no table .*state_sizes.*run `make build`"
        ):
            read_marts(project, [])


class TestGraph:
    EDGES: ClassVar = {
        (i, j): 0.01 * i for i in range(1, 8) for j in range(1, 8) if i < j
    }

    @pytest.fixture(params=["graphviz", "circle"])
    def layout(self, request: pytest.FixtureRequest) -> GraphLayout:
        programs = None if request.param == "graphviz" else ["no-such-program"]
        return lay_out(range(1, 8), self.EDGES, (2.0, 1.3), (0.44, 0.18), programs)

    def test_every_edge_exists_and_no_two_nodes_or_labels_overlap(
        self, layout: GraphLayout
    ) -> None:
        assert set(layout.nodes) == set(range(1, 8))
        assert set(layout.routes) == set(self.EDGES)
        for size, places in (
            ((2.0, 1.3), list(layout.nodes.values())),
            ((0.44, 0.18), [route.label for route in layout.routes.values()]),
        ):
            for number, (x, y) in enumerate(places):
                for other_x, other_y in places[:number]:
                    apart = abs(x - other_x) / size[0], abs(y - other_y) / size[1]
                    assert max(apart) >= 0.99

    def test_a_route_leads_from_node_to_node(self, layout: GraphLayout) -> None:
        for (start, end), route in layout.routes.items():
            for node, point in ((start, route.curve[0]), (end, route.curve[-1])):
                x, y = layout.nodes[node]
                assert abs(point[0] - x) <= 1.0 + 0.05
                assert abs(point[1] - y) <= 0.65 + 0.05
            assert len(route.curve) % 3 == 1

    def test_on_a_circle_no_route_passes_behind_another_node(self) -> None:
        size = (2.4, 0.8)
        # Moves that skip one or two neighbours, which are in the way.
        edges = {
            (i, j): 0.1
            for i in range(1, 14)
            for j in range(1, 14)
            if 0 < abs(i - j) <= 3
        }
        layout = lay_out(range(1, 14), edges, size, (0.44, 0.18), ["no-such-program"])
        for (start, end), route in layout.routes.items():
            for node, place in layout.nodes.items():
                if node not in (start, end):
                    apart = np.abs(points_along(route.curve) - place)
                    assert not (apart < np.array(size) / 2).all(axis=1).any()

    def test_the_graphviz_package_has_a_program(self) -> None:
        programs = graphviz_programs()
        assert Path(programs[0]).name == "graphviz-pure"
        layout = lay_out([1, 2], {(1, 2): 0.1}, (2.0, 1.3), (0.4, 0.2))
        assert layout.program == "graphviz-pure"
        assert layout.problems == ()

    def test_without_graphviz_the_figure_uses_a_circle_and_says_so(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = tmp_path / "dot"
        broken.write_text("#!/bin/sh\necho 'no fonts' >&2\nexit 1\n")
        broken.chmod(0o755)
        marts = made_up_marts(["A", "B", "C"])
        layout = lay_out([1], {}, (2, 1), (0.4, 0.2), ["no-such-dot", str(broken)])
        assert layout.program is None
        assert "no-such-dot" in layout.problems[0]
        assert "no fonts" in layout.problems[1]
        with drawing_style():
            figure = draw_transition_graph(marts, 0.01, [str(broken)])
            texts = svg_texts(save(figure, tmp_path, "graph")[0])
        assert "on a circle, because Graphviz could not be run" in " ".join(texts)
        assert "no fonts" in caplog.messages[-1]
        n_edges = sum(
            pair.probability >= 0.01 and pair.from_state_id != pair.to_state_id
            for pair in marts.rows(TransitionRow)
        )
        assert sum(text.endswith("%") for text in texts) == n_edges

    def test_the_threshold_omits_thin_edges_and_counts_them(
        self, tmp_path: Path
    ) -> None:
        marts = made_up_marts([f"State {i}" for i in range(1, 9)])
        moves = [
            pair.probability
            for pair in marts.rows(TransitionRow)
            if pair.from_state_id != pair.to_state_id
        ]
        for threshold in (0.005, 0.05):
            n_drawn = sum(p >= threshold for p in moves)
            with drawing_style():
                figure = draw_transition_graph(marts, threshold)
                texts = svg_texts(save(figure, tmp_path, "graph")[0])
            assert sum(text.endswith("%") for text in texts) == n_drawn
            assert (
                f"{n_drawn} moves are drawn; {len(moves) - n_drawn} below "
                f"{percent(threshold)} are left out"
            ) in " ".join(texts)


def test_equal_marts_give_equal_files(tmp_path: Path) -> None:
    marts = made_up_marts(["A", "B", "C"])
    contents = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        list(draw_figures(marts, OPTIONS, folder, ["state_sizes", "transition_graph"]))
        contents.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert len(contents[0]) == 4
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([0, 5, 10], [0, 5, 10]),
        ([4, 5, 6], [3, 5, 7]),
        ([0, 0, 0], [0, 2, 4]),
        ([10, 10], [8, 10]),
        ([], []),
    ],
)
def test_labels_are_spread_as_little_as_needed(
    positions: list[float], expected: list[float]
) -> None:
    assert spread(positions, 2, 0, 10) == pytest.approx(expected)


def test_an_unknown_figure_is_an_error() -> None:
    with pytest.raises(UserError, match=r"found 'x'.*expected names out of .*--only"):
        chosen_figures(["state_sizes", "x"])
    assert chosen_figures([]) == list(FIGURES)


def test_the_command_line_draws_the_requested_figures(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    arguments = ["plot_states.py", "--out", str(tmp_path), "--only", "state_stays"]
    with (
        patch.object(sys, "argv", arguments),
        patch.object(DbtProject, "load", return_value=project),
        caplog.at_level("INFO", logger="user_states"),
    ):
        plot_states.main()
    assert {p.name for p in tmp_path.iterdir()} == {
        "state_stays.svg",
        "state_stays.png",
    }
    assert f"1 of 1 figures in {tmp_path}" in caplog.text


def test_one_figure_reads_its_mart_and_the_marts_that_all_need(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    arguments = ["plot_states.py", "--out", str(tmp_path), "--only", "state_stays"]
    with (
        patch.object(sys, "argv", arguments),
        patch.object(DbtProject, "load", return_value=project),
        patch("user_states.marts.mart_reader.fetch_all", wraps=fetch_all) as queries,
    ):
        plot_states.main()
    read = [
        re.findall(r'"marts"\."(\w+)"', call.args[1]) for call in queries.call_args_list
    ]
    # Colours, newest week and run, the figure's own mart, states.
    assert sorted(read) == [
        ["state_lineage"],
        ["state_sizes"],
        ["state_stays"],
        ["states"],
    ]
    (newest,) = [
        call.args[1] for call in queries.call_args_list if "state_sizes" in call.args[1]
    ]
    assert "max(week_start)" in newest


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_reads_exactly_what_it_declares(name: str) -> None:
    marts = marts_as_declared(FIGURES[name].reads)
    with drawing_style():
        draw(name, marts)
    assert set(FIGURES[name].reads) <= marts.classes_read


def test_a_figure_is_in_the_module_of_its_name() -> None:
    for name, picture in FIGURES.items():
        assert name == picture.name
        module = importlib.import_module(f"user_states.figures.{name}")
        assert module.PICTURE is picture
