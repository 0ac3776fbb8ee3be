"""Colours, type scale and grid: the tables that every widget reads, and the contrast rule that they keep.

Okabe and Ito's colour-blind-safe family, lightened or darkened only as far as 4.5:1 against the panel asks. A
colour never speaks alone: ME and MaE have their own lanes and labels, phases have line styles, attention has
a symbol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont

GRID_PX = 8
"""Every distance is a multiple of this, or half of it."""

TEXT_PX = {"small": 11, "body": 13, "title": 15, "display": 22}
"""The one type scale, in logical px."""

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans")
"""The system's own face first; the last one is on every Linux."""

MINIMUM_CONTRAST = 4.5
"""WCAG 2.1 AA for text."""

PHASES: tuple[str, ...] = ("onset", "apex", "offset", "expression")
"""The curves of one type, in the order of the legend."""

LINE_STYLES: dict[str, Qt.PenStyle] = {
    "onset": Qt.PenStyle.DashLine,
    "apex": Qt.PenStyle.SolidLine,
    "offset": Qt.PenStyle.DotLine,
    "expression": Qt.PenStyle.SolidLine,  # told apart by being thin and broad in shape
}

LINE_WIDTHS: dict[str, float] = {"onset": 1.25, "apex": 2.0, "offset": 1.25, "expression": 1.0}
"""In logical px; the apex decides, so it is the strongest."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours, as ``#RRGGBB``; each text colour is readable on each of the three grounds.

    Attributes
    ----------
    window, panel, raised
        Grounds: behind everything, of a panel, of a control.
    border, strong_border
        Hairlines between panels; edges of controls.
    text, muted
        Words that matter; words beside them.
    me, mae, onset, apex, offset, expression
        The colour language; ``expression`` is the quiet grey of the broad curve.
    attention
        Warnings and errors, always with a symbol and a sentence.
    action, on_action
        Fill of the one primary button, and the text on it.
    """

    name: str
    window: str
    panel: str
    raised: str
    border: str
    strong_border: str
    text: str
    muted: str
    me: str
    mae: str
    onset: str
    apex: str
    offset: str
    expression: str
    attention: str
    action: str
    on_action: str

    def of(self, what: str) -> str:
        """Colour of ``ME``, ``MaE``, ``onset``, ``apex``, ``offset`` or ``expression``."""
        return str(getattr(self, what.lower()))


DARK = Theme(
    name="dark",
    window="#12151A",
    panel="#1A1E25",
    raised="#242A33",
    border="#2C333D",
    strong_border="#48525F",
    text="#EEF1F4",
    muted="#A6AFBA",
    me="#E69F00",
    mae="#56B4E9",
    onset="#2BB58A",  # Okabe-Ito bluish green #009E73, lightened
    apex="#F0E442",
    offset="#D48BB2",  # reddish purple #CC79A7, lightened
    expression="#9AA5B1",
    attention="#F58B54",  # vermillion #D55E00, lightened
    action="#EEF1F4",
    on_action="#12151A",
)

LIGHT = Theme(
    name="light",
    window="#EDEFF2",
    panel="#FFFFFF",
    raised="#F4F6F8",
    border="#D5DAE0",
    strong_border="#8C96A3",
    text="#1A1E25",
    muted="#525C68",
    me="#8A5A00",
    mae="#00629B",
    onset="#006B4F",
    apex="#6E5F00",
    offset="#93386B",
    expression="#5B6572",
    attention="#A84200",
    action="#1A1E25",
    on_action="#FFFFFF",
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT)}


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours after WCAG 2.1: 1 (the same) to 21 (black on white)."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        raise ValueError(f"colour {colour!r}: expected #RRGGBB")
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def faint(colour: str, alpha: float) -> QColor:
    """The colour with ``alpha`` from 0 (invisible) to 1."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


def font(size: str = "body", *, strong: bool = False) -> QFont:
    """A font of the type scale; ``size`` is a key of :data:`TEXT_PX`."""
    made = QFont()
    made.setFamilies(list(FONT_FAMILIES))
    made.setPixelSize(TEXT_PX[size])
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return made
