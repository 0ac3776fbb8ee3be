"""The camera picture with its overlays.

Overlays are white with a dark casing: they read on any skin and take no colour from the language of
expressions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.config import FlowConfig
from livespot.gui.painting import paint_pill
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import RunState, Snapshot
from livespot.types import ROI_RADIUS_PX, FaceState, Float32Array, Landmarks

DEFAULT_GAIN = 8.0
"""A micro-expression of 1 px becomes an arrow that a person sees, a smile of 8 px does not leave the face."""

_OUTER_EYE_CORNERS = (36, 45)
_CASING = "#101216"
_LIGHT = "#FFFFFF"


@dataclass(slots=True)
class Overlays:
    """What is drawn over the picture; ``gain`` lengthens motion arrows, ``mirror`` flips the display only."""

    box: bool = True
    landmarks: bool = True
    rois: bool = True
    motion: bool = True
    gain: float = DEFAULT_GAIN
    mirror: bool = False


def words_for(snapshot: Snapshot) -> tuple[str, str]:
    """Headline and hint for when there is no live picture to look at; both may be empty."""
    name = snapshot.source.name if snapshot.source is not None else "the source"
    match snapshot.state:
        case RunState.STARTING:
            return f"Opening {name} …", snapshot.message or "A camera can take a few seconds."
        case RunState.RECONNECTING:
            return "Connection lost", snapshot.message or f"Trying to reach {name} again …"
        case RunState.FAILED:
            return "The stream has stopped", snapshot.message or "Choose another source and press Start."
        case RunState.IDLE:
            return "Ready when you are", "Choose a source above and press Start.\nThe demo needs no camera."
    return ("", "") if snapshot.frame is not None else ("Waiting for the first picture …", "")


def face_words(face: FaceState) -> str:
    """What stands between the camera and a measurement, as a short sentence; empty when nothing does."""
    if face is FaceState.OK:
        return ""
    if face is FaceState.NO_FACE:
        return "No face in the picture"
    words = str(face.value)
    return words[:1].upper() + words[1:]


class PictureView(QWidget):
    """The newest picture, letterboxed and never distorted, with overlays, and words where there is no face.

    Show it alone with ``PictureView().show_snapshot(snapshot)``.
    """

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.overlays = Overlays()
        self._theme = theme
        self._snapshot = Snapshot()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # spares the styled panel below
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Camera picture")
        self._describe()

    def sizeHint(self) -> QSize:
        """A comfortable 4:3."""
        return QSize(560, 420)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest snapshot; repaints only when something visible changed."""
        before, self._snapshot = self._snapshot, snapshot
        if (
            snapshot.frame is not before.frame
            or snapshot.state is not before.state
            or snapshot.face is not before.face
            or snapshot.message != before.message
            or snapshot.landmarks is not before.landmarks
        ):
            self._describe()
            self.update()

    def _describe(self) -> None:
        words = words_for(self._snapshot)[0] or face_words(self._snapshot.face) or "Face found"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def picture_area(self) -> QRectF:
        """Where the picture lies in the widget: as large as fits, its shape kept; empty without a picture."""
        if self._snapshot.frame is None:
            return QRectF()
        height, width = self._snapshot.frame.image.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def to_widget(self) -> QTransform:
        """From pixel centres of the camera picture to px of the widget, mirrored when asked for."""
        area = self.picture_area()
        width = self._snapshot.frame.image.shape[1] if self._snapshot.frame is not None else 1
        scale = area.width() / width
        made = QTransform()
        if self.overlays.mirror:
            made.translate(area.right(), area.top())
            made.scale(-scale, scale)
        else:
            made.translate(area.left(), area.top())
            made.scale(scale, scale)
        made.translate(0.5, 0.5)  # pixel centres are whole numbers, the picture's edge is at −0.5
        return made

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Picture, overlays, words; about 2 ms."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        snapshot = self._snapshot
        headline, hint = words_for(snapshot)
        stale = bool(headline)
        if snapshot.frame is not None:
            self._paint_picture(painter, snapshot.frame.image)
            if not stale:
                self._paint_overlays(painter, snapshot)
        if headline:
            self._paint_words(painter, headline, hint, over_picture=snapshot.frame is not None)
        elif snapshot.state is RunState.RUNNING and (problem := face_words(snapshot.face)):
            self._paint_pill(painter, problem)
        elif snapshot.state is RunState.FINISHED:
            self._paint_pill(painter, "Finished")
        painter.end()

    def _paint_picture(
        self, painter: QPainter, image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    ) -> None:
        pixels = np.ascontiguousarray(image)
        height, width = pixels.shape[:2]
        # The array outlives the QImage, which only borrows its memory during this call.
        memory, bgr = sip.voidptr(pixels.ctypes.data), QImage.Format.Format_BGR888
        picture = QImage(memory, width, height, 3 * width, bgr)  # type: ignore[call-overload]  # stub: bytes only
        painter.save()
        painter.setTransform(self.to_widget(), True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QPointF(-0.5, -0.5), picture)
        painter.restore()

    def _paint_overlays(self, painter: QPainter, snapshot: Snapshot) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        transform, shown = self.to_widget(), self.overlays
        if snapshot.landmarks is not None and shown.box:
            self._paint_box(painter, transform, snapshot.landmarks)
        if snapshot.landmarks is not None and shown.landmarks:
            dots = [transform.map(QPointF(float(x), float(y))) for x, y in snapshot.landmarks.points]
            for colour, size in ((_CASING, 4.0), (_LIGHT, 2.5)):
                painter.setPen(QPen(QColor(colour), size, cap=Qt.PenCapStyle.RoundCap))
                painter.drawPoints(QPolygonF(dots))
        if snapshot.roi_points is not None and shown.rois:
            self._paint_rois(painter, transform, snapshot.roi_points, snapshot.landmarks)
        if snapshot.roi_points is not None and snapshot.roi_vectors is not None and shown.motion:
            self._paint_arrows(painter, transform, snapshot.roi_points, snapshot.roi_vectors)
        painter.restore()

    def _paint_box(self, painter: QPainter, transform: QTransform, face: Landmarks) -> None:
        x0, y0, x1, y1 = face.box
        area = transform.mapRect(QRectF(x0, y0, x1 - x0, y1 - y0)).adjusted(-8, -8, 8, 8)
        for colour, width in ((_CASING, 3.0), (_LIGHT, 1.5)):
            painter.setPen(QPen(faint(colour, 0.75), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _corners(painter, area, min(area.width(), area.height()) / 6)

    def _paint_rois(
        self, painter: QPainter, transform: QTransform, points: Float32Array, face: Landmarks | None
    ) -> None:
        side = 2 * _roi_radius_px(face) * abs(transform.m11())
        squares = []
        for x, y in points:
            if math.isfinite(x) and math.isfinite(y):
                centre = transform.map(QPointF(float(x), float(y)))
                squares.append(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))
        if not squares:
            return
        painter.setBrush(faint(_LIGHT, 0.12))
        painter.setPen(QPen(faint(_CASING, 0.6), 2.5))
        painter.drawRects(*squares)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(_LIGHT), 1.0))
        painter.drawRects(*squares)

    def _paint_arrows(
        self, painter: QPainter, transform: QTransform, points: Float32Array, vectors: Float32Array
    ) -> None:
        lines: list[QLineF] = []
        for (x, y), (dx, dy) in zip(points.tolist(), vectors.tolist(), strict=True):
            if not all(math.isfinite(v) for v in (x, y, dx, dy)):
                continue  # hidden ROI: nothing measured, nothing drawn
            tip = QPointF(x + self.overlays.gain * dx, y + self.overlays.gain * dy)
            line = QLineF(transform.map(QPointF(x, y)), transform.map(tip))
            if line.length() >= 2.0:
                lines += [line, *_barbs(line)]
        if not lines:
            return
        for colour, width in ((_CASING, 4.0), (_LIGHT, 2.0)):
            painter.setPen(QPen(QColor(colour), width, cap=Qt.PenCapStyle.RoundCap))
            painter.drawLines(*lines)

    def _paint_pill(self, painter: QPainter, text: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.picture_area() if self._snapshot.frame is not None else QRectF(self.rect())
        centre = QPointF(area.center().x(), area.bottom() - 4 * GRID_PX)
        paint_pill(
            painter,
            centre,
            text,
            ground=faint(_CASING, 0.88),
            ink=QColor(_LIGHT),
            limit_px=area.width() - 2 * GRID_PX,
        )

    def _paint_words(self, painter: QPainter, headline: str, hint: str, *, over_picture: bool) -> None:
        if over_picture:
            painter.fillRect(self.picture_area(), faint(_CASING, 0.82))
        ink, quiet = (_LIGHT, "#C9D0D8") if over_picture else (self._theme.text, self._theme.muted)
        middle = self.height() / 2
        width: float = min(self.width() - 6 * GRID_PX, 460)
        left = (self.width() - width) / 2
        centred = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.setFont(font("display", strong=True))
        painter.setPen(QColor(ink))
        above = QRectF(left, 0, width, middle)
        painter.drawText(above, centred | int(Qt.AlignmentFlag.AlignBottom), headline)
        painter.setFont(font("body"))
        painter.setPen(QColor(quiet))
        if (asked := painter.fontMetrics().horizontalAdvance(hint)) > width and "\n" not in hint:
            balanced = 1.15 * asked / math.ceil(asked / width)  # lines of one length, no lonely last word
            left, width = left + max(width - balanced, 0) / 2, min(balanced, width)
        below = QRectF(left, middle + 2 * GRID_PX, width, middle - 2 * GRID_PX)
        painter.drawText(below, centred | int(Qt.AlignmentFlag.AlignTop), hint)


def _roi_radius_px(face: Landmarks | None) -> float:
    """Half an ROI's side in px of the camera picture: the canonical crop's, at this face's size."""
    if face is None:
        return ROI_RADIUS_PX + 0.5
    left, right = (face.points[i] for i in _OUTER_EYE_CORNERS)
    distance = float(np.hypot(*(right - left)))
    return (ROI_RADIUS_PX + 0.5) * distance / FlowConfig().eye_distance_px


def _corners(painter: QPainter, area: QRectF, length: float) -> None:
    """The four corners of a frame: says where the face is without fencing it in."""
    for x, sx in ((area.left(), 1), (area.right(), -1)):
        for y, sy in ((area.top(), 1), (area.bottom(), -1)):
            corner = [QPointF(x + sx * length, y), QPointF(x, y), QPointF(x, y + sy * length)]
            painter.drawPolyline(QPolygonF(corner))


def _barbs(line: QLineF, length: float = 6.0) -> list[QLineF]:
    """The two short strokes of an arrow head at ``line``'s end."""
    size = min(length, 0.4 * line.length())
    made = []
    for turn in (150.0, -150.0):
        stroke = QLineF(line.p2(), line.p1())
        stroke.setAngle(line.angle() + turn)
        stroke.setLength(size)
        made.append(stroke)
    return made
