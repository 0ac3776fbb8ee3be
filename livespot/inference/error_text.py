"""What the errors of other libraries say, on one line."""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says, on one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
