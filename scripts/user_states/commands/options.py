"""Options that several command lines share, and how their values are read."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from user_states.errors import UserError
from user_states.hmm.numbers_of_states import parse_numbers
from user_states.runs.run_options import RunOptions
from user_states.written_files import PRIVATE

# Of a wrong value in a message.
_SHOWN_CHARACTERS = 300


def describe_script(docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser whose --help starts with the first line of a docstring."""
    return argparse.ArgumentParser(description=(docstring or "").splitlines()[0])


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add --target, with the same meaning as in dbt."""
    parser.add_argument("--target", metavar="NAME", help="target of the dbt profile")


def add_dbt_options(parser: argparse.ArgumentParser) -> None:
    """Add --target and --vars, with the same meanings as in dbt."""
    add_target(parser)
    parser.add_argument(
        "--vars", type=parse_vars, metavar="YAML", help="settings, as for dbt's --vars"
    )


def add_run_options(parser: argparse.ArgumentParser, force: str | None = None) -> None:
    """Add what becomes of a run: --dry-run, --no-promote, and --force with its help."""
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--dry-run", action="store_true", help="write nothing")
    outcome.add_argument(
        "--no-promote",
        action="store_true",
        help="store the run and keep the champion (see scripts/runs.py)",
    )
    if force is None:
        parser.set_defaults(force=False)
    else:
        outcome.add_argument("--force", action="store_true", help=force)


def run_options(arguments: argparse.Namespace) -> RunOptions:
    """Return what the options of `add_run_options` say."""
    return RunOptions(
        dry_run=arguments.dry_run,
        promote=not arguments.no_promote,
        force=arguments.force,
    )


def add_output(
    parser: argparse.ArgumentParser, default: Path, metavar: str, text: str
) -> None:
    """Add --out, where to write, and --mode, who may read it."""
    parser.add_argument("--out", type=Path, default=default, metavar=metavar, help=text)
    parser.add_argument(
        "--mode",
        type=file_mode,
        default=PRIVATE,
        metavar="MODE",
        help=f"permissions of what is written, as for chmod (default: {PRIVATE:o})",
    )


def add_count(
    parser: argparse.ArgumentParser, flag: str, text: str, default: int | None = None
) -> None:
    """Add an option that takes a whole number from 1 up."""
    if default is not None:
        text += f" (default: {default:,})"
    parser.add_argument(
        flag, type=positive_number, default=default, metavar="N", help=text
    )


def add_day(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    """Add an option that takes a day."""
    parser.add_argument(flag, type=parse_day, metavar="YYYY-MM-DD", help=text)


def add_states(
    parser: argparse.ArgumentParser, *, default: Sequence[int] | None = None
) -> None:
    """Add --states, a number of states or a range of them."""
    text = "number of states, such as 6, or a range such as 1-8"
    if default is not None:
        text += f" (default: {default[0]}-{default[-1]})"
    parser.add_argument(
        "--states",
        type=parse_states,
        default=None if default is None else tuple(default),
        metavar="K",
        help=text,
    )


def parse_vars(text: str) -> dict[str, Any]:
    """Return the mapping in the text of `--vars`; dates stay text.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is not YAML, not a mapping, or has values that no setting can have,
        such as bytes.
    """
    shown = repr(text[:_SHOWN_CHARACTERS])
    try:
        parsed = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        words = " ".join(str(error).split())[:_SHOWN_CHARACTERS]
        raise argparse.ArgumentTypeError(
            f"got {shown}, which cannot be read as YAML: {words}"
        ) from None
    if not isinstance(parsed, dict):
        raise argparse.ArgumentTypeError(
            f"got {shown}; expected a mapping such as '{{hmm.seed: 2}}'"
        )
    try:
        as_json = json.dumps(parsed, default=_date_as_text, ensure_ascii=False)
        as_json.encode()
    except (TypeError, ValueError, RecursionError):
        raise argparse.ArgumentTypeError(
            f"got {shown}; expected settings that are texts, numbers, true or false, "
            "or lists and mappings of these"
        ) from None
    settings: dict[str, Any] = json.loads(as_json)
    return settings


def _date_as_text(value: object) -> str:
    if isinstance(value, dt.date):
        return str(value)
    raise TypeError(f"{value!r} is no setting")


def parse_day(text: str) -> dt.date:
    """Return the day in a text such as 2025-12-28.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is anything else.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a day such as 2025-12-28"
        ) from None


def parse_states(text: str) -> tuple[int, ...]:
    """Return the numbers of states in `6` or `1-8`.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is neither, or the range runs backwards.
    """
    try:
        return parse_numbers(text)
    except UserError:
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a number of states such as 6, or a range such as "
            "1-8"
        ) from None


def file_mode(text: str) -> int:
    """Return the permissions that three octal digits mean, such as 644.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is anything else, or the owner could not read the file.
    """
    if not re.fullmatch("0?[4-7][0-7]{2}", text):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected permissions such as 600 or 644"
        )
    return int(text, 8)


def positive_number(text: str) -> int:
    """Return the whole number in a text, 1 or more.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is anything else.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number from 1 up")
    return int(text)


def number_from_zero(text: str) -> int:
    """Return the whole number in a text, 0 or more.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is anything else.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number from 0 up")
    return int(text)


def add_cases(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --cases, the pairs of users and weeks to time."""
    parser.add_argument(
        "--cases",
        type=parse_cases,
        default=parse_cases(default),
        metavar="USERSxWEEKS,…",
        help=f"default: {default}",
    )


def parse_cases(text: str) -> tuple[tuple[int, int], ...]:
    """Return the pairs of users and weeks in `5000x104,20000x26`.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is not such a list.
    """
    cases = [re.fullmatch(r"(\d+)x(\d+)", part) for part in text.split(",")]
    if not all(cases):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected users and weeks, such as 5000x104,20000x26"
        )
    return tuple((int(case[1]), int(case[2])) for case in cases if case)
