"""The explorer's page: its sections filled from the marts, all in one file."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from user_states.errors import UserError
from user_states.explorer import inline
from user_states.explorer.all_sections import SECTIONS
from user_states.explorer.charts import FONT, PATTERNS, Chart
from user_states.explorer.section import PageOptions, Section, View
from user_states.explorer.words import (
    bar_length,
    counted,
    decimal,
    in_reading_order,
    shortened,
)
from user_states.marts.marts import Marts
from user_states.marts.texts import percent, signed
from user_states.marts.weeks_ahead import (
    stay_in_words,
    weeks_in_words,
    weeks_interval,
)
from user_states.selection.starts_in_words import starts_in_words

MAX_BYTES = 8_000_000

Views = Mapping[Section, View]


def build_page(marts: Marts, options: PageOptions) -> str:
    """Return the page as HTML.

    Raises
    ------
    UserError
        If no model has been fitted, or the page would be larger than `MAX_BYTES`.
    """
    if not marts.model_states or marts.as_of_week is None:
        raise UserError(
            "found no states in the marts; expected those of a fitted model: run "
            "`make run`, or scripts/fit_hmm.py and then `make build`"
        )
    page = _fill(marts.as_of_week, page_views(marts, options))
    size = len(page.encode())
    if size > MAX_BYTES:
        raise UserError(
            f"the page has {size:,} bytes; expected at most {MAX_BYTES:,}: lower the "
            "vars explorer_journeys, explorer_journey_weeks or flow_weeks_back"
        )
    return page


def page_views(marts: Marts, options: PageOptions) -> dict[Section, View]:
    """Return what each section shows."""
    return {section: section.view(marts, options) for section in SECTIONS}


def page_charts(views: Views) -> dict[str, Chart]:
    """Return every chart of the page by its name."""
    return {
        name: chart for view in views.values() for name, chart in view.charts.items()
    }


def _fill(week: datetime.date, views: Views) -> str:
    script, own, style = (
        inline.plotly_script(),
        inline.own_script(),
        inline.own_style(),
    )
    content: dict[str, Any] = {
        "font": FONT,
        "charts": {name: asdict(chart) for name, chart in page_charts(views).items()},
    }
    for view in views.values():
        content |= view.script_data
    environment = _environment()
    parts = [
        Markup(environment.get_template(section.template).render(view=view))
        for section, view in views.items()
    ]
    return environment.get_template("page.html.j2").render(
        week=week,
        last_day=week + datetime.timedelta(days=6),
        views=views,
        parts_of_page=parts,
        policy=inline.content_security_policy([script, own], [style]),
        plotly_script=script,
        own_script=own,
        own_style=style,
        styles_to_take=inline.styles_to_take(script),
        content=inline.as_json(content),
    )


def _finalized(value: Any) -> Any:
    """Return a value as templates write it; scripts stay as they were hashed."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return in_reading_order(value)
    return value


def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("user_states.explorer", folder)
                for folder in ("templates", "sections")
            ]
        ),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, Any] = {
        "percent": percent,
        "signed": signed,
        "decimal": decimal,
        "counted": counted,
        "shortened": shortened,
        "bar_length": bar_length,
        "starts_in_words": starts_in_words,
        "stay_in_words": stay_in_words,
        "weeks_in_words": weeks_in_words,
        "weeks_interval": weeks_interval,
        "hatches": [hatch for hatch in PATTERNS if hatch],
    }
    environment.globals.update(helpers)
    return environment
