"""Other layouts of regions than the paper's: a vector for each region, and the paper's as they are alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flow_makers import CENTRES, NOSE, RELIEF, STILL, cut, face, face_motion, moved, patch, texture

from livespot.config import FlowConfig
from livespot.flow.reference import reference_window
from livespot.flow.sliding import SlidingFlow
from livespot.regions import FACE, LAYOUTS, PAPER, drawn_centres
from livespot.types import Patch

MORE = np.array([(x, y) for y in (-30, 0, 25) for x in (-40, -20, 0, 20, 40)])[: len(FACE) - len(PAPER)]


def of_face(made: Patch, head: tuple[float, float]) -> Patch:
    """The same picture with the regions that FACE has more."""
    more = np.round(NOSE + MORE + head).astype(np.int64)
    places = np.concatenate(
        [RELIEF[: len(PAPER)], np.column_stack([MORE, np.full(len(MORE), 9.0)]), RELIEF[len(PAPER) :]]
    )
    return replace(made, centres=np.concatenate([made.centres, more]), relief=places.astype(np.float32))


def test_the_whole_face_is_measured_and_its_first_ten_regions_are_the_papers() -> None:
    heads = [(0.4 * k, 0.2 * k) for k in range(20)]
    canvases = [
        moved(texture(5), face_motion(head, 0.002 * k, 0.15 * k, 0.1 * k)) for k, head in enumerate(heads)
    ]
    patches = [patch(canvas, head) for canvas, head in zip(canvases, heads, strict=True)]
    whole = [of_face(made, head) for made, head in zip(patches, heads, strict=True)]
    config = FlowConfig(regions="face")
    wide = SlidingFlow(config)
    narrow = SlidingFlow(FlowConfig(regions="paper"))
    for k in range(17):
        wide_windows, narrow_windows = wide.step(face(k, whole[k])), narrow.step(face(k, patches[k]))
    features, papers = wide_windows[0].features, narrow_windows[0].features
    assert features is not None and papers is not None
    assert features.shape == (17, len(FACE), 2)
    assert np.abs(features[:, : len(PAPER)] - papers).max() < 0.02
    plain = reference_window(whole[:17], lambda k, origin: cut(canvases[k], origin), config)
    assert plain.shape == features.shape
    assert np.sqrt(np.mean((features - plain) ** 2)) < 0.03


def test_the_papers_regions_are_single_landmarks_of_the_68() -> None:
    points = np.random.default_rng(0).random((68, 2), np.float32)
    assert np.array_equal(drawn_centres(points, PAPER), points[[20, 19, 18, 23, 24, 25, 48, 54, 51, 57]])
    assert len(CENTRES) == len(PAPER) and len(STILL) == 5


def test_facial_parts_are_neighbours_in_every_layout() -> None:
    for layout in LAYOUTS.values():
        assert len({name for name, _ in layout.parts}) == len(layout.parts)
        assert [number for _, rows in layout.parts for number in rows] == list(range(len(layout)))
        assert len(set(layout.names)) == len(layout)
