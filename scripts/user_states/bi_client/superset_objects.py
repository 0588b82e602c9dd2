"""Puts marts, charts and a dashboard into Superset, again and again the same ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from user_states.bi_client.charts import Chart
from user_states.bi_client.superset_api import SupersetApi
from user_states.bi_client.superset_charts import (
    chart_params,
    chart_type,
    dashboard_places,
)
from user_states.console import progress_bar
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

DASHBOARD_NAME = "User States"
SLUG = "user-states"


def write_dashboard(
    project: DbtProject, api: SupersetApi, warehouse_url: str, charts: Sequence[Chart]
) -> str:
    """Create or renew the connection, a dataset for every mart, charts and dashboard.

    What somebody added in Superset stays; what this made before is changed in place.

    Parameters
    ----------
    project : DbtProject
        Its marts must exist.
    api : SupersetApi
    warehouse_url : str
        SQLAlchemy URL by which Superset reads the marts, as a role that may only read.
    charts : sequence of Chart

    Returns
    -------
    str
        The address of the dashboard.

    Raises
    ------
    UserError
        If Superset refuses a call.
    """
    marts = project.marts()
    with progress_bar(
        len(marts) + len(charts), "writing to Superset", "objects"
    ) as bar:
        database = _write(
            api, "database", _database(warehouse_url), database_name=DASHBOARD_NAME
        )
        datasets = {}
        for mart in marts:
            datasets[mart] = _write_dataset(project, api, database, mart)
            bar.update()
        content = {"dashboard_title": DASHBOARD_NAME, "slug": SLUG, "published": True}
        dashboard = _write(api, "dashboard", content, slug=SLUG)
        chart_ids = {}
        for chart in charts:
            chart_ids[chart.title] = _write_chart(
                api, chart, datasets[chart.mart], dashboard
            )
            bar.update()
    places = json.dumps(dashboard_places(DASHBOARD_NAME, charts, chart_ids))
    api.change("dashboard", dashboard, {"position_json": places})
    logger.info("%d datasets, %d charts, 1 dashboard", len(datasets), len(chart_ids))
    return f"{api.url}/superset/dashboard/{SLUG}/"


def _write(
    api: SupersetApi, kind: str, content: dict[str, object], **columns: str
) -> int:
    """Create an object, or change the one that has these columns; return its id."""
    found = api.find(kind, **columns)
    if found is None:
        return api.create(kind, content)
    api.change(kind, found, content)
    return found


def _database(warehouse_url: str) -> dict[str, object]:
    # Dates are days everywhere then, whatever the time zone of the server.
    in_utc = {"engine_params": {"connect_args": {"options": "-c timezone=UTC"}}}
    return {
        "database_name": DASHBOARD_NAME,
        "sqlalchemy_uri": warehouse_url,
        "extra": json.dumps(in_utc),
        "allow_dml": False,
    }


def _write_dataset(
    project: DbtProject, api: SupersetApi, database: int, mart: str
) -> int:
    """Write a dataset of a mart: comments of columns arrive, a table's do not."""
    found = api.find("dataset", table_name=mart, schema=project.schema_of(mart))
    if found is None:
        content = {
            "database": database,
            "schema": project.schema_of(mart),
            "table_name": mart,
        }
        found = api.create("dataset", content)
    else:
        api.refresh_columns(found)
    api.change("dataset", found, {"description": project.description_of(mart)})
    return found


def _write_chart(api: SupersetApi, chart: Chart, dataset: int, dashboard: int) -> int:
    content: dict[str, object] = {
        "slice_name": chart.title,
        "description": chart.description,
        "viz_type": chart_type(chart),
        "datasource_id": dataset,
        "datasource_type": "table",
        "params": json.dumps(chart_params(chart, dataset)),
        "dashboards": [dashboard],
    }
    return _write(api, "chart", content, slice_name=chart.title)
