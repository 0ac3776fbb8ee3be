from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livespot.errors import InputError
from livespot.training import motion
from livespot.training.action_units import ACTION_UNITS, displacement, mirrored
from livespot.training.residuals import ResidualRun, load_residuals, load_split
from livespot.training.simulate import SimulatedSequence, SimulationConfig, Simulator, simulated_background
from livespot.training.timelines import COMBINATIONS, Timeline


def test_every_annotated_action_unit_is_in_the_table() -> None:
    assert {1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43, 45} <= set(ACTION_UNITS)
    for table in COMBINATIONS.values():
        for combination in table:
            for unit in combination.split("+"):
                assert np.abs(displacement(unit)).max() > 0.2


def test_directions() -> None:
    smile = displacement("12")
    assert smile[6, 0] < 0 < smile[7, 0]  # outwards
    assert smile[6, 1] < 0 and smile[7, 1] < 0  # upwards
    assert (displacement("4")[:6, 1] > 0).all()  # brows down
    assert (displacement("1")[[0, 3], 1] < 0).all()
    np.testing.assert_allclose(mirrored(smile), smile, atol=1e-6)
    np.testing.assert_allclose(mirrored(displacement("L14")), displacement("R14"))
    np.testing.assert_allclose(displacement("L2") + displacement("R2"), displacement("2"))
    # The person's left is on the right of an unmirrored picture.
    assert np.abs(displacement("L12")[6]).max() == 0.0


def test_an_expression_stays_inside_its_timeline_and_reaches_its_amplitude() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for line in (Timeline("ME", 20, 26, 33), Timeline("MaE", 20, 40, 80)):
            course = motion.intensity(rng, line, 120)
            assert course[: line.onset + 1].max() == 0.0
            assert course.argmax() in range(line.apex, line.offset)
            assert course[line.apex] == pytest.approx(1.0)
            assert course[line.offset] <= 0.2
            assert (course >= 0.0).all()
            moved = motion.expression(rng, line, ("12",), 3.0, 120)
            assert np.linalg.norm(moved, axis=-1).max() == pytest.approx(3.0, rel=1e-3)


def still(frames: int) -> SimulatedSequence:
    displacement = np.zeros((frames, 10, 2), np.float32)
    displacement[:, 3, 1] = np.arange(frames)
    return SimulatedSequence((), displacement, None, 0.0, 0.0, False)


def test_windows_are_differences_to_their_first_frame() -> None:
    windows = still(40).windows(np.array([8, 20, 0, 39]), np.random.default_rng(0))
    assert windows.shape == (4, 17, 10, 2)
    assert windows.dtype == np.float32
    np.testing.assert_array_equal(windows[0, :, 3, 1], np.arange(17))
    np.testing.assert_array_equal(windows[1, :, 3, 1], np.arange(17))
    # Beyond the ends the end frames are repeated.
    np.testing.assert_array_equal(windows[2, :, 3, 1], [0] * 9 + list(range(1, 9)))
    np.testing.assert_array_equal(windows[3, :, 3, 1], list(range(9)) + [8] * 8)
    assert np.delete(windows, 3, axis=2).max() == 0.0


def test_expressions_are_added_to_measured_windows() -> None:
    measured = np.random.default_rng(1).normal(size=(40, 17, 10, 2)).astype(np.float32)
    plain = still(40)
    sequence = SimulatedSequence((), plain.displacement, measured, 0.0, 0.0, False)
    centres = np.arange(40)
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(sequence.windows(centres, rng), measured + plain.windows(centres, rng))
    mirror = SimulatedSequence((), plain.displacement, measured, 0.0, 0.0, True)
    np.testing.assert_allclose(mirrored(mirror.windows(centres, rng)), sequence.windows(centres, rng))


def test_a_still_person_looks_like_a_measured_one() -> None:
    """Measured: 0.1 to 0.25 px median and 0.2 to 0.8 px 95th percentile; talking and turning up to 7 px."""
    medians = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sequence = SimulatedSequence((), simulated_background(rng, 200), None, 0.05, 0.04, False)
        windows = sequence.windows(np.arange(200), rng)
        assert np.isfinite(windows).all()
        medians.append(np.median(np.linalg.norm(windows[:, 1:], axis=-1)))
    assert 0.1 < np.median(medians) < 0.5
    assert max(medians) < 5.0


def test_batches_are_the_same_for_the_same_generator_and_hold_everything() -> None:
    run = ResidualRun("someone", np.zeros((90, 17, 10, 2), np.float32))
    simulator = Simulator(SimulationConfig(real=0.5), [run])
    one = simulator.batch(np.random.default_rng(3), 24, 4)
    two = simulator.batch(np.random.default_rng(3), 24, 4)
    assert one.windows.shape == (96, 17, 10, 2)
    np.testing.assert_array_equal(one.windows, two.windows)
    np.testing.assert_array_equal(one.labels.classes, two.labels.classes)
    assert set(one.labels.contrast.tolist()) == {0, 1, 2}
    assert set(one.labels.classes[:, 0].tolist()) == {0, 1, 2}
    assert set(one.labels.classes[:, 1].tolist()) == {0, 1, 2}


def test_residuals_are_cut_at_gaps(tmp_path: Path) -> None:
    features = np.zeros((200, 17, 10, 2), np.float32)
    features[150] = np.nan
    frames = np.arange(0, 400, 2)
    frames[60:] += 10
    np.savez(tmp_path / "clip.npz", features=features, frames=frames, times_s=frames / 60.0)
    runs = load_residuals([tmp_path / "clip.npz"])
    assert [len(run.features) for run in runs] == [60, 90, 49]
    assert runs[0].name == "clip"


def test_residuals_of_another_shape_and_missing_ones(tmp_path: Path) -> None:
    np.savez(tmp_path / "clip.npz", features=np.zeros((9, 15, 10, 2)), frames=np.arange(9))
    with pytest.raises(InputError, match=r"expected features \(n, 17, 10, 2\)"):
        load_residuals([tmp_path / "clip.npz"])
    with pytest.raises(InputError, match="cannot be read"):
        load_residuals([tmp_path / "nothing.npz"])


def test_the_split(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"split\.json"):
        load_split(tmp_path)
    (tmp_path / "split.json").write_text('{"train": ["a.npz"], "validation": ["b"], "test": ["c"]}')
    assert load_split(tmp_path) == {"train": [tmp_path / "a.npz"], "validation": [tmp_path / "b.npz"]}
