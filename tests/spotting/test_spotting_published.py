"""The published post-processing, on a case of our own by hand and on what the published code itself gave."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from livespot.evaluation.matching import iou, match
from livespot.spotting.parameters import SpottingParameters
from livespot.spotting.published import (
    PUBLISHED_SETTINGS,
    PUBLISHED_THRESHOLDS,
    published_iou,
    published_proposals,
    spot_published,
)
from livespot.types import CURVES, EXPRESSION_TYPES, Float32Array, Proposal

CONFORMANCE = Path(__file__).parents[2].parent / "shared" / "conformance"


def curves_of(kind: str, on: Float32Array, apex: Float32Array, off: Float32Array) -> Float32Array:
    curves = np.zeros((len(apex), len(CURVES)), np.float32)
    for name, values in (("onset", on), ("apex", apex), ("offset", off)):
        curves[:, CURVES.index(f"{kind.lower()}_{name}")] = values
    return curves


def spans(proposals: list[Proposal]) -> list[tuple[int, int, int]]:
    return [(p.onset, p.apex, p.offset) for p in proposals]


def test_ranges_are_clamped_and_not_cut() -> None:
    on, apex, off = np.zeros((3, 30), np.float32)
    apex[1], on[0], off[6] = 0.9, 0.8, 0.7
    found = spot_published(curves_of("ME", on, apex, off), 30.0)
    assert spans(found) == [
        (0, 1, 6)
    ]  # the range of the onset, frames -7 to -1, lies wholly before the video
    assert found[0].score == pytest.approx(0.9 * 0.8 * 0.7)


def test_five_of_a_type_at_most_best_first() -> None:
    on, apex, off = np.zeros((3, 400), np.float32)
    for n in range(8):
        apex[30 + 40 * n], on[25 + 40 * n], off[35 + 40 * n] = 0.6 + 0.04 * n, 0.9, 0.9
    curves = curves_of("ME", on, apex, off)
    assert [p.apex for p in spot_published(curves, 30.0)] == [310, 270, 230, 190, 150]
    assert len(spot_published(curves, 30.0, most=None)) == 8


def test_its_iou_leaves_the_last_frame_out() -> None:
    a, b = Proposal("ME", 10, 15, 20, 1.0), Proposal("ME", 10, 12, 15, 1.0)
    assert published_iou(a, b) == 0.5
    assert iou(a, b) == 6 / 11
    touching = Proposal("ME", 20, 22, 24, 1.0)
    assert published_iou(a, touching) == 0.0
    short = Proposal("ME", 10, 12, 14, 1.0)
    assert len(match([a], [short], 0.45)) == 1
    assert match([a], [short], 0.45, published_iou) == []


def test_missing_rows_are_no_candidates() -> None:
    curves = np.full((40, len(CURVES)), np.nan, np.float32)
    assert spot_published(curves, 30.0) == []


@pytest.mark.parametrize("kind", EXPRESSION_TYPES)
def test_the_published_code_gives_the_same(kind: str) -> None:
    if not CONFORMANCE.is_dir():
        pytest.skip("what the published code computed is not beside this checkout")
    with np.load(CONFORMANCE / "spotting_published_code.npz") as known:
        arrays = {name: known[name] for name in known.files}
    cases = json.loads((CONFORMANCE / "spotting_published_code.json").read_text())["cases"]
    parameters = SpottingParameters.resolve(PUBLISHED_SETTINGS, PUBLISHED_THRESHOLDS, 30.0)
    own = parameters.me if kind == "ME" else parameters.mae
    asked = [case for case in cases if case["type"] == kind]
    assert len(asked) == 12
    for case in asked:
        columns = (arrays[f"{name}/{case['case']}"] for name in ("onset", "apex", "offset"))
        curves = curves_of(kind, *columns)
        proposals = published_proposals(curves.astype(np.float64), own)
        for found, expected in (
            (proposals, case["proposals"]),
            (spot_published(curves, 30.0, most=None), case["kept_all"]),
            (spot_published(curves, 30.0), case["kept_top5"]),
        ):
            assert spans(found) == [tuple(row[:3]) for row in expected]
            assert np.allclose([p.score for p in found], [row[3] for row in expected], rtol=1e-6)
