"""The address and folders of a local server, in a file that its owner can read."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from user_states.errors import UserError
from user_states.warehouse.libpq_url import libpq_url


@dataclass(frozen=True)
class LocalServerAddress:
    """Where a local server listens, and the account to connect with."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def url(self) -> str:
        """The libpq URL, each part percent-encoded."""
        return libpq_url(**asdict(self))

    def environment(self) -> dict[str, str]:
        """Return the variables that the target `demo` of the profile reads."""
        return {
            f"USER_STATES_DEMO_{name.upper()}": str(value)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class ServerRecord:
    """The home folder of a server, which contains its data, and its address."""

    home: Path
    address: LocalServerAddress

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The log of the server since its last start."""
        return self.data / "server.log"

    @classmethod
    def read(cls, directory: Path) -> ServerRecord:
        """Read the record of the server in a folder.

        Raises
        ------
        UserError
            If there is no server, or it belongs to another user.
        """
        try:
            record = json.loads(_file(directory).read_text("utf-8"))
        except FileNotFoundError:
            raise UserError(
                f"found no PostgreSQL in {directory}; expected one that was started "
                "before: run `make demo`."
            ) from None
        except PermissionError:
            raise belongs_to_another(directory) from None
        return cls(directory / record.pop("home"), LocalServerAddress(**record))

    @staticmethod
    def exists(directory: Path) -> bool:
        """Return whether there is a server in a folder."""
        return _file(directory).exists()

    def write(self, directory: Path) -> None:
        """Write the record, readable by its owner only."""
        home = self.home
        if home.is_relative_to(directory):  # so that the project can be moved
            home = home.relative_to(directory)
        record = {"home": str(home), **asdict(self.address)}
        # mkstemp creates a file that no other user can ever read.
        descriptor, name = tempfile.mkstemp(dir=directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
        # A single start as root must not lock the owner out.
        owner = directory.stat()
        os.chown(name, owner.st_uid, owner.st_gid)
        Path(name).replace(_file(directory))


def belongs_to_another(directory: Path) -> UserError:
    """Return the error for a folder of another user."""
    return UserError(
        f"cannot open the files in {directory}: they belong to another user. Expected "
        "a local PostgreSQL of your own: run this as that user, or ask them to run "
        "`make clean` first."
    )


def _file(directory: Path) -> Path:
    return directory / "server.json"
