"""Charts as Superset stores them, and their places on a dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.bi_client.charts import Chart, Kind, Metric

_TYPES: dict[Kind, str] = {
    "areas": "echarts_area",
    "bars": "echarts_timeseries_bar",
    "heatmap": "heatmap_v2",
    "lines": "echarts_timeseries_line",
    "number": "big_number_total",
    "table": "table",
}
_ROW_LIMIT = 50_000
_ROW_WIDTH = 12
# In units of the dashboard's grid.
_HEIGHTS: dict[Kind, int] = {"number": 20, "table": 32}
_HEIGHT = 56


def chart_type(chart: Chart) -> str:
    """Return Superset's name of a kind of chart."""
    return _TYPES[chart.kind]


def chart_params(chart: Chart, dataset_id: int) -> dict[str, Any]:
    """Return what Superset calls the form data of a chart."""
    metrics = [_metric(metric) for metric in chart.metrics]
    params: dict[str, Any] = {
        "datasource": f"{dataset_id}__table",
        "viz_type": chart_type(chart),
        "adhoc_filters": _filters(chart),
        "row_limit": _ROW_LIMIT,
    }
    if chart.kind == "number":
        return params | {
            "metric": metrics[0],
            "subheader": chart.description,
            "y_axis_format": chart.number_format,
        }
    if chart.kind == "table":
        formats = {"d3NumberFormat": chart.number_format}
        return params | {
            "query_mode": "raw",
            "all_columns": list(chart.columns),
            "column_config": dict.fromkeys(chart.columns, formats),
            "show_cell_bars": False,
        }
    if chart.kind == "heatmap":
        return params | {
            "x_axis": chart.x,
            "groupby": chart.group_by[0],
            "metric": metrics[0],
            "sort_x_axis": "alpha_asc",
            "sort_y_axis": "alpha_desc",
            "normalize_across": "heatmap",
            "show_values": True,
            "show_percentage": False,
            "y_axis_format": chart.number_format,
            "left_margin": "auto",
            "bottom_margin": "auto",
            "linear_color_scheme": "superset_seq_1",
        }
    is_time = chart.x is not None and chart.x.endswith("_start")
    return params | {
        "x_axis": chart.x,
        # Without a grain of time a date stays a date: `date_trunc` would make it an
        # instant, which clocks west of Greenwich show a day earlier.
        "time_grain_sqla": None,
        "metrics": metrics,
        "groupby": list(chart.group_by),
        # By number, as the states are sorted.
        "sort_series_type": "name" if chart.group_by else "sum",
        "sort_series_ascending": bool(chart.group_by),
        "stack": "Stack" if chart.kind in ("areas", "bars") else None,
        "xAxisForceCategorical": not is_time,
        "xAxisLabelRotation": 0 if is_time else 45,
        "xAxisLabelInterval": "auto" if is_time else "0",
        "x_axis_time_format": "%d %b %Y",
        "y_axis_format": chart.number_format,
        "show_legend": len(metrics) > 1 or bool(chart.group_by),
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "truncateXAxis": False,
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "expressionType": "SIMPLE",
        "column": {"column_name": metric.column},
        "aggregate": metric.aggregate,
        "label": metric.label,
        "hasCustomLabel": True,
        "optionName": f"metric_{metric.column}",
    }


def _filters(chart: Chart) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = [
        {"subject": column, "operator": "==", "comparator": value}
        for column, value in chart.equals
    ]
    filters += [
        {"subject": column, "operator": "IS NULL", "comparator": None}
        for column in chart.is_null
    ]
    return [{"expressionType": "SIMPLE", "clause": "WHERE"} | f for f in filters]


def dashboard_places(
    title: str, charts: Sequence[Chart], chart_ids: Mapping[str, int]
) -> dict[str, Any]:
    """Return the layout of a dashboard: charts in rows, in their order.

    Parameters
    ----------
    chart_ids : mapping of str to int
        By title.
    """
    places: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
    }
    rows = _rows(charts)
    row_ids = [f"ROW-{number}" for number in range(len(rows))]
    places["GRID_ID"] = {
        "type": "GRID",
        "id": "GRID_ID",
        "children": row_ids,
        "parents": ["ROOT_ID"],
    }
    for row_id, row in zip(row_ids, rows, strict=True):
        parents = ["ROOT_ID", "GRID_ID"]
        cells = [f"CHART-{chart_ids[chart.title]}" for chart in row]
        places[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": cells,
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for cell, chart in zip(cells, row, strict=True):
            places[cell] = {
                "type": "CHART",
                "id": cell,
                "children": [],
                "parents": [*parents, row_id],
                "meta": {
                    "chartId": chart_ids[chart.title],
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": _HEIGHTS.get(chart.kind, _HEIGHT),
                },
            }
    return places


def _rows(charts: Sequence[Chart]) -> list[list[Chart]]:
    """Return charts in rows that are at most as wide as the dashboard."""
    rows: list[list[Chart]] = []
    for chart in charts:
        if rows and sum(c.width for c in rows[-1]) + chart.width <= _ROW_WIDTH:
            rows[-1].append(chart)
        else:
            rows.append([chart])
    return rows
