"""Time the certificate of segments against scikit-learn's k-means, as ratios.

python scripts/bench_segments.py [--customers N]

benchmarks/segment_benchmark.py says what is compared. The result also goes to
target/bench_segments.json. The script fails if a ratio is too high.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.result_file import write_result
from user_states.benchmarks.segment_benchmark import (
    MOST_OF_CERTIFICATE,
    MOST_OF_SWEEP,
    describe_segment_timing,
    time_segments,
)
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command
from user_states.errors import UserError


def main() -> None:
    """Time all, and print the ratios."""
    timing = time_segments(_parse_arguments().customers)
    write_result("bench_segments.json", asdict(timing))
    print("\n".join(describe_segment_timing(timing)))
    if (
        timing.sweep_ratio > MOST_OF_SWEEP
        or timing.certificate_ratio > MOST_OF_CERTIFICATE
    ):
        raise UserError(
            f"found ratios of {timing.sweep_ratio:.2f} and "
            f"{timing.certificate_ratio:.2f}; expected at most {MOST_OF_SWEEP:g} and "
            f"{MOST_OF_CERTIFICATE:g}: profile certify_divisions"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--customers", "customers to simulate", 60_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
