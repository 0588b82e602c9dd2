"""The dashboard in Superset: what is sent, without a Superset."""

from __future__ import annotations

import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from user_states.bi_client.charts import CHARTS, Chart
from user_states.bi_client.superset_api import SupersetApi
from user_states.bi_client.superset_charts import chart_params, dashboard_places
from user_states.bi_client.superset_dashboard import NAME, write_dashboard
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


class FakeSuperset(SupersetApi):
    """Keeps in memory what Superset would store."""

    def __init__(self) -> None:
        self.url = "http://superset.test"
        self.objects: dict[str, dict[int, dict[str, Any]]] = {}
        self.n_refreshed = 0

    def find(self, kind: str, **columns: str) -> int | None:
        for object_id, content in self.objects.get(kind, {}).items():
            if content | columns == content:
                return object_id
        return None

    def create(self, kind: str, content: dict[str, Any]) -> int:
        stored = self.objects.setdefault(kind, {})
        stored[len(stored) + 1] = dict(content)
        return len(stored)

    def change(self, kind: str, object_id: int, content: dict[str, Any]) -> None:
        self.objects[kind][object_id].update(content)

    def refresh_columns(self, dataset_id: int) -> None:
        self.n_refreshed += 1


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_chart_reads_existing_columns_of_one_mart(
    chart: Chart, project: DbtProject
) -> None:
    assert chart.mart in project.marts()
    assert chart.columns_read <= set(project.columns_of(chart.mart))
    assert bool(chart.columns) == (chart.kind == "table")
    assert bool(chart.metrics) != bool(chart.columns)
    params = chart_params(chart, 7)
    assert params["datasource"] == "7__table"
    # No SQL: every metric and filter is a column and what is done with it.
    text = json.dumps(params)
    n_simple = Counter(text.split('"'))["SIMPLE"]
    assert n_simple == len(chart.metrics) + len(chart.equals) + len(chart.is_null)
    assert '"SQL"' not in text


def test_charts_of_weekly_marts_do_not_add_up_weeks() -> None:
    """A sum over all weeks would count users again and again."""
    for chart in CHARTS:
        filtered = {column for column, _ in chart.equals}
        if chart.mart.startswith("state_sizes") and chart.x != "month_start":
            assert chart.x == "week_start" or "is_latest_week" in filtered
        if chart.mart in ("growth_accounting", "forecast_results"):
            assert {"period_weeks", "weeks_ahead"} & filtered


def test_the_dashboard_has_every_chart_once() -> None:
    assert len({chart.title for chart in CHARTS}) == len(CHARTS)
    ids = {chart.title: number for number, chart in enumerate(CHARTS, start=1)}
    places = dashboard_places(NAME, CHARTS, ids)
    placed = [p["meta"] for p in places.values() if isinstance(p, dict)
              and p["type"] == "CHART"]  # fmt: skip
    assert sorted(place["chartId"] for place in placed) == sorted(ids.values())
    for row_id in places["GRID_ID"]["children"]:
        widths = [places[cell]["meta"]["width"] for cell in places[row_id]["children"]]
        assert 0 < sum(widths) <= 12


def test_writing_again_changes_what_is_there(project: DbtProject) -> None:
    api = FakeSuperset()
    addresses = {
        write_dashboard(project, api, f"postgresql://reader@host/{name}", CHARTS)
        for name in ("first", "second")
    }
    assert addresses == {"http://superset.test/superset/dashboard/user-states/"}
    n_objects = {kind: len(stored) for kind, stored in api.objects.items()}
    assert n_objects == {
        "database": 1,
        "dataset": len(project.marts()),
        "chart": len(CHARTS),
        "dashboard": 1,
    }
    assert api.n_refreshed == len(project.marts())
    database = api.objects["database"][1]
    assert database["sqlalchemy_uri"].endswith("/second")
    assert "timezone=UTC" in database["extra"]
    for dataset in api.objects["dataset"].values():
        described = project.description_of(dataset["table_name"])
        assert dataset["description"] == described != ""


class _Answers(BaseHTTPRequestHandler):
    """Answers like Superset: tokens, then a refusal that has a reason."""

    def do_POST(self) -> None:
        self._answer(
            200 if self.path.endswith("/login") else 422, {"access_token": "t"}
        )

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer t"
        self._answer(200, {"result": "token", "ids": [3]})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        if status != 200:
            assert self.headers["X-CSRFToken"] == "token"
            content = {"message": "no rights"}
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_refusals_of_superset_are_clear() -> None:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        api = SupersetApi(f"http://127.0.0.1:{server.server_port}/", "admin", "x")
        assert api.find("chart", slice_name="it's (one), two") == 3
        with pytest.raises(UserError, match=r"refused POST chart/ .*422.*no rights"):
            api.create("chart", {"slice_name": "a"})
        server.shutdown()
    with pytest.raises(UserError, match=r"no Superset at .*make superset"):
        SupersetApi("http://127.0.0.1:1", "admin", "x")
    with pytest.raises(UserError, match="expected one such as"):
        SupersetApi("file:///etc", "admin", "x")
