"""Grey patch to polynomial expansions, coarse to fine: the half of Farneback's method that belongs to a frame.

The signal around each pixel is approximated by f(x) = xᵀ A x + bᵀ x + c, weighted with a Gaussian (Farnebäck 2003,
section 2); the pyramid is built as ``cv2.calcOpticalFlowFarneback`` builds it. Made once per frame, shared by the 16
pairs that the frame takes part in.

The expansion of a patch is one flat float32 array: full, half and quarter size, row by row, eight floats a pixel: b_y,
b_x, A_yy, A_xx, A_xy and three zeros. All are halved, because a pair needs half the difference of two b and half the
sum of two A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from livespot.config import FlowConfig
from livespot.cv import cv2
from livespot.flow.simd import LANES, add, load, mul, muladd, spread, store, store_pixels, sub
from livespot.types import Float32Array, Image, Patch

LEVELS = 3
"""Full, half and quarter size; the kernels are written for exactly these."""

PATCH_PX = 224
"""Side of a patch."""

REACH = 5
"""Neighbourhood of the expansion to each side: ``poly_n`` of ``cv2.calcOpticalFlowFarneback``."""

BASES = (0, LANES * PATCH_PX**2, LANES * (PATCH_PX**2 + (PATCH_PX // 2) ** 2))
"""Where each level begins in an expansion."""

FLOATS = LANES * (PATCH_PX**2 + (PATCH_PX // 2) ** 2 + (PATCH_PX // 4) ** 2)
"""Length of an expansion."""

_PITCH = 256  # floats in a row buffer: a row and what the filters reach beyond it


@dataclass(frozen=True, slots=True)
class Applicability:
    """The weights of the expansion and of the pyramid.

    Attributes
    ----------
    kernel : (3, 6) float32
        Gaussian g, x·g and x²·g for x = 0 … 5.
    inverse : (4,) float32
        Inverse moments, halved (see the module's text).
    smoothing : tuple of (n,) float32
        For each level the filter that blurs and picks every, every second, every fourth pixel.
    """

    kernel: Float32Array
    inverse: Float32Array
    smoothing: tuple[Float32Array, Float32Array, Float32Array]

    @classmethod
    def of(cls, config: FlowConfig) -> Applicability:
        """Weights for the configured width, normalised as OpenCV does."""
        x = np.arange(-REACH, REACH + 1, dtype=np.float64)
        g = np.exp(-(x**2) / (2 * config.poly_sigma**2))
        g /= g.sum()
        weights = np.outer(g, g)
        yy, xx = np.meshgrid(x, x, indexing="ij")
        basis = np.stack([np.ones_like(xx), xx, yy, xx**2, yy**2, xx * yy])
        moments = np.einsum("ayx,byx,yx->ab", basis, basis, weights)
        inv = np.linalg.inv(moments)
        kernel = np.stack([g, x * g, x**2 * g])[:, REACH:]
        # The fit gives 2·A_xy, the others plainly.
        inverse = np.array([inv[1, 1], inv[0, 3], inv[3, 3], inv[5, 5] / 2]) / 2
        return cls(kernel.astype(np.float32), inverse.astype(np.float32), (_blur(0), _blur(1), _blur(2)))


def _blur(level: int) -> Float32Array:
    """OpenCV's Gaussian of a level; on the smaller ones joined with the mean of the two middle pixels that is kept."""
    sigma = (2.0**level - 1) * 0.5
    size = max(round(sigma * 5) | 1, 3)
    taps = cv2.getGaussianKernel(size, sigma, cv2.CV_64F)[:, 0]
    joined: Float32Array = (np.convolve(taps, [0.5, 0.5]) if level else taps).astype(np.float32)
    return joined


@dataclass(frozen=True, slots=True)
class Expansion:
    """Polynomial coefficients of one patch.

    Attributes
    ----------
    coefficients : (FLOATS,) float32
        As in the module's text.
    """

    coefficients: Float32Array


def expand(patch: Patch, weights: Applicability) -> Expansion:
    """Expansion of a patch at three scales."""
    coefficients = np.empty(FLOATS, np.float32)
    expand_into(patch.image, weights, coefficients)
    return Expansion(coefficients)


def expand_into(image: Image, weights: Applicability, coefficients: Float32Array) -> None:
    """Write the expansion of a patch's ``image`` into ``coefficients``; about 0.4 ms on one core.

    Raises
    ------
    ValueError
        When the image is not (224, 224) uint8.
    """
    if image.shape != (PATCH_PX, PATCH_PX) or image.dtype != np.uint8:
        raise ValueError(f"a patch is ({PATCH_PX}, {PATCH_PX}) uint8, got {image.shape} {image.dtype}")
    _expand(np.ascontiguousarray(image), weights.kernel, weights.inverse, *weights.smoothing, coefficients)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _expand(
    image: NDArray[np.uint8], kernel: Float32Array, inverse: Float32Array,
    blur_0: Float32Array, blur_1: Float32Array, blur_2: Float32Array, coefficients: Float32Array,
) -> None:  # fmt: skip
    pixels = image.reshape(image.size)
    smooth = np.empty(image.size, np.float32)
    lines = np.zeros(3 * _PITCH, np.float32)
    shrink(pixels, blur_0, 1, lines, smooth)
    polynomial_expansion(smooth, PATCH_PX, kernel, inverse, lines, coefficients, BASES[0])
    shrink(pixels, blur_1, 2, lines, smooth)
    polynomial_expansion(smooth, PATCH_PX // 2, kernel, inverse, lines, coefficients, BASES[1])
    shrink(pixels, blur_2, 4, lines, smooth)
    polynomial_expansion(smooth, PATCH_PX // 4, kernel, inverse, lines, coefficients, BASES[2])


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def shrink(
    pixels: NDArray[np.uint8], taps: Float32Array, step: int, line: Float32Array, out: Float32Array
) -> None:
    """Filter a patch with the same taps down and across and keep every ``step``-th pixel; mirrored at the edges."""
    side = PATCH_PX // step
    before = (taps.size - step) // 2 if step > 1 else taps.size // 2
    after = taps.size
    for y in range(side):
        for x in range(PATCH_PX):
            line[np.uintp(before + x)] = 0
        for k in range(taps.size):
            row = step * y + k - before
            row = min(abs(row), 2 * (PATCH_PX - 1) - abs(row)) * PATCH_PX
            tap = taps[k]
            for x in range(PATCH_PX):
                line[np.uintp(before + x)] += tap * np.float32(pixels[np.uintp(row + x)])
        for x in range(before):
            line[before - 1 - x] = line[before + 1 + x]
        for x in range(after):
            line[before + PATCH_PX + x] = line[before + PATCH_PX - 2 - x]
        for x in range(side):
            out[np.uintp(y * side + x)] = 0
        for k in range(taps.size):
            tap = taps[k]
            for x in range(side):
                out[np.uintp(y * side + x)] += tap * line[np.uintp(step * x + k)]


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def polynomial_expansion(
    image: Float32Array, side: int, kernel: Float32Array, inverse: Float32Array, lines: Float32Array,
    coefficients: Float32Array, base: int,
) -> None:  # fmt: skip
    """Separable normal equations of the quadratic fit; edges are continued by their last row and column."""
    for y in range(side):
        _down(image, side, y, kernel, lines)
        for c in range(0, 3 * _PITCH, _PITCH):
            for x in range(REACH):
                lines[c + x] = lines[c + REACH]
                lines[c + REACH + side + x] = lines[c + REACH + side - 1]
        _across(lines, side, kernel, inverse, coefficients, base + LANES * y * side)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _down(image: Float32Array, side: int, y: int, kernel: Float32Array, lines: Float32Array) -> None:
    """Moments of a row's columns: weighted with g, y·g and y²·g."""
    for x in range(0, side, LANES):
        one = mul(load(image, y * side + x), spread(kernel[0, 0]))
        linear = spread(np.float32(0))
        square = linear
        for k in range(1, REACH + 1):
            above = load(image, max(y - k, 0) * side + x)
            below = load(image, min(y + k, side - 1) * side + x)
            both = add(above, below)
            one = muladd(both, spread(kernel[0, k]), one)
            linear = muladd(sub(below, above), spread(kernel[1, k]), linear)
            square = muladd(both, spread(kernel[2, k]), square)
        store(lines, REACH + x, one)
        store(lines, _PITCH + REACH + x, linear)
        store(lines, 2 * _PITCH + REACH + x, square)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _across(
    lines: Float32Array,
    side: int,
    kernel: Float32Array,
    inverse: Float32Array,
    coefficients: Float32Array,
    place: int,
) -> None:
    """Moments of a row from those of its columns, and the fit."""
    for x in range(0, side, LANES):
        at = x + REACH
        g = spread(kernel[0, 0])
        one = mul(load(lines, at), g)
        m_y = mul(load(lines, _PITCH + at), g)
        m_yy = mul(load(lines, 2 * _PITCH + at), g)
        m_x = spread(np.float32(0))
        m_xx = m_x
        m_xy = m_x
        for k in range(1, REACH + 1):
            g = spread(kernel[0, k])
            x_g = spread(kernel[1, k])
            left = load(lines, at - k)
            right = load(lines, at + k)
            both = add(right, left)
            one = muladd(both, g, one)
            m_x = muladd(sub(right, left), x_g, m_x)
            m_xx = muladd(both, spread(kernel[2, k]), m_xx)
            left = load(lines, _PITCH + at - k)
            right = load(lines, _PITCH + at + k)
            m_y = muladd(add(right, left), g, m_y)
            m_xy = muladd(sub(right, left), x_g, m_xy)
            m_yy = muladd(add(load(lines, 2 * _PITCH + at + k), load(lines, 2 * _PITCH + at - k)), g, m_yy)
        level = mul(one, spread(inverse[1]))
        store_pixels(
            coefficients, place + LANES * x,
            mul(m_y, spread(inverse[0])), mul(m_x, spread(inverse[0])),
            muladd(m_yy, spread(inverse[2]), level), muladd(m_xx, spread(inverse[2]), level),
            mul(m_xy, spread(inverse[3])),
        )  # fmt: skip
