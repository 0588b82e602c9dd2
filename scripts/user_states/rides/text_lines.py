"""The lines of a text file, whatever bytes it has."""

from __future__ import annotations

import codecs
import io
from itertools import islice
from pathlib import Path

from user_states.errors import UserError

# Bytes that are not text in the encoding become characters that no text contains: a
# surrogate for each byte. They can be found, counted and shown later.
_MARK_BYTES = "user_states.mark_bytes"
# Some are not for files, and raw escapes could hide a line break.
_REFUSED_ENCODINGS = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")


def _mark_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


codecs.register_error(_MARK_BYTES, _mark_bytes)


def known_encoding(name: str) -> bool:
    """Return whether Python can read files in an encoding."""
    try:
        info = codecs.lookup(name)
        is_text = info._is_text_encoding
        return (
            is_text
            and info.name not in _REFUSED_ENCODINGS
            and "1,a\n".encode(name).decode(name) == "1,a\n"
        )
    except (LookupError, ValueError):
        return False


class TextLines:
    """The lines of a file in order; a line ends in LF, CR LF or CR.

    Raises
    ------
    UserError
        If the file cannot be read.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self.n_read = 0
        try:
            self._raw = path.open("rb", buffering=0)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}.") from error
        self._text = io.TextIOWrapper(
            io.BufferedReader(self._raw, buffer_size=1 << 20),
            encoding=encoding,
            errors=_MARK_BYTES,
            newline="",
        )

    def take(self, n_lines: int) -> list[str]:
        """Return the next lines, fewer at the end of the file."""
        try:
            lines = list(islice(self._text, max(n_lines, 0)))
        except (OSError, UnicodeError) as error:
            raise UserError(
                f"cannot read {self._path} after line {self.n_read:,}: {error}. "
                "Expected text: correct the encoding in the mapping, or the file."
            ) from error
        if self.n_read == 0 and lines:
            # A byte order mark, which some encodings keep.
            lines[0] = lines[0].removeprefix("\ufeff")
        self.n_read += len(lines)
        return lines

    def position(self) -> int:
        """Return the bytes read from the file so far."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self._text.close()
