"""Time personas against BERTopic, as a ratio.

python scripts/bench_personas.py [--conversations N] [--texts FILE.csv]

benchmarks/personas_benchmark.py says what is compared. Texts are made up, unless a CSV
file with a column text is given (and category, if it has labels), such as Banking77's.
The result also goes to target/bench_personas.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from user_states.benchmarks.personas_benchmark import (
    describe_personas,
    labelled_texts,
    time_personas,
)
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command


def main() -> None:
    """Time both, and print the ratio."""
    options = _parse_arguments()
    given = labelled_texts(options.conversations, options.texts)
    timing = time_personas(given)
    write_result("bench_personas.json", asdict(timing))
    print("\n".join(describe_personas(timing)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--conversations", "texts to compare by", 10_000)
    parser.add_argument("--texts", type=Path, metavar="FILE", help="CSV file of texts")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
