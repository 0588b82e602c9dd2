"""The folder of the project, which contains dbt_project.yml."""

from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
