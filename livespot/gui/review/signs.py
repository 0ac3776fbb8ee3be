"""The signs and words against the ground truth: the same as in the live view."""

from __future__ import annotations

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QPainter

from livespot.gui.palette import Theme
from livespot.gui.timeline_bars import paint_verdict
from livespot.gui.verdicts import Verdict

VERDICTS: dict[str, Verdict] = {"TP": Verdict.RIGHT, "FP": Verdict.FALSE, "FN": Verdict.MISSED}
"""By their names in tables of scores."""


def words_of(what: str) -> str:
    """Return ``right``, ``false alarm`` or ``missed`` for ``TP``, ``FP`` or ``FN``; nothing for nothing."""
    return VERDICTS[what].value if what else ""


def paint_mark(painter: QPainter, centre: QPointF, what: str, theme: Theme) -> None:
    """Paint ``TP``, ``FP`` or ``FN`` as a tick, a cross or a diamond, about 10 px wide."""
    paint_verdict(painter, centre, VERDICTS[what], theme.text if what == "TP" else theme.attention)
