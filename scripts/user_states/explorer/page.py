"""The explorer's page: templates filled from the marts, and all of it in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from user_states.errors import UserError
from user_states.explorer import inline
from user_states.explorer.audience_view import audience_views
from user_states.explorer.charts import FONT, PATTERNS, Chart
from user_states.explorer.key_figures import TwoWeeks, key_figures
from user_states.explorer.moves import flow_content, flows, graph
from user_states.explorer.overview_charts import sizes_over_time, treemap
from user_states.explorer.quality_charts import backtest_gains, calibration, selection
from user_states.explorer.quality_view import (
    became,
    check_lines,
    chosen_number,
    drift_limit,
)
from user_states.explorer.state_charts import by_hour, by_weekday, fingerprint, stay
from user_states.explorer.state_view import state_views
from user_states.explorer.user_queries import Relation
from user_states.explorer.who_is_counted import who_is_counted
from user_states.explorer.words import (
    bar_length,
    counted,
    decimal,
    in_reading_order,
    shortened,
)
from user_states.marts.candidate_marks import marks_in_words
from user_states.marts.forecast_models import model_meaning, model_words, ordered
from user_states.marts.mart_data import MartData
from user_states.marts.texts import percent, signed, with_minus
from user_states.marts.weeks_ahead import weeks_in_words, weeks_interval

MAX_BYTES = 8_000_000


@dataclass(frozen=True)
class PageOptions:
    """What the project says of the page.

    Attributes
    ----------
    relation : callable
        From a mart's name to how SQL calls it in this target.
    min_edge_probability : float
        Where the slider of the transition graph begins.
    """

    relation: Relation
    min_edge_probability: float


def build_page(data: MartData, options: PageOptions) -> str:
    """Return the page as HTML.

    Raises
    ------
    UserError
        If no model has been fitted, or the page would be larger than `MAX_BYTES`.
    """
    if not data.model_states or data.as_of_week is None:
        raise UserError(
            "found no states in the marts; expected those of a fitted model: run "
            "`make run`, or scripts/fit_hmm.py and then `make build`"
        )
    page = _fill(data, options)
    size = len(page.encode())
    if size > MAX_BYTES:
        raise UserError(
            f"the page has {size:,} bytes; expected at most {MAX_BYTES:,}: lower the "
            "vars explorer_journeys, explorer_journey_weeks or flow_weeks_back"
        )
    return page


def page_charts(data: MartData) -> Mapping[str, Chart]:
    """Return every chart of the page by its name."""
    charts = {
        "treemap-users": treemap(data, by_rides=False),
        "treemap-rides": treemap(data, by_rides=True),
        "sizes-users": sizes_over_time(data, as_shares=False),
        "sizes-shares": sizes_over_time(data, as_shares=True),
        "backtest": backtest_gains(data),
        "calibration": calibration(data),
        "selection": selection(data),
    }
    for state in data.states:
        charts[f"fingerprint-{state.state_id}"] = fingerprint(data, state)
        charts[f"hours-{state.state_id}"] = by_hour(data, state)
        charts[f"weekdays-{state.state_id}"] = by_weekday(data, state)
        charts[f"stay-{state.state_id}"] = stay(data, state)
    return {name: chart for name, chart in charts.items() if chart.data}


def _fill(data: MartData, options: PageOptions) -> str:
    script, own, style = (
        inline.plotly_script(),
        inline.own_script(),
        inline.own_style(),
    )
    charts = page_charts(data)
    moves: dict[str, Any] = {
        "flows": flows(data),
        "graph": graph(data, options.min_edge_probability),
    }
    content = {
        "charts": {name: asdict(chart) for name, chart in charts.items()},
        "font": FONT,
        "flows": flow_content(moves["flows"], data),
        "graph": moves["graph"],
    }
    return (
        _environment(data)
        .get_template("page.html.j2")
        .render(
            data=data,
            charts=charts,
            moves=moves,
            key_figures=key_figures(data),
            two_weeks=TwoWeeks.of(data),
            views=state_views(data, options.relation),
            audiences=audience_views(data, options.relation),
            checks=check_lines(data),
            drift_limit=drift_limit(data),
            chosen=chosen_number(data),
            who_is_counted=who_is_counted(data),
            largest_share=_largest_share(data),
            models=ordered(data.backtest_summaries),
            shown_run=data.shown_run,
            min_edge_probability=options.min_edge_probability,
            policy=inline.content_security_policy([script, own], [style]),
            plotly_script=script,
            own_script=own,
            own_style=style,
            styles_to_take=inline.styles_to_take(script),
            content=inline.as_json(content),
        )
    )


def _largest_share(data: MartData) -> float:
    shares = [share for s in data.states for share in (s.user_share, s.ride_share)]
    return max((share for share in shares if share and isfinite(share)), default=1.0)


def _finalized(value: Any) -> Any:
    """Return a value as templates write it; scripts stay as their hashes know them."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return in_reading_order(value)
    return value


def _environment(data: MartData) -> Environment:
    environment = Environment(
        loader=PackageLoader("user_states.explorer"),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, Any] = {
        "percent": percent,
        "weeks_in_words": weeks_in_words,
        "weeks_interval": weeks_interval,
        "signed": signed,
        "bar_length": bar_length,
        "counted": counted,
        "decimal": decimal,
        "shortened": shortened,
        "with_minus": with_minus,
        "became": became,
        "marks_in_words": marks_in_words,
        "model_words": model_words,
        "model_meaning": model_meaning,
        "style_of": data.style_of,
        "hatches": [hatch for hatch in PATTERNS if hatch],
    }
    environment.globals.update(helpers)
    return environment
