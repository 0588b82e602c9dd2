"""Results of benchmarks as JSON files in target/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from user_states.project_folder import PROJECT_FOLDER
from user_states.written_files import write_file

RESULT_FOLDER = PROJECT_FOLDER / "target"


def write_result(path: Path | str, result: Mapping[str, Any]) -> None:
    """Write a result; a path that is not absolute lies below target/."""
    text = json.dumps(result, default=_as_json, indent=1) + "\n"
    write_file(RESULT_FOLDER / path, text)


def _as_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
