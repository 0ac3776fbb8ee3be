"""SW-MRO windows: their order, their ends, and that every pair is measured once."""

from __future__ import annotations

import numpy as np
import pytest
from flow_makers import cut, face, face_motion, moved, patch, texture

from livespot.config import FlowConfig
from livespot.flow import sliding
from livespot.flow.expansion import Applicability, expand
from livespot.flow.pair import Pairs, pair_vectors
from livespot.flow.reference import reference_window
from livespot.flow.sliding import SlidingFlow
from livespot.types import CanonicalFace, Gap, Patch, Window

CONFIG = FlowConfig()
FRAMES = 40


def path(k: int) -> tuple[float, float]:
    return 0.3 * k, 2.0 * float(np.sin(k / 5))


@pytest.fixture(scope="module")
def canvases() -> list[np.ndarray]:
    base = texture(11)
    return [moved(base, face_motion(path(k), 0.002 * k, 0.1 * k, 0.5)) for k in range(FRAMES)]


@pytest.fixture(scope="module")
def patches(canvases: list[np.ndarray]) -> list[Patch]:
    return [patch(canvas, path(k)) for k, canvas in enumerate(canvases)]


def run(items: list[CanonicalFace | Gap]) -> list[Window]:
    flow = SlidingFlow(CONFIG)
    out = [window for item in items for window in flow.step(item)]
    return out + flow.finish()


def direct(first: Patch, second: Patch) -> np.ndarray:
    weights = Applicability.of(CONFIG)
    return pair_vectors(expand(first, weights), first, expand(second, weights), second, CONFIG)[0]


def test_windows_complete_in_order_eight_frames_behind(patches: list[Patch]) -> None:
    flow = SlidingFlow(CONFIG)
    for k in range(20):
        windows = flow.step(face(k, patches[k]))
        assert [w.index for w in windows] == ([k - 8] if k >= 8 else [])
    assert [w.index for w in flow.finish()] == list(range(12, 20))
    assert flow.finish() == []


def test_a_window_holds_the_vectors_of_its_pairs(patches: list[Patch]) -> None:
    windows = run([face(k, patches[k]) for k in range(30)])
    features = windows[12].features
    assert features is not None
    assert features.shape == (17, 10, 2)
    assert features.dtype == np.float32
    assert not features[0].any()
    for k in (1, 7, 16):
        assert features[k].tobytes() == direct(patches[4], patches[4 + k]).tobytes()


def test_a_window_is_the_reference_window(patches: list[Patch], canvases: list[np.ndarray]) -> None:
    windows = run([face(k, patches[k]) for k in range(30)])
    plain = reference_window(patches[5:22], lambda k, origin: cut(canvases[5 + k], origin), CONFIG)
    features = windows[13].features
    assert features is not None
    assert np.sqrt(np.mean((features - plain) ** 2)) <= 0.03


def test_both_ends_are_padded_with_their_frame(patches: list[Patch]) -> None:
    windows = run([face(k, patches[k]) for k in range(20)])
    first, last = windows[0].features, windows[19].features
    assert first is not None
    assert last is not None
    assert not first[:9].any()  # frame 0 eight times, then itself
    assert first[9].tobytes() == direct(patches[0], patches[1]).tobytes()
    end = direct(patches[11], patches[19])
    assert all(row.tobytes() == end.tobytes() for row in last[8:])


@pytest.mark.parametrize("count", [1, 2, 9])
def test_short_stretches(patches: list[Patch], count: int) -> None:
    windows = run([face(k, patches[k]) for k in range(count)])
    assert [w.index for w in windows] == list(range(count))
    assert all(w.features is not None and np.isfinite(w.features).all() for w in windows)


def test_every_pair_is_measured_once(patches: list[Patch], monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def count(firsts: object, slots: np.ndarray, *rest: object) -> Pairs:
        counted.append(int((slots < 17).sum()))  # the reference is beside them
        assert len(set(slots.tolist())) == len(slots)
        shapes = (10, 2), (2,), (15, 3)
        return Pairs(*(np.zeros((len(slots), *shape), np.float32) for shape in shapes))

    monkeypatch.setattr(sliding, "measure_pairs", count)
    run([face(k, patches[k]) for k in range(30)])
    assert counted == [min(k, 16) for k in range(30)]


@pytest.mark.parametrize("breaker", ["gap", "no face"])
def test_no_window_spans_a_break(patches: list[Patch], breaker: str) -> None:
    before = [face(k, patches[k]) for k in range(14)]
    after = [face(k, patches[k]) for k in range(15, 35)]
    between = Gap(0.5, "camera lost") if breaker == "gap" else face(14)
    windows = run([*before, between, *after])
    expected = [k for k in range(35) if k != 14 or breaker != "gap"]
    assert [w.index for w in windows] == expected
    assert [w.index for w in windows if w.features is None] == ([] if breaker == "gap" else [14])
    alone = run(before) + run(after)
    together = [w for w in windows if w.features is not None]
    for a, b in zip(alone, together, strict=True):
        assert a.features is not None
        assert b.features is not None
        assert a.features.tobytes() == b.features.tobytes()


def test_an_anchor_may_change_in_mid_stream(patches: list[Patch], canvases: list[np.ndarray]) -> None:
    """Sixteen frames are drawn on both grids; here they differ by a shift, so the features must stay the same."""
    items = []
    for k in range(FRAMES):
        newer = patch(canvases[k], path(k), anchor=2, grid=(8, -4))
        items.append(face(k, *([patches[k]] if k < 12 else [newer, patches[k]] if k < 28 else [newer])))
    windows = run(items)
    plain = run([face(k, patches[k]) for k in range(FRAMES)])
    assert [w.index for w in windows] == list(range(FRAMES))
    for a, b in zip(windows, plain, strict=True):
        assert a.features is not None
        assert b.features is not None
        assert np.allclose(a.features, b.features, atol=0.01)  # an ROI at rest may turn its MDMO direction


def test_an_anchor_lost_too_early_leaves_features_missing(
    patches: list[Patch], canvases: list[np.ndarray]
) -> None:
    newer = [patch(canvases[k], path(k), anchor=2) for k in range(FRAMES)]
    windows = run([face(k, patches[k] if k < 20 else newer[k]) for k in range(FRAMES)])
    missing = [w.index for w in windows if w.features is None]
    assert missing == list(range(12, 28))


def test_the_same_frames_give_the_same_bits(patches: list[Patch]) -> None:
    items = [face(k, patches[k]) for k in range(25)]
    once, twice = run(list(items)), run(list(items))
    for a, b in zip(once, twice, strict=True):
        assert a.features is not None
        assert b.features is not None
        assert a.features.tobytes() == b.features.tobytes()


def test_reset_forgets_the_stretch(patches: list[Patch]) -> None:
    flow = SlidingFlow(CONFIG)
    flow.step(face(0, patches[0]))
    flow.reset()
    assert flow.finish() == []


def test_windows_carry_their_frame(patches: list[Patch]) -> None:
    window = run([face(k, patches[k]) for k in range(10)])[3]
    assert (window.index, window.source_index, window.time_s, window.rate_hz) == (3, 3, 0.1, 30.0)
