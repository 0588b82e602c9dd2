"""Options that several command lines share, and how their texts are read."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from typing import Any

import yaml


def add_dbt_options(parser: argparse.ArgumentParser) -> None:
    """Add --target and --vars, which mean what they mean to dbt."""
    parser.add_argument("--target", metavar="NAME", help="target of the dbt profile")
    parser.add_argument(
        "--vars", type=parse_vars, metavar="YAML", help="as dbt's --vars"
    )


def parse_vars(text: str) -> dict[str, Any]:
    """Return the mapping that the text of `--vars` means; dates stay text.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no YAML, or no mapping.
    """
    try:
        parsed = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"got {text!r}, which cannot be read as YAML: {error}"
        ) from None
    if not isinstance(parsed, dict):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a mapping such as '{{hmm.seed: 2}}'"
        )
    return {
        name: str(value) if isinstance(value, dt.date) else value
        for name, value in parsed.items()
    }


def parse_states(text: str) -> tuple[int, ...]:
    """Return the numbers of states that `8` or `2-13` mean.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is neither, or the range runs backwards.
    """
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if match:
        first = int(match[1])
        last = int(match[2] or first)
        if 1 <= first <= last:
            return tuple(range(first, last + 1))
    raise argparse.ArgumentTypeError(
        f"got {text!r}; expected a number of states such as 8, or a range such as 2-13"
    )


def positive(text: str) -> int:
    """Return the number from 1 up that a text means.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number from 1 up")
    return int(text)
