"""Guesses about a file as the text of a mapping file, with what is left to ask."""

from __future__ import annotations

import yaml

from user_states.rides.contract import RIDES
from user_states.rides.mapping import SourceColumn
from user_states.rides.proposing.guesses import Guess, Guesses
from user_states.rides.proposing.sample import FileSample


def mapping_text(sample: FileSample, guesses: Guesses) -> str:
    """Return a mapping file: each guess with its reason, each question with a mark."""
    source = f"{_plain(sample.path.name)}, from its first {sample.n_rows:,} rows"
    lines = [
        f"# Proposed by `make map` for {source}.",
        "# A line with ? is a question: correct the line below it if it is wrong.",
        "",
        "columns:",
    ]
    constants: list[str] = []
    for name in RIDES.names:
        guess = guesses.columns.get(name)
        if guess is None:
            continue
        is_constant = isinstance(guess.value, str)
        (constants if is_constant else lines).extend(_lines(name, guess))
    if constants:
        lines += ["", "# One value for all rides.", "constants:", *constants]
    lines += _file_lines(sample, guesses)
    return "\n".join(lines) + "\n"


def _lines(name: str, guess: Guess) -> list[str]:
    comment = [f"  # ? {_plain(guess.question)}"] if guess.question else []
    if guess.value is None:
        return [*comment, f"  # {name}: "]
    value = (
        _source(guess.value)
        if isinstance(guess.value, SourceColumn)
        else quoted_text(guess.value)
    )
    reason = f"  # {_plain(guess.reason)}" if guess.reason else ""
    return [*comment, f"  {name}: {value}{reason}"]


def _source(source: SourceColumn) -> str:
    if not source.names:
        return "{from: file_and_line}"
    names = [quoted_text(name) for name in source.names]
    column = f"column: {names[0]}"
    if len(names) > 1:
        column = f"columns: [{', '.join(names)}]"
    if source.is_boolean:
        return f"{{{column}, true: {source.when_true}, false: {source.when_false}}}"
    if source.values:
        pairs = (f"{quoted_text(a)}: {b}" for a, b in source.values.items())
        return f"{{{column}, values: {{{', '.join(pairs)}}}}}"
    if source.time_format:
        return f"{{{column}, format: {quoted_text(source.time_format)}}}"
    return f"{{{column}}}" if len(names) > 1 else names[0]


def _file_lines(sample: FileSample, guesses: Guesses) -> list[str]:
    """Return the keys for the whole file, those that differ from the default."""
    lines = []
    zone = guesses.timestamps_in
    if zone.value:
        lines += ["", f"# ? {zone.question}", f"timestamps_in: {zone.value}"]
    formats = guesses.formats
    marks = {
        "decimal": formats.decimal if formats.decimal != "." else "",
        "thousands": formats.thousands,
    }
    written = [f"{key}: {quoted_text(mark)}" for key, mark in marks.items() if mark]
    if formats.currency_signs:
        signs = ", ".join(map(quoted_text, formats.currency_signs))
        written.append(f"currency_signs: [{signs}]")
    if written:
        lines += ["", f"# {_plain(guesses.formats_reason)}", *written]
    if guesses.sum_lines.value:
        lines += ["", f"# {guesses.sum_lines.reason}", "sum_lines: true"]
    keys = {
        "encoding": sample.encoding if sample.encoding != "utf-8" else "",
        "delimiter": sample.delimiter if sample.delimiter != "," else "",
        "escape": sample.escape,
    }
    file_keys = [f"{key}: {quoted_text(value)}" for key, value in keys.items() if value]
    if sample.skip_lines:
        file_keys.insert(
            0, f"skip_lines: {sample.skip_lines}  # lines above the header"
        )
    if file_keys:
        lines += ["", "# How the file is written.", *file_keys]
    return lines


def quoted_text(text: str) -> str:
    """Return a text in double quotes of YAML, on one line."""
    dumped: str = yaml.safe_dump(
        text, default_style='"', allow_unicode=True, width=float("inf")
    )
    return dumped.removesuffix("\n")


def _plain(text: str) -> str:
    """Return a text that is safe in a comment."""
    return "".join(c if c.isprintable() else "?" for c in text)
