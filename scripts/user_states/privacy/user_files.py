"""Files of this project in which a user may be found."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection
from pathlib import Path

from user_states.project_folder import PROJECT_FOLDER
from user_states.spool_folders import remove_abandoned_spools
from user_states.written_files import write_file

# What commands write, and what the next one writes anew: page, figures, lists of
# audiences, dbt's logs.
WRITTEN_FOLDERS = ("target", "logs")
EXCLUDED_USERS = "seeds/excluded_users.csv"


def remove_from_files(
    user_id: str,
    page: Path,
    folder: Path = PROJECT_FOLDER,
    others: Collection[str] = (),
) -> list[Path]:
    """Remove a user from the files that this project writes.

    The page goes in any case, because it may show the user by a number. In the other
    files of the folders `target` and `logs` the ids are searched. From the seed of
    excluded users its line is removed.

    Parameters
    ----------
    user_id : str
    page : Path
        The explorer.
    folder : Path
        The project.
    others : collection of str
        Other identifiers of the person, which are searched, too.

    Returns
    -------
    list of Path
        Files that were removed or rewritten.
    """
    remove_abandoned_spools()
    changed = [page] if page.exists() else []
    page.unlink(missing_ok=True)
    # Letters, digits, `_` and `-` beside it would make another id of it.
    texts = {user_id, *others}
    # As it is, and as in CSV files.
    spellings = texts | {text.replace('"', '""') for text in texts}
    any_of_them = b"|".join(re.escape(text.encode()) for text in sorted(spellings))
    found = re.compile(rb"(?<![\w-])(?:" + any_of_them + rb")(?![\w-])")
    for path in _written_files(folder):
        is_unfinished_page = path.name.startswith(f".{page.name}.")
        if is_unfinished_page or found.search(path.read_bytes()):
            path.unlink()
            changed.append(path)
    seed = folder / EXCLUDED_USERS
    if seed.exists() and _remove_line(seed, user_id):
        changed.append(seed)
    return changed


def _written_files(folder: Path) -> list[Path]:
    folders = [folder / name for name in WRITTEN_FOLDERS]
    # dbt writes there instead if these variables are set.
    folders += [
        Path(os.environ[name])
        for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH")
        if name in os.environ
    ]
    paths = {path for folder in folders for path in folder.rglob("*")}
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def _remove_line(seed: Path, user_id: str) -> bool:
    """Remove the lines of a user from a CSV file; return whether there were any."""
    with seed.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    kept = [line for line in lines if not line or line[0].strip() != user_id]
    if len(kept) == len(lines):
        return False
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    write_file(seed, text.getvalue(), seed.stat().st_mode & 0o777)
    return True
