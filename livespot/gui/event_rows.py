"""How an event looks in the list: type, time, length and score, with pictures of onset, apex and offset."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from PyQt6.QtCore import QLineF, QModelIndex, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPixmap
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from livespot.gui.event_model import EventModel
from livespot.gui.paint_cache import Stamps, image_of, scaled
from livespot.gui.painting import clock
from livespot.gui.palette import GRID_PX, LINE_STYLES, Theme, faint, font
from livespot.snapshot import Picture
from livespot.types import Image, Interval

PHASES = ("onset", "apex", "offset")
TEXT_PX = 88
_WORDS_PX = 2 * GRID_PX  # of the line that says what moved
ROW_PX = 7 * GRID_PX + _WORDS_PX
PLAIN_ROW_PX = 4 * GRID_PX + _WORDS_PX
_THUMB_PX = 44.0
_KEPT = 96

Three = tuple[Picture | None, Picture | None, Picture | None]


class Thumbnails:
    """Small faces by interval; those not looked at for longest are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Interval, tuple[Image | None, ...]] = OrderedDict()
        self._drawn: OrderedDict[tuple[Interval, int, float], QPixmap | None] = OrderedDict()

    def knows(self, interval: Interval) -> bool:
        """Whether pictures were given, even if none was kept."""
        return interval in self._kept

    def keep(self, interval: Interval, pictures: Three) -> None:
        """Cut the faces out of ``pictures`` and keep them small."""
        self._kept[interval] = tuple(None if p is None else face_of(p, 128) for p in pictures)
        for number in range(3):
            for key in [k for k in self._drawn if k[0] == interval and k[1] == number]:
                del self._drawn[key]
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def get(self, interval: Interval, number: int, ratio: float) -> QPixmap | None:
        """The picture of a phase (0 onset, 1 apex, 2 offset) at the scale of the screen."""
        faces = self._kept.get(interval)
        if faces is None or faces[number] is None:
            return None
        self._kept.move_to_end(interval)
        key = (interval, number, ratio)
        if key not in self._drawn:
            side = round(_THUMB_PX * ratio)
            face = faces[number]
            assert face is not None
            made = QPixmap.fromImage(image_of(scaled(face, side, side)))
            made.setDevicePixelRatio(ratio)
            self._drawn[key] = made
            while len(self._drawn) > 3 * _KEPT:
                self._drawn.popitem(last=False)
        return self._drawn[key]


def face_of(picture: Picture, most_px: int) -> Image:
    """The face as a square of at most ``most_px``; the picture's middle when no face is known."""
    height, width = picture.image.shape[:2]
    if picture.landmarks is not None and np.isfinite(picture.landmarks).all():
        low, high = picture.landmarks.min(axis=0), picture.landmarks.max(axis=0)
        middle, side = (low + high) / 2, 1.25 * float(max(high - low))
        middle = middle - np.array([0.0, 0.06 * side])  # the forehead, which landmarks leave out
    else:
        middle, side = np.array([width / 2, height / 2]), float(min(width, height))
    side = int(min(max(side, 8.0), height, width))
    left = int(min(max(middle[0] - side / 2, 0), width - side))
    top = int(min(max(middle[1] - side / 2, 0), height - side))
    cut = np.ascontiguousarray(picture.image[top : top + side, left : left + side])
    return scaled(cut, most_px, most_px) if side > most_px else cut


class EventDelegate(QStyledItemDelegate):
    """Paints a row; as wide as the list, so that nothing is ever cut off."""

    def __init__(self, theme: Theme, model: EventModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.with_pictures = False
        self._theme = theme
        self._model = model
        self._thumbnails = thumbnails
        self._stamps = Stamps()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Rows on the grid."""
        return QSize(100, ROW_PX if self.with_pictures else PLAIN_ROW_PX)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Ground of a chosen row, words, pictures."""
        if painter is None:
            return
        event, area = self._model.interval(index.row()), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(QPen(QColor(self._theme.strong_border), 1.0) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.raised))
            painter.drawRoundedRect(area.adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        self._paint_movement(painter, area, event)
        area.setBottom(area.bottom() - _WORDS_PX)
        if self.with_pictures:
            self._paint_tall(painter, area, event, ratio)
        else:
            self._paint_flat(painter, area, event, ratio)
        painter.restore()

    def _paint_movement(self, painter: QPainter, area: QRectF, event: Interval) -> None:
        """What moved, cut off with an ellipsis; the tooltip has all of it."""
        if event.movement is None:
            return
        line = area.adjusted(GRID_PX, area.height() - _WORDS_PX - 3, -GRID_PX, -3)
        painter.setFont(font("small"))
        painter.setPen(QColor(self._theme.muted))
        words = painter.fontMetrics().elidedText(
            event.movement.words, Qt.TextElideMode.ElideRight, int(line.width())
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_flat(self, painter: QPainter, area: QRectF, event: Interval, ratio: float) -> None:
        middle = area.center().y()
        self._chip(painter, QPointF(area.left() + GRID_PX, middle), event.type, ratio)
        left = Qt.AlignmentFlag.AlignLeft
        self._text(painter, area.left() + 56, middle, clock(event.onset_s, 2), ratio, left, "body")
        right = area.right() - GRID_PX
        self._text(
            painter, right - 48, middle, length_words(event), ratio, Qt.AlignmentFlag.AlignRight, "body"
        )
        self._text(
            painter, right, middle - 1, f"{event.score:.2f}", ratio, Qt.AlignmentFlag.AlignRight, "body"
        )
        self._score(painter, QRectF(right - 32, area.bottom() - 6, 32, 2), event)

    def _paint_tall(self, painter: QPainter, area: QRectF, event: Interval, ratio: float) -> None:
        left, top = area.left() + GRID_PX, area.top()
        self._chip(painter, QPointF(left, top + 14), event.type, ratio)
        at_left = Qt.AlignmentFlag.AlignLeft
        end = area.left() + TEXT_PX
        self._text(painter, end, top + 13, f"{event.score:.2f}", ratio, Qt.AlignmentFlag.AlignRight, "small")
        self._score(painter, QRectF(end - 24, top + 22, 24, 2), event)
        self._text(painter, left, top + 32, clock(event.onset_s, 2), ratio, at_left, "body")
        self._text(painter, left, top + 46, length_words(event), ratio, at_left, "small", muted=True)
        step, first = thumb_step(area.width()), area.left() + TEXT_PX + GRID_PX
        side = min(_THUMB_PX, step - 4)
        for number, phase in enumerate(PHASES):
            place = QRectF(first + number * step, top + 3, side, side)
            picture = self._thumbnails.get(event, number, ratio)
            if picture is not None:
                painter.drawPixmap(place, picture, QRectF(picture.rect()))
            else:
                painter.setPen(QPen(QColor(self._theme.border), 1.0))
                painter.setBrush(faint(self._theme.muted, 0.06))
                painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
                self._text(painter, place.center().x(), place.center().y(), "–", ratio, muted=True)
            painter.setPen(QPen(QColor(self._theme.of(phase)), 2.0, LINE_STYLES[phase]))
            painter.drawLine(QLineF(place.left(), place.bottom() + 3, place.right(), place.bottom() + 3))

    def _text(
        self,
        painter: QPainter,
        x: float,
        y: float,
        text: str,
        ratio: float,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
        size: str = "small",
        *,
        muted: bool = False,
    ) -> None:
        ink = self._theme.muted if muted else self._theme.text
        self._stamps.draw(painter, QPointF(x, y), text, ink, ratio, size=size, align=align)

    def _score(self, painter: QPainter, track: QRectF, event: Interval) -> None:
        painter.fillRect(track, faint(self._theme.muted, 0.25))
        track.setWidth(track.width() * min(max(event.score, 0.0), 1.0))
        painter.fillRect(track, QColor(self._theme.of(event.type)))

    def _chip(self, painter: QPainter, at: QPointF, kind: str, ratio: float) -> None:
        chip = QRectF(at.x(), at.y() - 9, 36, 18)
        painter.setPen(QColor(self._theme.of(kind)))
        painter.setBrush(faint(self._theme.of(kind), 0.14))
        painter.drawRoundedRect(chip, 9, 9)
        self._stamps.draw(painter, chip.center(), kind, self._theme.of(kind), ratio, strong=True)


def thumb_step(width: float) -> float:
    """From one picture of a row to the next."""
    return min(_THUMB_PX + 4, (width - TEXT_PX - 2 * GRID_PX) / 3)


def phase_at(x: float, width: float) -> int:
    """Which picture of a row is at ``x``: 0 onset, 1 apex, 2 offset; the apex beside the pictures."""
    place = int((x - TEXT_PX - GRID_PX) // thumb_step(width))
    return place if 0 <= place <= 2 and x >= TEXT_PX + GRID_PX else 1


def length_words(event: Interval) -> str:
    """Length in seconds."""
    return f"{event.offset_s - event.onset_s:.2f} s"
