"""How well the displaced picture of an area explains what a later picture shows there."""

from __future__ import annotations

import numba

from livespot.flow.displacement import Region
from livespot.flow.expansion import PATCH_PX
from livespot.types import Float32Array, Image

LEFT_OVER, CONTRAST, BRIGHTER = 0, 1, 2
"""Columns of a fit: mean square of the difference of the two areas, each freed of its mean; half the sum of their
variances; mean of the second less that of the first. Grey levels, squared in the first two."""


@numba.njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def compare(
    first: Image, second: Image, area: Region, x: int, y: int, flow: Float32Array, fit: Float32Array
) -> None:
    """Compare an area of one picture with where its displacement leads in another.

    Parameters
    ----------
    first, second : (224 * 224,) uint8
        Grey levels of two patches of one anchor.
    area : Region
        In the first patch.
    x, y : int
        What to add to a px of the first patch for the same px of the moved box in the second.
    flow : (2 * width * height,) float32
        Displacement of the area's px, dx then dy.
    fit : (3,) float32
        Gets the columns named above; stays as it is where most of the area is led out of the second patch.
    """
    left, top, width, height = area
    size = width * height
    n, a_sum, b_sum, squares, differences = 0, 0.0, 0.0, 0.0, 0.0
    for j in range(height):
        for i in range(width):
            to_x = left + i + x + flow[j * width + i]
            to_y = top + j + y + flow[size + j * width + i]
            if not (0.0 <= to_x < PATCH_PX - 1 and 0.0 <= to_y < PATCH_PX - 1):
                continue
            u, v = int(to_x), int(to_y)
            k = v * PATCH_PX + u
            share_x, share_y = to_x - u, to_y - v
            above = second[k] + share_x * (float(second[k + 1]) - second[k])
            below = second[k + PATCH_PX] + share_x * (float(second[k + PATCH_PX + 1]) - second[k + PATCH_PX])
            b = above + share_y * (below - above)
            a = float(first[(top + j) * PATCH_PX + left + i])
            n += 1
            a_sum += a
            b_sum += b
            squares += a * a + b * b
            differences += (b - a) * (b - a)
    if 2 * n < size:
        return
    a_mean, b_mean = a_sum / n, b_sum / n
    fit[LEFT_OVER] = differences / n - (b_mean - a_mean) ** 2
    fit[CONTRAST] = 0.5 * (squares / n - a_mean * a_mean - b_mean * b_mean)
    fit[BRIGHTER] = b_mean - a_mean
