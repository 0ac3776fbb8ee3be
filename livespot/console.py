"""Text that every console can show: what its encoding lacks is written in other characters, never an error.

The standard output of Windows is in a code page such as cp1252 as soon as it goes into a file or a pipe, and has
neither an arrow nor a Greek letter.
"""

from __future__ import annotations

import codecs
import io
import sys

_HANDLER = "livespot"

_PLAIN = {
    "→": "->", "…": "...", "≤": "<=", "≥": ">=", "×": "x", "·": "-", "–": "-", "—": "-", "θ": "theta", "κ": "kappa",
    "“": '"', "”": '"', "’": "'", "°": " deg", "µ": "u", "±": "+-",
}  # fmt: skip


def use_plain_characters() -> None:
    """Let standard output and standard error replace what their encoding lacks; UTF-8 lacks nothing."""
    codecs.register_error(_HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not what a test or an editor puts in its place, nor None
            stream.reconfigure(errors=_HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in lacking), error.end
