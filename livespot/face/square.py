"""A turned rectangle of a picture, and the picture of it that a network is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livespot.cv import cv2
from livespot.types import Float32Array, Image


@dataclass(frozen=True, slots=True)
class TurnedRectangle:
    """Where in a picture to look.

    Attributes
    ----------
    middle : (float, float)
        x and y in px of the picture, counted from its outer edge: the first px has its centre at 0.5.
    width, height : float
        In px, along the rectangle's own axes.
    turned_rad : float
        From the picture's x axis to the rectangle's, clockwise as one sees it.
    """

    middle: tuple[float, float]
    width: float
    height: float
    turned_rad: float

    def cut(self, image: Image, side: int, *, black_outside: bool) -> Image:
        """The rectangle of a BGR picture as RGB, drawn ``side`` px wide and high.

        Outside the picture it is black, or goes on as the picture's edge is.
        """
        # Corners, not pixel centres, are mapped onto corners: the networks were trained on pictures cut like this.
        forward = cv2.getPerspectiveTransform(
            cv2.boxPoints((self.middle, (self.width, self.height), np.degrees(self.turned_rad))),
            np.array([[0, side], [0, 0], [side, 0], [side, side]], np.float32),
        )
        border = cv2.BORDER_CONSTANT if black_outside else cv2.BORDER_REPLICATE
        drawn = cv2.warpPerspective(image, forward, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
        return np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2RGB), np.uint8)

    def to_picture(self, places: Float32Array) -> NDArray[np.float64]:
        """Places in the rectangle, 0 to 1 from edge to edge, as px of the picture: (n, 2 or 3); z in the scale of x."""
        cosine, sine = np.cos(self.turned_rad), np.sin(self.turned_rad)
        x = (places[:, 0].astype(np.float64) - 0.5) * self.width
        y = (places[:, 1].astype(np.float64) - 0.5) * self.height
        out = places * np.float64(self.width)
        out[:, 0] = cosine * x - sine * y + self.middle[0]
        out[:, 1] = sine * x + cosine * y + self.middle[1]
        return out


def direction(start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Angle of the way from one point to another, as in :attr:`TurnedRectangle.turned_rad`."""
    return float(np.arctan2(end[1] - start[1], end[0] - start[0]))
