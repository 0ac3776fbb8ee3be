"""``review.json``: every decision of a review, also those taken back; replaced in one step at each change.

::

    {"format": "livespot review", "version": 1, "decisions": [
        {"number": 1, "action": "move", "target": "ME 120-126-133", "interval": {…} or null, "text": "",
         "reviewer": "Ada", "at": "2025-03-01T14:05:09+00:00", "undone_at": ""}, …]}

``target`` is the key of a detection, or ``added N`` for what decision N added.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from livespot.errors import InputError, OutputError
from livespot.types import EXPRESSION_TYPES, Interval, Movement

REVIEW_FILE = "review.json"
FORMAT = "livespot review"
VERSION = 1

Action = Literal["accept", "reject", "relabel", "move", "add", "comment"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes
    ----------
    number : int
        From 1, in the order in which they were made.
    action : str
        One of :data:`ACTIONS`.
    target : str
        Which interval; see the module.
    interval : Interval or None
        What it becomes, for ``relabel``, ``move`` and ``add``.
    text : str
        A comment, or a reason.
    reviewer : str
    at : str
        Date and time, ISO 8601, UTC.
    undone_at : str
        When it was taken back; empty while it stands.
    """

    number: int
    action: Action
    target: str
    interval: Interval | None
    text: str
    reviewer: str
    at: str
    undone_at: str = ""


def key_of(interval: Interval) -> str:
    """By what a decision names a detection: type and frames."""
    return f"{interval.type} {interval.onset}-{interval.apex}-{interval.offset}"


def write_decisions(path: Path, decisions: list[Decision]) -> None:
    """Replace the file in one step; raises :class:`OutputError` when it cannot be written."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "decisions": [asdict(decision) for decision in decisions],
    }
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("x", encoding="utf-8") as handle:
            handle.write(json.dumps(document, indent=1) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path}: the decision cannot be saved ({error.strerror or error}); choose a writable folder"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_decisions(path: Path) -> list[Decision]:
    """All decisions, none when there is no file; raises :class:`InputError` when it cannot be read."""
    cure = "move it away to begin anew; the detections are not touched"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); check its permissions"
        ) from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); {cure}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"{path}: is no review of livespot; {cure}")
    if document.get("version") != VERSION:
        version = document.get("version")
        raise InputError(
            f"{path}: is of version {version}, this livespot reads {VERSION}; install a newer one"
        )
    try:
        return [_decision(value) for value in document["decisions"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: a decision cannot be read ({error}); {cure}") from error


def _decision(value: dict[str, Any]) -> Decision:
    decision = Decision(**value)
    if decision.action not in ACTIONS:
        raise ValueError(f"unknown action {decision.action!r}")
    given = value["interval"]
    if given is None:
        return decision
    said = given.get("movement")
    interval = Interval(**{**given, "movement": None if said is None else Movement.of(said)})
    if interval.type not in EXPRESSION_TYPES or not interval.onset <= interval.apex <= interval.offset:
        raise ValueError(f"impossible interval {key_of(interval)}")
    return replace(decision, interval=interval)
