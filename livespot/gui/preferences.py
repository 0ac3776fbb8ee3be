"""What the user has set and finds again at the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSettings

from livespot.gui.palette import THEMES
from livespot.types import EXPRESSION_TYPES

MARKERS = 9
MAX_LABEL = 200
DEFAULT_LABELS: tuple[str, ...] = (
    "stimulus on",
    "stimulus off",
    "question",
    "answer",
    "speech",
    "head movement",
    "laughter",
    "disturbance",
    "note",
)
_KEY = "live/preferences"


@dataclass(frozen=True, slots=True)
class Preferences:
    """All of it; what is stored and makes no sense is replaced by the default.

    Attributes
    ----------
    theme : {"dark", "light"}
    labels : tuple of str
        Of the markers on the keys 1 to 9.
    folder, mode : str
        Where recordings go, and what they keep.
    thresholds : dict
        θ by type, of the types that the user has set.
    strip, tuning : bool
        Whether these panels are shown.
    """

    theme: str = "dark"
    labels: tuple[str, ...] = DEFAULT_LABELS
    folder: str = field(default_factory=lambda: str(Path.home() / "livespot"))
    mode: str = "full"
    thresholds: dict[str, float] = field(default_factory=dict)
    strip: bool = True
    tuning: bool = False


def checked(stored: Mapping[str, Any]) -> Preferences:
    """Preferences from a plain dictionary; unknown keys and impossible values are left out."""
    plain = Preferences()
    made: dict[str, Any] = {}
    for entry in fields(Preferences):
        value, default = stored.get(entry.name), getattr(plain, entry.name)
        if entry.name == "labels" and isinstance(value, list):
            texts = [" ".join(str(text).split())[:MAX_LABEL] for text in value[:MARKERS]]
            made["labels"] = tuple((texts + [""] * MARKERS)[:MARKERS])
        elif entry.name == "thresholds" and isinstance(value, dict):
            numbers = {k: v for k, v in value.items() if k in EXPRESSION_TYPES and _number(v)}
            made["thresholds"] = {k: float(v) for k, v in numbers.items() if 0.0 <= v <= 1.0}
        elif isinstance(value, type(default)) and isinstance(value, str | bool):
            made[entry.name] = value
    if made.get("theme") not in THEMES:
        made.pop("theme", None)
    if made.get("mode") not in ("full", "lossless", "features"):
        made.pop("mode", None)
    return Preferences(**made)


def load(settings: QSettings | None) -> Preferences:
    """The stored ones, or the defaults."""
    if settings is not None:
        with suppress(ValueError, TypeError, RecursionError):
            stored = json.loads(str(settings.value(_KEY) or "{}"))
            if isinstance(stored, dict):
                return checked(stored)
    return Preferences()


def save(settings: QSettings | None, preferences: Preferences) -> None:
    """Store them."""
    if settings is not None:
        settings.setValue(_KEY, json.dumps(asdict(preferences)))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
