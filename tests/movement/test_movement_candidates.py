"""Action-unit candidates of displacements that are known to come from action units."""

from __future__ import annotations

import numpy as np
import pytest

from livespot.movement.candidates import alike, candidates, mirrored, named_units, seen_units
from livespot.movement.patterns import HALF_PATTERNS
from livespot.regions import FACE, PAPER
from livespot.synthesis.anchors import ACTION_UNITS
from livespot.synthesis.areas import FaceAreas
from livespot.synthesis.patterns import half_patterns, mesh_in
from livespot.synthesis.renderer import VARIANTS


@pytest.fixture(scope="module")
def mesh(demo_clip):
    return mesh_in(str(demo_clip))


def test_the_table_is_what_synthesis_draws(mesh):
    made = half_patterns(mesh)
    assert list(made) == list(HALF_PATTERNS) == list(ACTION_UNITS)
    for unit, moved in made.items():
        known = [HALF_PATTERNS[unit].get(name, (0.0, 0.0)) for name in FACE.names]
        assert np.abs(moved - known).max() < 0.06, unit  # below 0.05 px it is left out; the rest is rounding


@pytest.mark.parametrize("layout", [PAPER, FACE], ids=lambda layout: layout.name)
@pytest.mark.parametrize("renderer", ["a", "b"])
def test_a_unit_alone_is_named_first_and_on_its_side(mesh, layout, renderer):
    areas = FaceAreas(mesh, layout, VARIANTS[renderer])
    lids = 43  # drawn as a layer besides its pattern; its own test is the table's
    for unit in seen_units(layout):
        if unit == lids:
            continue
        for side, letter in (("both", ""), ("A", "R"), ("B", "L")):
            found = candidates((3.0 * areas.pattern(unit, side)).astype(np.float32), layout)
            assert found[0].units == alike(unit), (unit, side)
            assert found[0].side in ("", letter)
            if unit in (1, 2, 4, 12, 15):
                assert found[0].side == letter, (unit, side)


def test_ten_regions_name_only_what_they_see():
    assert set(seen_units(FACE)) == set(ACTION_UNITS)
    assert not {5, 6, 7, 9, 38, 39, 43} & set(seen_units(PAPER))
    rng = np.random.default_rng(1)
    for _ in range(50):
        named = candidates(rng.normal(0, 2, (len(PAPER), 2)).astype(np.float32), PAPER)
        assert {unit for c in named for unit in c.units} <= set(seen_units(PAPER))


@pytest.mark.parametrize("layout", [PAPER, FACE], ids=lambda layout: layout.name)
def test_a_mirrored_face_gives_the_other_side(layout):
    rng = np.random.default_rng(2)
    twin = [layout.names.index(mirrored(name)) for name in layout.names]
    assert sorted(twin) == list(range(len(layout)))
    for _ in range(20):
        moved = rng.normal(0, 2, (len(layout), 2)).astype(np.float32)
        other = moved[twin] * np.array([-1.0, 1.0], np.float32)
        swapped = {"L": "R", "R": "L", "": ""}
        assert {(c.units, c.side) for c in candidates(moved, layout)} == {
            (c.units, swapped[c.side]) for c in candidates(other, layout)
        }


def test_stillness_names_nothing():
    assert candidates(np.zeros((len(FACE), 2), np.float32), FACE) == ()
    assert candidates(np.full((len(FACE), 2), 0.01, np.float32), FACE) == ()


def test_names_are_read_back():
    assert named_units("L14/20") == ("L", (14, 20)) and named_units("12") == ("", (12,))
