"""F1 and counts against the ground truth, and what the signs on the track mean."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

from livespot.evaluation.matching import Counts, SpottingScore
from livespot.gui.painting import paint_hatched
from livespot.gui.palette import DARK, GRID_PX, LINE_STYLES, Theme, font
from livespot.gui.review.signs import VERDICTS, paint_mark

_SIGNS = {verdict.value: name for name, verdict in VERDICTS.items()}


def score_words(score: SpottingScore) -> str:
    """``F1 0.62  ·  ME 2 right, 0 false alarms, 2 missed  ·  MaE …``."""
    parts = [f"F1 {score.overall.f1:.2f}"]
    parts += [f"{name} {_counts(counts)}" for name, counts in (("ME", score.me), ("MaE", score.mae))]
    return "  ·  ".join(parts)


def _counts(counts: Counts) -> str:
    alarms = "false alarm" if counts.fp == 1 else "false alarms"
    return f"{counts.tp} right, {counts.fp} {alarms}, {counts.fn} missed"


class ScoreLabel(QLabel):
    """The score after review, and of the second analysis when there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strong")
        self.setAccessibleName("Score against the ground truth")
        # A narrow window must not be held open by a long line of counts.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""

    def show_scores(self, now: SpottingScore | None, new: SpottingScore | None, name: str) -> None:
        """Both; None: no ground truth."""
        if now is None:
            self._whole, tip = "", ""
        else:
            self._whole = score_words(now)
            tip = (
                "Against the ground truth, IoU 0.5 or more; what the review rejected does not count.\n"
                f"Here, after review: {score_words(now)}"
            )
            if new is not None:
                change = new.overall.f1 - now.overall.f1
                self._whole += f"  →  new F1 {new.overall.f1:.2f} ({change:+.2f})".replace("-", "−")
                tip += f"\nNew analysis, {name}: {score_words(new)}"
        self.setToolTip(tip)
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(
            self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 0))
        )


class TrackLegend(QWidget):
    """A sample and a word for each sign that is in use."""

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self._theme = theme
        self._words: tuple[str, ...] = ()
        self.setFixedHeight(2 * GRID_PX)
        self.show_parts(truth=False, compared=False)

    def show_parts(self, *, truth: bool, compared: bool) -> None:
        """What is on the track."""
        words = [
            "apex",
            *(["new apex", "new"] if compared else []),
            *(["ground truth", *(verdict.value for verdict in VERDICTS.values())] if truth else []),
        ]
        self._words = tuple(words)
        self.setAccessibleName("Legend: " + ", ".join(words))
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(font("small"))
        return QSize(
            sum(_sample(w) + 6 + metrics.horizontalAdvance(w) + 12 for w in self._words), 2 * GRID_PX
        )

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """One after the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        x, middle = 0.0, self.height() / 2
        for word in self._words:
            width = _sample(word)
            area = QRectF(x, middle - 5, width, 10)
            if word == "apex":
                painter.setPen(QPen(QColor(self._theme.apex), 2.0, LINE_STYLES["apex"]))
                painter.drawLine(QPointF(x, middle), QPointF(x + width, middle))
            elif word == "new apex":
                pen = QPen(QColor(self._theme.text), 1.4, Qt.PenStyle.CustomDashLine)
                pen.setDashPattern([4.0, 2.5])
                painter.setPen(pen)
                painter.drawLine(QPointF(x, middle), QPointF(x + width, middle))
            elif word in ("new", "ground truth"):
                if word == "new":
                    paint_hatched(painter, area, self._theme.muted, spacing_px=5.0)
                painter.setPen(QPen(QColor(self._theme.muted), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(area.adjusted(0.75, 0.75, -0.75, -0.75))
            else:
                paint_mark(painter, area.center(), _SIGNS[word], self._theme)
            painter.setPen(QColor(self._theme.muted))
            words = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(
                QRectF(x + width + 6, 0, words + 4, self.height()), Qt.AlignmentFlag.AlignVCenter, word
            )
            x += width + 6 + words + 12
        painter.end()


def _sample(word: str) -> int:
    return 12 if word in _SIGNS else 22
