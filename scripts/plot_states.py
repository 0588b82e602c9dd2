"""Draw figures of the states from the marts, as SVG and PNG.

python scripts/plot_states.py [--target NAME] [--vars YAML] [--out FOLDER]
    [--mode 644] [--only NAME ...]

It reads only the marts that the figures need, and writes nothing into the warehouse.
If a mart is empty, its figure is left out, and the log says so.
"""

from __future__ import annotations

import argparse
import logging
import sys

from user_states.commands.options import (
    add_dbt_options,
    add_output,
    describe_script,
)
from user_states.console import progress_bar, run_command
from user_states.figures.all_figures import (
    FIGURES,
    chosen_figures,
    draw_figures,
    rows_of_figures,
)
from user_states.figures.picture import PictureOptions
from user_states.marts.mart_reader import read_marts
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

DEFAULT_FOLDER = PROJECT_FOLDER / "target" / "figures"


def main() -> None:
    """Parse the command line, draw, and log which files were written."""
    arguments = _parse_arguments()
    names = chosen_figures(arguments.only)
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    marts = read_marts(project, rows_of_figures(names))
    n_drawn = 0
    with progress_bar(len(names), "drawing", "figures") as bar:
        options = PictureOptions.from_vars(project.vars)
        for outcome in draw_figures(
            marts, options, arguments.out, names, arguments.mode
        ):
            bar.update()
            n_drawn += outcome.problem is None
            if outcome.problem:
                logger.info("%s: not drawn, %s", outcome.name, outcome.problem)
            else:
                logger.info("%s: drawn as SVG and PNG", outcome.name)
    logger.info("%d of %d figures in %s", n_drawn, len(names), arguments.out)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    text = "folder of the files; by default target/figures"
    add_output(parser, DEFAULT_FOLDER, "FOLDER", text)
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help=f"figures to draw, from {', '.join(FIGURES)}; by default all",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
