"""Where the project lies: the folder that holds dbt_project.yml."""

from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
