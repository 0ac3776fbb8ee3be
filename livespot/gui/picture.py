"""The camera picture with its overlays, or a kept moment of it."""

from __future__ import annotations

import math

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QTransform
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.gui.overlays import CASING, DEFAULT_GAIN, LIGHT, OverlayPainter, Overlays
from livespot.gui.paint_cache import Canvas
from livespot.gui.painting import paint_pill
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import Picture, RunState, Snapshot
from livespot.types import FaceState, Image

__all__ = ["DEFAULT_GAIN", "Overlays", "PictureView", "face_words", "words_for"]


def words_for(snapshot: Snapshot) -> tuple[str, str]:
    """Headline and hint for when there is no live picture to look at; both may be empty."""
    name = snapshot.source.name if snapshot.source is not None else "the source"
    match snapshot.state:
        case RunState.OPENING:
            return f"Opening {name} …", snapshot.message or "A camera can take a few seconds."
        case RunState.RECONNECTING:
            return "Connection lost", snapshot.message or f"Trying to reach {name} again …"
        case RunState.FAILED:
            headline = "The stream has stopped" if snapshot.frame is not None else "This did not open"
            return headline, snapshot.message or "Choose another source and press Start."
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

    Signals
    -------
    moment_closed()
        The user has gone back from a kept moment to the newest picture.
    """

    moment_closed = pyqtSignal()

    def __init__(self, theme: Theme = DARK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.overlays = Overlays()
        self._theme = theme
        self._snapshot = Snapshot()
        self._moment: Picture | None = None
        self._moment_words = ""
        self._over = OverlayPainter()
        self._canvas = Canvas()
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
        if self._moment is None and (
            snapshot.frame is not before.frame
            or snapshot.state is not before.state
            or snapshot.face is not before.face
            or snapshot.message != before.message
            or snapshot.landmarks is not before.landmarks
        ):
            self._describe()
            self.update()

    def show_moment(self, picture: Picture | None, words: str = "") -> None:
        """Hold a kept picture, with ``words`` on it, until a click or Escape; None: back to the newest picture."""
        if picture is None and self._moment is None:
            return
        self._moment, self._moment_words = picture, words
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if picture is None else Qt.FocusPolicy.StrongFocus)
        self._describe()
        self.update()

    @property
    def moment(self) -> Picture | None:
        """The kept picture that is held."""
        return self._moment

    def _close_moment(self) -> None:
        self.show_moment(None)
        self.moment_closed.emit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Back from a moment."""
        if self._moment is not None:
            self._close_moment()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape: back from a moment."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self._moment is not None:
            self._close_moment()
        else:
            super().keyPressEvent(event)

    def _describe(self) -> None:
        words = words_for(self._snapshot)[0] or face_words(self._snapshot.face) or "Face found"
        if self._moment is not None:
            words = f"A kept picture: {self._moment_words}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def _image(self) -> Image | None:
        if self._moment is not None:
            return self._moment.image
        return self._snapshot.frame.image if self._snapshot.frame is not None else None

    def picture_area(self) -> QRectF:
        """Where the picture lies in the widget: as large as fits, its shape kept; empty without a picture."""
        if (image := self._image()) is None:
            return QRectF()
        height, width = image.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def to_widget(self) -> QTransform:
        """From pixel centres of the camera picture to px of the widget, mirrored when asked for."""
        area, image = self.picture_area(), self._image()
        scale = area.width() / (image.shape[1] if image is not None else 1)
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
        """Picture, overlays, words; about 1 ms."""
        painter = QPainter(self)
        self._paint_ground(painter)
        snapshot, image = self._snapshot, self._image()
        headline, hint = ("", "") if self._moment is not None else words_for(snapshot)
        if image is not None:
            area, ratio = self.picture_area(), self.devicePixelRatioF()
            self._canvas.paint(painter, area, image, ratio, mirror=self.overlays.mirror)
            if self._moment is not None:
                self._paint_moment(painter, self._moment)
            elif not headline:
                self._paint_overlays(painter, snapshot)
        if headline:
            self._paint_words(painter, headline, hint, over_picture=image is not None)
        elif self._moment is None and snapshot.state is RunState.RUNNING and face_words(snapshot.face):
            self._paint_pill(painter, face_words(snapshot.face))
        elif self._moment is None and snapshot.state is RunState.ENDED:
            self._paint_pill(painter, "Finished")
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        """Only beside the picture: filling what the picture covers would be paid for thirty times a second."""
        area, whole, ground = self.picture_area(), QRectF(self.rect()), QColor(self._theme.panel)
        if area.isEmpty():
            painter.fillRect(whole, ground)
            return
        for bar in (
            QRectF(0, 0, area.left() + 1, whole.height()),
            QRectF(area.right() - 1, 0, whole.width() - area.right() + 1, whole.height()),
            QRectF(0, 0, whole.width(), area.top() + 1),
            QRectF(0, area.bottom() - 1, whole.width(), whole.height() - area.bottom() + 1),
        ):
            painter.fillRect(bar, ground)

    def _paint_overlays(self, painter: QPainter, snapshot: Snapshot) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        transform, shown, face = self.to_widget(), self.overlays, snapshot.landmarks
        points = None if face is None else face.points
        if face is not None and shown.box:
            x0, y0, x1, y1 = face.box
            self._over.box(painter, transform, (x0, y0), (x1, y1))
        if points is not None and shown.landmarks:
            self._over.landmarks(painter, transform, points, self.devicePixelRatioF())
        if snapshot.roi_points is not None and shown.rois:
            self._over.rois(painter, transform, snapshot.roi_points, points)
        if snapshot.roi_points is not None and snapshot.roi_vectors is not None and shown.motion:
            self._over.arrows(painter, transform, snapshot.roi_points, snapshot.roi_vectors, shown.gain)

    def _paint_moment(self, painter: QPainter, moment: Picture) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        transform = self.to_widget()
        if moment.landmarks is not None and self.overlays.landmarks:
            self._over.landmarks(painter, transform, moment.landmarks, self.devicePixelRatioF())
        if moment.roi_points is not None and self.overlays.rois:
            self._over.rois(painter, transform, moment.roi_points, moment.landmarks)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_pill(painter, self._moment_words or "A kept picture", top=True)
        self._paint_pill(painter, "Click or press Esc to go back")

    def _paint_pill(self, painter: QPainter, text: str, *, top: bool = False) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.picture_area() if self._image() is not None else QRectF(self.rect())
        y = area.top() + 4 * GRID_PX if top else area.bottom() - 4 * GRID_PX
        paint_pill(
            painter,
            QPointF(area.center().x(), y),
            text,
            ground=faint(CASING, 0.88),
            ink=QColor(LIGHT),
            limit_px=area.width() - 2 * GRID_PX,
        )

    def _paint_words(self, painter: QPainter, headline: str, hint: str, *, over_picture: bool) -> None:
        if over_picture:
            painter.fillRect(self.picture_area(), faint(CASING, 0.82))
        ink, quiet = (LIGHT, "#C9D0D8") if over_picture else (self._theme.text, self._theme.muted)
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
