"""White space around ids, which does not count: in files, in commands and in SQL."""

from __future__ import annotations

# What `str.strip` removes. SQL by itself removes only spaces; the macro `trimmed` has
# the same characters.
WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


def trimmed(expression: str) -> str:
    """Return the SQL of a value as text, without white space around it."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in WHITE_SPACE)
    return f"btrim({expression}::text, e'{escaped}')"
