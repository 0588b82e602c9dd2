"""Files and temporary folders hold up when a process is killed."""

from __future__ import annotations

import argparse
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from conftest import PROJECT
from user_states.commands.options import file_mode
from user_states.console import run_command
from user_states.spool_folders import PREFIX, remove_abandoned_spools, spool_folder
from user_states.written_files import write_file

# Writes a page of which the second half never comes.
STUCK = """
import os, sys, time
from pathlib import Path
from user_states import written_files

def stuck(descriptor, mode):
    file = open_file(descriptor, mode)
    write = file.write
    def half(content):
        write(content[: len(content) // 2])
        file.flush()
        print("half", flush=True)
        time.sleep(600)
    class Half:
        def __enter__(self): return self
        def __exit__(self, *_): file.close()
        def write(self, content): half(content)
    return Half()

open_file, written_files.os.fdopen = os.fdopen, stuck
written_files.write_file(Path(sys.argv[1]), "new " * 1000)
"""
HOLDING = """
import time
from user_states.spool_folders import spool_folder

with spool_folder() as folder:
    (folder / "beliefs.arrow").write_text("a user's beliefs")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let temporary folders be made in a folder of the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def started(script: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start a script, and return it with the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "scripts")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert process.stdout is not None
    process.stdout.close()


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_for_its_owner_only_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_file(path, "one\n")
    assert (path.read_bytes(), permissions(path)) == (b"one\n", 0o600)
    write_file(path, b"two", 0o644)
    assert (path.read_bytes(), permissions(path)) == (b"two", 0o644)
    write_file(path, "three")
    assert permissions(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_kill_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_file(path, "old")
    process, line = started(STUCK, str(path))
    assert line == "half"
    kill(process)
    assert path.read_text("utf-8") == "old"
    (left,) = set(tmp_path.iterdir()) - {path}
    assert 0 < left.stat().st_size < 4000
    assert permissions(left) == 0o600
    # It may belong to a process that is still writing; an old one does not.
    write_file(path, "newer")
    assert left.exists()
    an_hour_ago = time.time() - 3700
    os.utime(left, (an_hour_ago, an_hour_ago))
    write_file(path, "newest")
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    write_file(path, "old")

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_file(path, "new")
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "page.html")
    write_file(link, "page")
    assert link.is_symlink()
    assert (tmp_path / "page.html").read_text("utf-8") == "page"


@pytest.mark.parametrize(("text", "mode"), [("644", 0o644), ("0600", 0o600)])
def test_permissions_are_octal(text: str, mode: int) -> None:
    assert file_mode(text) == mode


@pytest.mark.parametrize("text", ["", "rw", "999", "044", "1777", "64", "-644"])
def test_other_permissions_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected permissions such"):
        file_mode(text)


def test_a_spool_is_private_and_ends_with_its_command(spools: Path) -> None:
    with spool_folder() as folder:
        assert permissions(folder) == 0o700
        assert remove_abandoned_spools() == 0  # in use
        assert folder.exists()
    assert list(spools.iterdir()) == []


def test_the_next_command_removes_the_spool_of_a_killed_one(spools: Path) -> None:
    process, line = started(HOLDING)
    folder = Path(line)
    try:
        assert folder.parent == spools
        assert folder.name.startswith(PREFIX)
        assert run_command(lambda: None) == 0
        assert (folder / "beliefs.arrow").exists()  # in use
    finally:
        kill(process)
    assert run_command(lambda: None) == 0
    assert not folder.exists()


def test_what_others_left_there_stays(spools: Path) -> None:
    (spools / "somebody-elses").mkdir()
    (spools / f"{PREFIX}file").write_text("no folder")
    assert remove_abandoned_spools() == 0
    assert len(list(spools.iterdir())) == 2
