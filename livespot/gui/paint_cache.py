"""Drawing that runs thirty times a second: pictures, curves and what never moves behind them.

Measured on one core of a small machine, per call: Qt's smooth scaling of a 640×480 picture takes 1.1 ms, OpenCV's
0.4 ms; a stroke two px wide along 300 points takes 0.7 ms, three strokes of one px side by side 0.1 ms; a text is
laid out in 0.05 ms, a stamp of it costs a tenth.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QWidget

from livespot.cv import cv2
from livespot.gui.palette import font
from livespot.types import Image

_STAMPS_KEPT = 512
_DASHES = {
    Qt.PenStyle.DashLine: (4.0, 2.0),
    Qt.PenStyle.DotLine: (1.5, 2.0),
    Qt.PenStyle.DashDotDotLine: (4.0, 2.0, 1.0, 2.0, 1.0, 2.0),
}
"""In widths of the line; Qt would count device px, and a dotted line would turn grey on a 2× screen."""


def image_of(bgr: Image) -> QImage:
    """A picture as Qt paints it fastest; (height, width, 3) BGR uint8. The copy owns its memory."""
    made = QImage(bgr.shape[1], bgr.shape[0], QImage.Format.Format_RGB32)
    memory = made.bits()
    assert memory is not None
    memory.setsize(made.sizeInBytes())
    flat = np.frombuffer(memory, np.uint8)  # type: ignore[call-overload]  # stub: no buffer
    cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA, dst=flat.reshape(bgr.shape[0], -1, 4))
    return made


def scaled(bgr: Image, width: int, height: int) -> Image:
    """``bgr`` brought to width × height px, averaging where it shrinks to less than half."""
    how = cv2.INTER_AREA if width < bgr.shape[1] / 2 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(bgr, (max(width, 1), max(height, 1)), interpolation=how), np.uint8)


class Canvas:
    """Paints pictures of one size after another; keeps its memory, since new memory costs more than the scaling."""

    def __init__(self) -> None:
        self._scaled: Image = np.empty((0, 0, 3), np.uint8)
        self._shown: Image = np.empty((0, 0, 4), np.uint8)
        self._image = QImage()

    def paint(
        self, painter: QPainter, area: QRectF, bgr: Image, ratio: float, *, mirror: bool = False
    ) -> None:
        """Fill ``area`` (logical px) with a BGR picture on a screen of ``ratio`` device px per logical px."""
        width, height = max(round(area.width() * ratio), 1), max(round(area.height() * ratio), 1)
        self._fit(width, height)
        if bgr.shape[:2] != (height, width):
            how = cv2.INTER_AREA if width < bgr.shape[1] / 2 else cv2.INTER_LINEAR
            cv2.resize(bgr, (width, height), dst=self._scaled, interpolation=how)
            bgr = self._scaled
        if mirror:
            cv2.flip(bgr, 1, dst=self._scaled)
            bgr = self._scaled
        cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA, dst=self._shown)
        self._image.setDevicePixelRatio(ratio)
        painter.drawImage(area.topLeft(), self._image)

    def _fit(self, width: int, height: int) -> None:
        if self._shown.shape[:2] == (height, width):
            return
        self._scaled = np.empty((height, width, 3), np.uint8)
        self._shown = np.empty((height, width, 4), np.uint8)
        memory, rgb = sip.voidptr(self._shown.ctypes.data), QImage.Format.Format_RGB32
        self._image = QImage(memory, width, height, 4 * width, rgb)  # type: ignore[call-overload]  # stub: bytes only


def paint_curve(
    painter: QPainter, runs: list[QPolygonF], colour: str, width: float, style: Qt.PenStyle, ratio: float
) -> None:
    """Stroke ``runs`` smoothly, ``width`` logical px wide; expects antialiasing to be on.

    Only strokes of one device px are fast in Qt's rasteriser: a wider one is several of them, side by side.
    """
    painter.setPen(thin_pen(colour, width, style, ratio))
    for offset in side_by_side(width, ratio):
        painter.translate(offset)
        for run in runs:
            painter.drawPolyline(run)
        painter.translate(-offset)


def thin_pen(colour: str, width: float, style: Qt.PenStyle, ratio: float) -> QPen:
    """A pen of one device px, dashed as one of ``width`` logical px is."""
    pen = QPen(QColor(colour), 1.0, style)
    if style in _DASHES:
        pen.setDashPattern([part * max(width * ratio, 1.0) for part in _DASHES[style]])
    pen.setCosmetic(True)
    return pen


def side_by_side(width: float, ratio: float) -> list[QPointF]:
    """Where to put thin strokes, in logical px, so that they look like one of ``width``."""
    wide = max(width * ratio - 1.0, 0.0)
    # Sideways and downwards, so that no direction stays thin; closer than 0.7 px, or seams would show between them.
    count = int(np.ceil(wide / 0.7))
    along = [wide * (i + 1) / count for i in range(count)]
    steps = [QPointF(), *(QPointF(d, 0.0) for d in along), *(QPointF(0.0, d) for d in along)]
    return [(step - QPointF(wide / 2, wide / 2)) / ratio for step in steps]


class StaticLayer:
    """What never moves behind a moving panel, painted once per size, scale and ``key``.

    Parameters
    ----------
    paint : callable
        Gets a painter in logical px.
    """

    def __init__(self, paint: Callable[[QPainter], None]) -> None:
        self._paint = paint
        self._pixmap = QPixmap()
        self._made_for: tuple[object, ...] = ()

    def draw(self, painter: QPainter, widget: QWidget, ground: str, key: object = None) -> None:
        """Put the layer over the whole of ``widget``, on ``ground``."""
        ratio = widget.devicePixelRatioF()
        wanted = (widget.width(), widget.height(), ratio, ground, key)
        if wanted != self._made_for:
            self._pixmap = QPixmap(QSize(round(widget.width() * ratio), round(widget.height() * ratio)))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(QColor(ground))
            with_pixmap = QPainter(self._pixmap)
            with_pixmap.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(with_pixmap)
            with_pixmap.end()
            self._made_for = wanted
        painter.drawPixmap(0, 0, self._pixmap)


class Stamps:
    """Short texts, laid out once and then only copied; the oldest are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()

    def draw(
        self,
        painter: QPainter,
        at: QPointF,
        text: str,
        colour: str,
        ratio: float,
        *,
        size: str = "small",
        strong: bool = False,
        ground: str = "",
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
    ) -> float:
        """Put ``text`` with its middle height at ``at``, aligned to it sideways; returns its width in logical px."""
        key = (text, colour, ratio, size, strong, ground)
        stamp = self._kept.get(key)
        if stamp is None:
            stamp = self._kept[key] = _stamp(text, colour, ratio, size, strong, ground)
            while len(self._kept) > _STAMPS_KEPT:
                self._kept.popitem(last=False)
        width, height = stamp.width() / ratio, stamp.height() / ratio
        shift = {Qt.AlignmentFlag.AlignLeft: 0.0, Qt.AlignmentFlag.AlignRight: width}.get(align, width / 2)
        # On whole device px: between them, the letters of a moving label would tremble and blur.
        x, y = round((at.x() - shift) * ratio) / ratio, round((at.y() - height / 2) * ratio) / ratio
        painter.drawPixmap(QPointF(x, y), stamp)
        return width


def _stamp(text: str, colour: str, ratio: float, size: str, strong: bool, ground: str) -> QPixmap:
    used = font(size, strong=strong)
    metrics = QFontMetrics(used)
    width, height = metrics.horizontalAdvance(text) + (8 if ground else 0), metrics.height()
    made = QPixmap(QSize(round(width * ratio + 0.5), round(height * ratio + 0.5)))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(ground) if ground else Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setFont(used)
    painter.setPen(QColor(colour))
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made
