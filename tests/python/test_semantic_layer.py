"""The semantic layer is valid and reads existing columns."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventLevel, EventMsg
from dbt_semantic_interfaces.implementations.metric import PydanticMetric
from dbt_semantic_interfaces.implementations.semantic_manifest import (
    PydanticSemanticManifest,
)
from dbt_semantic_interfaces.implementations.semantic_model import (
    PydanticSemanticModel,
)
from dbt_semantic_interfaces.type_enums.metric_type import MetricType
from dbt_semantic_interfaces.type_enums.time_granularity import TimeGranularity
from dbt_semantic_interfaces.validations.semantic_manifest_validator import (
    SemanticManifestValidator,
)

from conftest import PROJECT, WAREHOUSE, PointAt
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServer


@pytest.fixture(scope="module")
def parsed(
    postgres_server: LocalServer, point_at: PointAt, project: DbtProject
) -> tuple[PydanticSemanticManifest, list[str]]:
    """Return dbt's semantic manifest of the project, and its warnings and errors."""
    complaints: list[str] = []

    def note(event: EventMsg) -> None:
        if event.info.level in (EventLevel.WARN.value, EventLevel.ERROR.value):
            complaints.append(str(event.info))

    with point_at(replace(postgres_server.address, database=WAREHOUSE)):
        outcome = dbtRunner(callbacks=[note]).invoke(
            [
                "parse",
                "--no-partial-parse",
                "--write-json",
                *project._arguments,
                "--log-level",
                "none",
            ]
        )
    assert outcome.success, outcome.exception
    path = Path(os.environ["DBT_TARGET_PATH"]) / "semantic_manifest.json"
    return PydanticSemanticManifest.parse_raw(path.read_text("utf-8")), complaints


@pytest.fixture(scope="module")
def semantics(
    parsed: tuple[PydanticSemanticManifest, list[str]],
) -> PydanticSemanticManifest:
    return parsed[0]


def test_dbt_parses_the_project_without_warnings(
    parsed: tuple[PydanticSemanticManifest, list[str]],
) -> None:
    assert parsed[1] == []


def test_the_semantic_layer_is_valid(semantics: PydanticSemanticManifest) -> None:
    found = SemanticManifestValidator[
        PydanticSemanticManifest
    ]().validate_semantic_manifest(semantics)
    assert [issue.message for issue in found.all_issues] == []


def test_it_has_the_expected_metrics_and_dimensions(
    semantics: PydanticSemanticManifest,
) -> None:
    metrics = {metric.name: metric for metric in semantics.metrics}
    assert {"users", "user_share", "rides"} <= set(metrics)
    (base,) = (
        model
        for model in semantics.semantic_models
        if _measures_of(metrics["users"], semantics) <= set(_expressions(model))
    )
    assert {"week_start", "home_city"} <= {d.name for d in base.dimensions}
    # Name and number of the state are joined by its key.
    (states,) = (m for m in semantics.semantic_models if m.name == "states")
    assert {"state_name", "state_number", "state_sort_name"} <= {
        dimension.name for dimension in states.dimensions
    }
    assert {e.name for e in states.entities} <= {e.name for e in base.entities}


def test_a_share_is_divided_by_a_total_of_the_same_row(
    semantics: PydanticSemanticManifest,
) -> None:
    """Every row has the total of all states, so a query by state gives shares."""
    metrics = {metric.name: metric for metric in semantics.metrics}
    shares = [metric for name, metric in metrics.items() if name.endswith("_share")]
    assert len(shares) >= 2
    for share in shares:
        assert share.type is MetricType.RATIO, share.name
        (model,) = (
            model
            for model in semantics.semantic_models
            if _measures_of(share, semantics) <= set(_expressions(model))
        )
        part, whole = (
            _expressions(model)[measure]
            for end in (share.type_params.numerator, share.type_params.denominator)
            if end
            for measure in _measures_of(metrics[end.name], semantics)
        )
        wholes = {part.replace("n_", "n_city_"), f"city_{part}"}
        assert whole in wholes, share.name


def test_every_part_is_described(semantics: PydanticSemanticManifest) -> None:
    parts = [
        part
        for model in semantics.semantic_models
        for part in (model, *model.entities, *model.dimensions, *model.measures)
    ]
    assert len(parts) >= 30
    bare = [
        part.name
        for part in (*parts, *semantics.metrics)
        if not (part.description or "").strip()
    ]
    assert bare == []


def test_it_reads_columns_of_the_contracts(
    project: DbtProject, semantics: PydanticSemanticManifest
) -> None:
    manifest: Manifest = project._manifest
    columns = {node.name: set(node.columns) for node in manifest.nodes.values()}
    for model in semantics.semantic_models:
        read = set(_expressions(model).values())
        assert read - columns[model.node_relation.alias] == set(), model.name


def test_there_is_a_daily_time_spine(semantics: PydanticSemanticManifest) -> None:
    (spine,) = semantics.project_configuration.time_spines
    assert spine.primary_column.time_granularity is TimeGranularity.DAY


def test_the_docs_name_every_metric(semantics: PydanticSemanticManifest) -> None:
    overview = (PROJECT / "models/overview.md").read_text("utf-8")
    named = [m.name for m in semantics.metrics if f"`{m.name}`" in overview]
    assert named == [m.name for m in semantics.metrics]


def _expressions(model: PydanticSemanticModel) -> dict[str, str]:
    """Return the SQL of every part of a semantic model, by name."""
    return {
        part.name: part.expr or part.name
        for part in (*model.entities, *model.dimensions, *model.measures)
    }


def _measures_of(
    metric: PydanticMetric, semantics: PydanticSemanticManifest
) -> set[str]:
    """Return the measures of a metric, including those of the metrics it uses."""
    parameters = metric.type_params
    if parameters.measure:
        return {parameters.measure.name}
    metrics = {other.name: other for other in semantics.metrics}
    return {
        measure
        for part in (parameters.numerator, parameters.denominator)
        if part
        for measure in _measures_of(metrics[part.name], semantics)
    }
