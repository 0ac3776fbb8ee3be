"""A face for made-up snapshots: a public-domain portrait where it can be had, a drawn one elsewhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QRadialGradient

from livespot.types import Image

WIDTH, HEIGHT = 640, 480

# The 68 points of NASA's public-domain portrait of Eileen Collins (skimage.data.astronaut), its part
# [0:240, 62:382] brought to 640×480; the drawn face is made to fit them too.
POINTS = np.array(
    [
        (233, 206), (234, 224), (235, 242), (239, 272), (246, 291), (258, 313), (270, 325), (290, 344),
        (320, 353), (351, 346), (374, 330), (387, 319), (402, 298), (414, 269), (418, 250), (420, 231),
        (423, 214), (249, 183), (257, 175), (270, 172), (286, 174), (306, 177), (348, 178), (368, 176),
        (386, 175), (399, 180), (406, 188), (326, 206), (325, 227), (324, 242), (323, 254), (304, 260),
        (312, 267), (323, 269), (334, 268), (342, 263), (264, 202), (273, 196), (288, 196), (303, 208),
        (291, 209), (277, 208), (349, 209), (366, 199), (381, 200), (389, 207), (376, 212), (361, 212),
        (279, 279), (296, 278), (309, 279), (323, 281), (336, 280), (350, 281), (370, 284), (356, 300),
        (335, 311), (322, 312), (309, 310), (290, 296), (284, 281), (312, 284), (323, 285), (335, 285),
        (364, 285), (334, 301), (322, 302), (311, 300),
    ],
    np.float32,
)  # fmt: skip


@cache
def portrait() -> Image:
    """The portrait where scikit-image is installed, a drawn face otherwise; (480, 640, 3) BGR."""
    try:
        from skimage import data, transform
    except ImportError:
        return drawn_face()
    part = data.astronaut()[0:240, 62:382, ::-1]
    scaled = transform.resize(part, (HEIGHT, WIDTH), order=1)
    return np.ascontiguousarray((255 * scaled).round().astype(np.uint8))


def drawn_face(*, face: bool = True) -> Image:
    """A plain room, with a drawn face that fits the landmarks, or empty; (480, 640, 3) BGR."""
    picture = QImage(WIDTH, HEIGHT, QImage.Format.Format_BGR888)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wall = QRadialGradient(QPointF(260, 180), 480)
    wall.setColorAt(0.0, QColor("#8E979E"))
    wall.setColorAt(1.0, QColor("#4C555C"))
    painter.fillRect(picture.rect(), wall)
    if face:
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, area in (
            ("#3B4A5A", QRectF(180, 370, 290, 220)),
            ("#3A2B22", QRectF(222, 96, 210, 230)),
            ("#D2A284", QRectF(236, 120, 184, 236)),
            ("#F3EEE8", QRectF(264, 194, 40, 16)),
            ("#F3EEE8", QRectF(349, 196, 40, 16)),
            ("#2C3A40", QRectF(278, 194, 13, 15)),
            ("#2C3A40", QRectF(364, 196, 13, 15)),
            ("#A8574F", QRectF(279, 277, 91, 32)),
        ):
            painter.setBrush(QColor(colour))
            painter.drawEllipse(area)
        painter.setPen(QPen(QColor("#3A2B22"), 6))
        for start in (17, 22):
            brow = [QPointF(float(x), float(y)) for x, y in POINTS[start : start + 5]]
            painter.drawPolyline(QPolygonF(brow))
    painter.end()
    bits = picture.constBits()
    assert bits is not None
    flat: Image = np.frombuffer(bits.asstring(picture.sizeInBytes()), np.uint8)
    return flat.reshape(HEIGHT, picture.bytesPerLine())[:, : 3 * WIDTH].reshape(HEIGHT, WIDTH, 3).copy()
