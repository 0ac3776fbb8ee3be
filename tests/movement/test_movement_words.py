"""What is said of displacements that are put together by hand."""

from __future__ import annotations

import numpy as np
import pytest

from livespot.movement.words import NOTHING, words_for
from livespot.regions import FACE, PAPER

BROWS_UP = {f"brow {half} {place}": (0.0, -2.0) for half in "AB" for place in ("inner", "middle", "outer")}
SMILE = {"mouth corner A": (-1.5, -1.5), "mouth corner B": (1.5, -1.5)}


def said(moved, layout=FACE):
    displacement = np.zeros((len(layout), 2), np.float32)
    for name, vector in moved.items():
        displacement[layout.names.index(name)] = vector
    return words_for(displacement, layout)


@pytest.mark.parametrize("layout", [PAPER, FACE], ids=lambda layout: layout.name)
def test_brows_and_lip_corners(layout):
    assert said(BROWS_UP, layout) == "brows up"
    assert said(SMILE, layout) == "lip corners up and out"
    assert said({**BROWS_UP, **SMILE}, layout) == "lip corners up and out; brows up"


def test_left_and_right_are_the_persons_own():
    """Half B lies on the right of the picture: the person's left."""
    more = {name: (0.0, -3.0 if " B " in name else -2.0) for name in BROWS_UP}
    assert said(more) == "brows up, left more than right"
    assert said({"mouth corner A": (-2.0, 0.0)}) == "right lip corner out"
    assert said({"mouth corner B": (0.0, 2.0)}) == "left lip corner down"
    turned = {"mouth corner A": (0.0, 2.0), "mouth corner B": (0.0, -2.0)}
    assert said(turned) == "right lip corner down, left lip corner up"


def test_inner_and_outer_brows_are_told_apart():
    inner = {f"brow {half} inner": (0.0, -3.0) for half in "AB"}
    outer = {f"brow {half} outer": (0.0, -3.0) for half in "AB"}
    assert said(inner) == "inner brows up" and said(outer) == "outer brows up"
    frown = {name: (1.5 if " A " in name else -1.5, 2.0) for name in BROWS_UP}
    assert said(frown) == "brows down and together"


def test_lids():
    upper, lower = ([f"{lid} lid {half}" for half in "AB"] for lid in ("upper", "lower"))
    assert said(dict.fromkeys(lower, (0.0, -1.0))) == "lids tightened"
    assert said(dict.fromkeys(upper, (0.0, -1.0))) == "upper lids raised"
    assert said(dict.fromkeys(upper + lower, (0.0, 2.0))) == "upper lids lowered"
    assert said({"lower lid B": (0.0, -1.0)}) == "left lid tightened"


def test_mouth():
    assert said({"upper lip": (0, 1.0), "lower lip": (0, -1.0)}) == "lips pressed"
    assert said({"lower lip": (0, 4.0), "chin": (0, 3.5)}) == "jaw dropped"
    assert said({"lower lip": (0, 4.0)}, PAPER) == "lower lip down"  # ten regions do not see the chin
    assert said({"upper lip": (0, -2.0), "lower lip": (0, 1.0)}) == "lips parted"
    assert said({"lower lip": (0, -2.0), "chin": (0, -2.0)}) == "chin and lower lip up"
    assert said({"upper lip": (0, -2.0)}) == "upper lip up"


def test_the_weak_beside_the_strong_and_the_still_are_left_out():
    weak = dict.fromkeys(("mouth corner A", "mouth corner B"), (0.0, -0.55))
    assert said(weak) == "lip corners up"
    assert said({**BROWS_UP, **weak}) == "brows up"
    assert said({}) == NOTHING and said({"mouth corner A": (0.3, 0.3)}) == NOTHING
