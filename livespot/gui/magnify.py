"""The face with its micro-movements made visible: skin is pushed further along the motion that was measured.

Each ROI's newest vector says how its skin moved in the last half second. The picture is warped so that this motion
appears :attr:`MagnifyView.gain` times as large, smoothly between the ROIs and never so far that the picture folds.
Nothing else is enlarged: head motion has been taken out of the vectors, and noise of the picture never was in them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from livespot.cv import cv2
from livespot.gui.overlays import CASING, LIGHT
from livespot.gui.paint_cache import Canvas, paint_curve
from livespot.gui.painting import paint_pill
from livespot.gui.palette import DARK, GRID_PX, Theme, faint, font
from livespot.snapshot import RunState, Snapshot
from livespot.types import Float32Array, Image

GAINS = (2, 4, 8, 12, 16, 24, 32)
DEFAULT_GAIN = 8

_OUTER_EYES = (36, 45)
_REACH = 0.28  # how far an ROI moves the skin around it, in eye distances
_FOLD = 0.55  # largest displacement as a share of the reach: beyond, the picture would fold over itself
_FOLLOW = 0.15  # share by which the cut-out follows the face per picture: it glides and does not tremble
_CALM = 0.5  # share of the newest vectors in those shown: flow noise of one picture is halved
_GRID = 24  # the warp is computed on 24×24 points and is smooth between them
_MOST_PX = 480  # larger pictures show no more of a face 200 px wide
_POINTS = [*range(17, 27), *range(48, 60), 48]  # brows, outer lip, closed
_LINES = ((0, 5), (5, 10), (10, 23))


def displacement(
    points: NDArray[np.float64], centres: NDArray[np.float64], vectors: NDArray[np.float64], reach: float
) -> NDArray[np.float64]:
    """Smooth motion (n, 2) at ``points`` (n, 2), from ``vectors`` (m, 2) measured at ``centres`` (m, 2).

    A Gaussian of ``reach`` around each centre; where several reach, their mean by weight, so that neighbours never
    add up to more than was measured.
    """
    apart = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
    weights = np.exp(-0.5 * apart / reach**2)
    total = weights.sum(axis=1, keepdims=True)
    made: NDArray[np.float64] = weights @ vectors / np.maximum(total, 1.0)
    return made


class MagnifyView(QWidget):
    """The face, cut out and held still, with its motion enlarged; press the mouse to see it as it is.

    Show it alone with ``MagnifyView().show_snapshot(snapshot)``.

    Signals
    -------
    gain_changed(int)
    """

    gain_changed = pyqtSignal(int)

    def __init__(self, theme: Theme = DARK) -> None:
        super().__init__()
        self.gain = DEFAULT_GAIN
        self.mirror = False
        self._theme = theme
        self._snapshot = Snapshot()
        self._plain = False
        self._frame: tuple[float, float, float] | None = (
            None  # middle x, y and side of the cut-out, camera px
        )
        self._vectors: NDArray[np.float64] | None = None
        self._canvas = Canvas()
        self._maps = np.empty((3, 0, 0), np.float32)
        self._made: Image = np.empty((0, 0, 3), np.uint8)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(128, 128)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Magnified motion of the face")
        self.setToolTip(
            "Motion of the last half second, enlarged where it was measured.\n"
            "Dotted: without it. Hold the mouse or Space to see the face as it is; + and − change the gain."
        )
        self._describe()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(240, 240)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest picture and vectors."""
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.frame is before.frame and snapshot.state is before.state:
            return
        self._follow(snapshot)
        self.update()

    def set_gain(self, gain: int) -> None:
        """Enlarge motion ``gain`` times."""
        if gain != self.gain:
            self.gain = gain
            self._describe()
            self.gain_changed.emit(gain)
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(f"Motion enlarged {self.gain} times")

    def _follow(self, snapshot: Snapshot) -> None:
        if snapshot.landmarks is None:
            self._vectors = None
            if snapshot.state is not RunState.RUNNING:
                self._frame = None
            return
        x0, y0, x1, y1 = snapshot.landmarks.box
        wanted = ((x0 + x1) / 2, (y0 + y1) / 2, 1.25 * max(x1 - x0, y1 - y0, 8.0))
        held = self._frame
        if held is None or math.dist(held[:2], wanted[:2]) > 0.25 * held[2]:
            self._frame = wanted
        else:
            share = _FOLLOW
            self._frame = (
                held[0] + share * (wanted[0] - held[0]),
                held[1] + share * (wanted[1] - held[1]),
                held[2] + share * (wanted[2] - held[2]),
            )
        if snapshot.roi_vectors is None:
            self._vectors = None
            return
        newest = np.nan_to_num(snapshot.roi_vectors.astype(np.float64))
        self._vectors = newest if self._vectors is None else self._vectors + _CALM * (newest - self._vectors)

    # --- the warp -------------------------------------------------------------------------------------------

    def pushed(self, points: NDArray[np.float64], eyes_px: float) -> NDArray[np.float64]:
        """How far the skin at ``points`` (n, 2) camera px is moved beyond where it is: (n, 2) camera px."""
        centres = self._snapshot.roi_points
        if self._vectors is None or centres is None or self._plain:
            return np.zeros_like(points)
        known = np.isfinite(centres).all(axis=1)
        reach = _REACH * eyes_px
        extra = (self.gain - 1.0) * self._vectors[known]
        length = np.hypot(extra[:, 0], extra[:, 1])
        most = _FOLD * reach
        # Soft: what is twice as strong stays visibly stronger up to the limit.
        extra *= (most * np.tanh(length / most) / np.maximum(length, 1e-9))[:, None]
        return displacement(points, centres[known].astype(np.float64), extra, reach)

    def warped(self, image: Image, side: int) -> Image:
        """The cut-out with its motion enlarged: (side, side, 3) BGR; overwritten by the next."""
        assert self._frame is not None
        middle_x, middle_y, size = self._frame
        at = (np.arange(_GRID) + 0.5) / _GRID - 0.5
        x, y = np.meshgrid(middle_x + size * at, middle_y + size * at)
        pushed = self.pushed(np.column_stack([x.ravel(), y.ravel()]), self._eyes_px())
        if self._made.shape[0] != side:
            self._made = np.empty((side, side, 3), np.uint8)
            self._maps = np.empty((4, side, side), np.float32)
        fine = (size * ((np.arange(side) + 0.5) / side - 0.5)).astype(np.float32)
        coarse = pushed.T.reshape(2, _GRID, _GRID).astype(np.float32)
        # Backwards: what is shown here comes from where the skin has not yet been pushed to.
        for axis, line in enumerate(
            (np.float32(middle_x) + fine[None, :], np.float32(middle_y) + fine[:, None])
        ):
            cv2.resize(coarse[axis], (side, side), dst=self._maps[axis])
            np.subtract(line, self._maps[axis], out=self._maps[2 + axis])
        how, edge = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        cv2.remap(image, self._maps[2], self._maps[3], how, dst=self._made, borderMode=edge)
        return self._made

    def _eyes_px(self) -> float:
        face = self._snapshot.landmarks
        if face is None:
            return 100.0
        left, right = (face.points[i] for i in _OUTER_EYES)
        return max(float(np.hypot(*(right - left))), 8.0)

    def _to_view(self, points: NDArray[np.float64], area: QRectF) -> list[QPointF]:
        assert self._frame is not None
        middle_x, middle_y, size = self._frame
        across, down = 0.5 + (points[:, 0] - middle_x) / size, 0.5 + (points[:, 1] - middle_y) / size
        x = area.left() + area.width() * (1.0 - across if self.mirror else across)
        y = area.top() + area.height() * down
        return [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]

    # --- painting -------------------------------------------------------------------------------------------

    def area(self) -> QRectF:
        """The square that the face fills."""
        side = float(min(self.width(), self.height()))
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The warped face, its lines, the gain; about 1 ms at 240 px."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        snapshot, area, ratio = self._snapshot, self.area(), self.devicePixelRatioF()
        if snapshot.frame is None or self._frame is None:
            self._paint_words(painter, "The face appears here, its motion enlarged")
            painter.end()
            return
        side = min(round(area.width() * ratio), _MOST_PX)
        warped = self.warped(snapshot.frame.image, side)
        self._canvas.paint(painter, area, warped, ratio, mirror=self.mirror)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if snapshot.landmarks is None:
            painter.fillRect(area, faint(CASING, 0.6))
            self._pill(painter, area, "Paused: no face")
        else:
            self._paint_lines(painter, area, snapshot.landmarks.points)
            self._pill(painter, area, "as it is" if self._plain else f"motion ×{self.gain}")
        if self.hasFocus():
            painter.setPen(QColor(self._theme.text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_lines(self, painter: QPainter, area: QRectF, face: Float32Array) -> None:
        points = face[_POINTS].astype(np.float64)
        moved = points + self.pushed(points, self._eyes_px())
        ratio = self.devicePixelRatioF()
        dotted, solid = Qt.PenStyle.DotLine, Qt.PenStyle.SolidLine
        for shown, style, width in ((points, dotted, 1.0), (moved, solid, 1.25)):
            if style is dotted and self._plain:
                continue
            at = self._to_view(shown, area)
            lines = [QPolygonF(at[first:after]) for first, after in _LINES]
            paint_curve(painter, lines, CASING, width + 1.5, solid, ratio)
            paint_curve(painter, lines, LIGHT, width, style, ratio)

    def _pill(self, painter: QPainter, area: QRectF, words: str) -> None:
        at = QPointF(area.center().x(), area.bottom() - 3 * GRID_PX)
        limit = area.width() - 2 * GRID_PX
        paint_pill(painter, at, words, ground=faint(CASING, 0.88), ink=QColor(LIGHT), limit_px=limit)

    def _paint_words(self, painter: QPainter, words: str) -> None:
        painter.setFont(font("body"))
        painter.setPen(QColor(self._theme.muted))
        inside = QRectF(self.rect()).adjusted(GRID_PX, GRID_PX, -GRID_PX, -GRID_PX)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    # --- mouse and keys -------------------------------------------------------------------------------------

    def _show_plain(self, plain: bool) -> None:
        if plain != self._plain:
            self._plain = plain
            self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """The face as it is, while the button is down."""
        self._show_plain(True)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Enlarged again."""
        self._show_plain(False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """More or less gain."""
        if event is not None and event.angleDelta().y():
            self._step(1 if event.angleDelta().y() > 0 else -1)

    def _step(self, by: int) -> None:
        place = min(range(len(GAINS)), key=lambda i: abs(GAINS[i] - self.gain))
        self.set_gain(GAINS[min(max(place + by, 0), len(GAINS) - 1)])

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """+ and − change the gain, Space shows the face as it is."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Up):
            self._step(1)
        elif event.key() in (Qt.Key.Key_Minus, Qt.Key.Key_Down):
            self._step(-1)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._show_plain(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """Enlarged again."""
        if event is not None and event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._show_plain(False)
        else:
            super().keyReleaseEvent(event)
