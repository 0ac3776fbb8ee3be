from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training_makers import LINES, made_up_run

from livespot.regions import FACE, LAYOUTS, RegionLayout
from livespot.synthesis.areas import FaceAreas
from livespot.synthesis.statistics import Timing
from livespot.training.mirror import mirror_nodes, mirrored
from livespot.training.sequences import Sequence, augmented, freed, laid_over, overlay, recorded, simulated
from livespot.training.simulate import SimulationConfig, Simulator
from livespot.types import Float32Array

FLAT = np.zeros((15, 3), np.float32)


def moving(frames: int = 40) -> Sequence:
    """Node 3 goes down by a px each frame."""
    moved = np.zeros((frames, 15, 2), np.float32)
    moved[:, 3, 1] = np.arange(frames)
    return Sequence((), frames, 30.0, moved, FLAT)


def made(sequence: Sequence, *centres: int, adjacent: bool = False) -> Float32Array:
    return sequence.windows(np.array(centres), np.random.default_rng(0), "nose", adjacent)


def test_windows_are_differences_to_their_first_frame() -> None:
    windows = made(moving(), 8, 20, 0, 39)
    assert windows.shape == (4, 17, 10, 2)
    assert windows.dtype == np.float32
    np.testing.assert_array_equal(windows[0, :, 3, 1], np.arange(17))
    np.testing.assert_array_equal(windows[1, :, 3, 1], np.arange(17))
    # Beyond the ends the end frames are repeated.
    np.testing.assert_array_equal(windows[2, :, 3, 1], [0] * 9 + list(range(1, 9)))
    np.testing.assert_array_equal(windows[3, :, 3, 1], list(range(9)) + [8] * 8)
    assert np.delete(windows, 3, axis=2).max() == 0.0


def test_adjacent_flow_is_the_difference_to_the_frame_before() -> None:
    windows = made(moving(), 20, 0, 39, adjacent=True)
    assert (windows[0, :, 3, 1] == 1.0).all()
    np.testing.assert_array_equal(windows[1, :, 3, 1], [0] * 9 + [1] * 8)
    np.testing.assert_array_equal(windows[2, :, 3, 1], [1] * 9 + [0] * 8)


def test_expressions_are_added_to_measured_windows() -> None:
    measured = np.random.default_rng(1).normal(size=(40, 17, 10, 2)).astype(np.float32)
    both = made(replace(moving(), measured=measured), *range(40))
    np.testing.assert_allclose(both, measured + made(moving(), *range(40)), atol=1e-5)


def test_a_pair_has_an_error_but_not_of_a_frame_with_itself() -> None:
    noisy = replace(moving(), pair_noise_px=0.1)
    error = made(noisy, *range(10, 30)) - made(moving(), *range(10, 30))
    assert np.all(error[:, 0] == 0.0)
    assert 0.08 < error[:, 1:].std() < 0.12


def test_the_rigid_fit_takes_a_turn_out_and_the_nose_alone_does_not() -> None:
    relief = np.random.default_rng(2).uniform(-40.0, 40.0, (15, 3)).astype(np.float32)
    turned = 0.02 * np.stack([relief[:, 2], np.zeros(15)], axis=1).astype(np.float32)
    pairs = np.broadcast_to(turned, (2, 17, 15, 2))
    assert freed(pairs, relief, "rigid").shape == freed(pairs, relief, "nose").shape == (2, 17, 10, 2)
    assert np.abs(freed(pairs, relief, "nose")).max() > 0.3
    assert np.abs(freed(pairs, relief, "rigid")).max() < 0.05


def test_a_part_of_a_recording_takes_its_timelines_along() -> None:
    run = made_up_run("ada")
    seen = set()
    for seed in range(20):
        part = recorded(run, np.random.default_rng(seed), 60)
        assert part.frames == len(part.measured if part.measured is not None else ()) == 60
        for line in part.timelines:
            first = LINES[0 if line.type == "ME" else 1].onset - line.onset
            assert 0 <= first <= 70
            assert line.frames == LINES[0 if line.type == "ME" else 1].frames
            seen.add(line.type)
        windows = made(part, 30)[0]
        original = run.features[30 + first] if part.timelines else windows
        # As it is, but a little louder or quieter.
        np.testing.assert_allclose(windows * original.std(), original * windows.std(), atol=1e-4)
    assert seen == {"ME", "MaE"}
    assert recorded(run, np.random.default_rng(0), 500).frames == 130


def test_simulated_and_laid_over_sequences_hold_what_they_say(demo_face: FaceAreas) -> None:
    clips = [simulated(demo_face, np.random.default_rng(seed), 200, neutral=0.0) for seed in range(4)]
    lines = [line for clip in clips for line in clip.timelines]
    assert lines and all(0 <= line.onset < line.apex < line.offset < 200 for line in lines)
    assert all(clip.moved is not None and clip.moved.shape == (200, 15, 2) for clip in clips)
    assert simulated(demo_face, np.random.default_rng(5), 200, neutral=1.0).timelines == ()
    bare = made_up_run("ada", lines=())
    shown = [overlay(demo_face, np.random.default_rng(seed), 140, 30.0) for seed in range(4)]
    assert any(part.timelines for part in shown)
    for part in shown:
        assert part.moved is not None
        assert part.timelines or np.abs(part.moved).max() < 1e-3
        over = laid_over(bare, part, np.random.default_rng(0), (0.5, 0.5))
        # The recording is shorter than what is laid over it.
        assert over.frames == 130 and over.moved is not None and over.measured is not None
        np.testing.assert_allclose(over.measured, 0.5 * bare.features, rtol=1e-5)
        np.testing.assert_array_equal(over.moved, part.moved[:130])
        assert all(line in part.timelines and line.onset < 130 for line in over.timelines)
    assert max(np.abs(part.moved).max() for part in shown if part.moved is not None) > 0.3


def test_the_mirror_swaps_sides_and_turns_dx_round() -> None:
    windows = np.random.default_rng(0).normal(size=(4, 17, 10, 2)).astype(np.float32)
    mirror = mirrored(windows)
    np.testing.assert_array_equal(mirror[..., 0, 0], -windows[..., 3, 0])
    np.testing.assert_array_equal(mirror[..., 7, 1], windows[..., 6, 1])
    np.testing.assert_array_equal(mirror[..., 8, 1], windows[..., 8, 1])
    np.testing.assert_array_equal(mirrored(mirror), windows)
    both = {augmented(windows, np.random.default_rng(seed)).tobytes() for seed in range(12)}
    assert both == {windows.tobytes(), mirror.tobytes()}
    dropped = augmented(windows, np.random.default_rng(0), drop_node=0.5)
    lost = (dropped == 0.0).all(axis=(1, 3))
    assert 0 < lost.sum() < lost.size


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_mirror_of_a_layout_swaps_its_sides(layout: RegionLayout) -> None:
    nodes = mirror_nodes(layout)
    assert sorted(nodes) == list(range(len(layout)))
    for here, there in enumerate(nodes):
        one, other = layout.names[here], layout.names[there]
        assert nodes[there] == here
        assert (here == there) == (not {"A", "B"} & set(one.split()))
        assert one.replace(" A", " X").replace(" B", " X") == other.replace(" A", " X").replace(" B", " X")


def test_a_whole_part_is_lost_in_all_windows_of_a_segment() -> None:
    windows = np.ones((5, 17, len(FACE), 2), np.float32)
    lost = set()
    for seed in range(60):
        kept = augmented(windows, np.random.default_rng(seed), FACE, drop_part=0.2).any(axis=(1, 3))
        assert (kept == kept[0]).all()
        for name, nodes in FACE.parts:
            assert len(set(kept[0, nodes.start : nodes.stop].tolist())) == 1
            if not kept[0, nodes.start]:
                lost.add(name)
    assert lost == {name for name, _ in FACE.parts}


def test_batches_of_the_whole_face(demo_mesh: np.ndarray) -> None:
    run = made_up_run("ada")
    wide = replace(run, features=np.pad(run.features, ((0, 0), (0, 0), (0, len(FACE) - 10), (0, 0))))
    config = SimulationConfig(shortest_frames=60, longest_frames=90, pool=3, regions="face")
    batch = Simulator(config, [wide], [FaceAreas(demo_mesh, FACE)]).batch(np.random.default_rng(3), 20, 4, 1)
    assert batch.windows.shape == (80, 17, len(FACE), 2)
    assert np.isfinite(batch.windows).all()
    assert (np.abs(batch.windows).max(axis=(0, 1, 3)) > 0).all()
    with pytest.raises(ValueError, match="layout face expects 24 regions, got 10"):
        Simulator(config, [run])


@pytest.mark.parametrize("adjacent", [False, True])
def test_batches_are_the_same_for_the_same_generator_and_hold_everything(
    demo_face: FaceAreas, adjacent: bool
) -> None:
    runs = [made_up_run("ada"), made_up_run("bob", lines=(), seed=1)]
    config = SimulationConfig(shortest_frames=60, longest_frames=90, pool=6, adjacent=adjacent)
    one = Simulator(config, runs, [demo_face]).batch(np.random.default_rng(3), 80, 4, 1)
    two = Simulator(config, runs, [demo_face]).batch(np.random.default_rng(3), 80, 4, 1)
    other = Simulator(config, runs, [demo_face]).batch(np.random.default_rng(4), 80, 4, 1)
    assert one.windows.shape == (320, 17, 10, 2)
    assert np.isfinite(one.windows).all()
    np.testing.assert_array_equal(one.windows, two.windows)
    np.testing.assert_array_equal(one.labels.classes, two.labels.classes)
    assert not np.array_equal(one.windows, other.windows)
    assert set(one.labels.contrast.tolist()) == {0, 1, 2}
    assert set(one.labels.classes[:, 0].tolist()) == {0, 1, 2}
    assert set(one.labels.classes[:, 1].tolist()) == {0, 1, 2}


def test_shares_of_what_there_is_not_go_to_the_others(demo_face: FaceAreas) -> None:
    config = SimulationConfig(shortest_frames=60, longest_frames=90, pool=3)
    rng = np.random.default_rng(0)
    shown = Simulator(config, [made_up_run("ada")])
    assert all(shown.sequence(rng).measured is not None for _ in range(10))
    meshes = Simulator(config, (), [demo_face])
    assert all(meshes.sequence(rng).measured is None for _ in range(5))
    with pytest.raises(ValueError, match="expects recordings or meshes"):
        Simulator()


def test_windows_of_a_segment_are_neighbours_within_the_sequence() -> None:
    lone = made_up_run("ada", lines=(Timing("ME", 1, 6, 11),))
    batch = Simulator(SimulationConfig(recorded=1.0, drop_node=0.0), [lone]).batch(
        np.random.default_rng(0), 30, 4, 4
    )
    assert batch.labels.classes.shape == (120, 2)
    # At the ends of a recording, too, no window is repeated within a segment.
    for segment in batch.windows.reshape(30, 4, -1):
        assert len(np.unique(segment, axis=0)) == 4
