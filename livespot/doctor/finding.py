"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is: a warning leaves the main work possible, a problem does not."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    check : str
        What was looked at.
    status : Status
    found : str
        What is there.
    cure : str
        What to do; empty when all is well.
    """

    check: str
    status: Status
    found: str
    cure: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Status.OK, found)


def warning(check: str, found: str, cure: str) -> Finding:
    """Something is missing that one can do without."""
    return Finding(check, Status.WARNING, found, cure)


def problem(check: str, found: str, cure: str) -> Finding:
    """Something that must be cured."""
    return Finding(check, Status.PROBLEM, found, cure)
