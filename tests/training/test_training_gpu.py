"""Training from a bundle: what the device assembles is what the simulator assembles, and a whole call, in small."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from livespot.errors import InputError
from livespot.flow.rigid import without_rotation
from livespot.models.spotformer import SpotFormer, SpotFormerConfig
from livespot.regions import FACE, PAPER
from livespot.synthesis.statistics import Timing
from livespot.training.bundle import Bundle, read_bundle, write_bundle
from livespot.training.device_batches import DeviceBatches, MixConfig, RecordedWindows
from livespot.training.device_windows import (
    SequenceBank,
    SimulatedSequences,
    freed_on_device,
    mirrored_on_device,
    reversed_in_time,
    slowed,
)
from livespot.training.gpu_run import run_call
from livespot.training.labels import frame_labels
from livespot.training.mirror import mirrored
from livespot.training.runs import Run
from livespot.training.sequences import Sequence
from livespot.training.simulation_workers import SEQUENCE_FRAMES
from livespot.training.window_codec import STEP_PX, decode_windows, encode_windows
from livespot.types import HALF_WINDOW, Float32Array

CPU = torch.device("cpu")


def walk(rng: np.random.Generator, frames: int, areas: int) -> Float32Array:
    return np.cumsum(rng.normal(0.0, 0.3, (frames, areas, 2)), axis=0).astype(np.float32)


def windows_of(moved: Float32Array, rng: np.random.Generator) -> Float32Array:
    index = np.clip(
        np.arange(len(moved))[:, None] + np.arange(-HALF_WINDOW, HALF_WINDOW + 1), 0, len(moved) - 1
    )
    pairs = moved[index] - moved[index[:, :1]]
    noise = rng.normal(0.0, 0.05, pairs.shape)
    noise[:, 0] = 0.0
    return (pairs + noise).astype(np.float32)


def run_named(name: str, person: str, seed: int, frames: int = 150) -> Run:
    rng = np.random.default_rng(seed)
    lines = (Timing("ME", 20, 25, 32), Timing("MaE", 60, 72, 100))
    kind = "real talking" if "real" in name else "calm"
    return Run(name, person, kind, windows_of(walk(rng, frames, len(FACE)), rng), lines, 30.0)


def test_coded_windows_come_back_within_half_a_step() -> None:
    rng = np.random.default_rng(3)
    features = windows_of(walk(rng, 90, 24), rng)
    features[40:50, :, 7] = 0.0  # a region that was hidden for a while
    features[60, 5] = 300.0  # more than 8 bits hold
    coded = encode_windows(features)
    back = decode_windows(coded)
    assert np.abs(back - features).max() <= 0.5 * STEP_PX + 1e-5
    assert not back[40:50, :, 7].any()
    assert len(coded.stream) < 0.25 * features.nbytes
    again = decode_windows(encode_windows(back))
    np.testing.assert_array_equal(again, back)


def test_a_bundle_brings_back_runs_and_recipe(tmp_path: Path, demo_mesh: Float32Array) -> None:
    runs = (run_named("one.mp4", "P1", 1), run_named("two.mp4", "P2", 2, 80))
    sets = {"train": runs, "validation": (run_named("three.mp4", "P3", 3),)}
    write_bundle(tmp_path / "b", Bundle(sets, (demo_mesh,), {"call": {"seconds": 3.0}}))
    back = read_bundle(tmp_path / "b")
    assert back.recipe == {"call": {"seconds": 3.0}}
    assert [run.name for run in back.training] == ["one.mp4", "two.mp4"]
    assert back.sets["validation"][0].timelines == sets["validation"][0].timelines
    assert np.abs(back.training[1].features - runs[1].features).max() <= 0.5 * STEP_PX + 1e-5
    assert back.meshes[0].shape == (478, 3)


def test_a_person_on_both_sides_is_refused(tmp_path: Path) -> None:
    both = {"train": (run_named("a", "P1", 1),), "validation": (run_named("b", "P1", 2),)}
    with pytest.raises(ValueError, match="person P1"):
        write_bundle(tmp_path / "b", Bundle(both, (), {}))


def test_what_is_no_bundle_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="expected a training bundle"):
        read_bundle(tmp_path / "b")


def test_the_device_frees_vectors_as_the_flow_does() -> None:
    rng = np.random.default_rng(4)
    pairs = rng.normal(0.0, 1.5, (6, 17, len(FACE) + 5, 2)).astype(np.float32)
    relief = rng.normal(0.0, 40.0, (6, len(FACE) + 5, 3)).astype(np.float32)
    there = freed_on_device(torch.from_numpy(pairs), torch.from_numpy(relief)).numpy()
    flat = pairs.reshape(-1, len(FACE) + 5, 2)
    here = without_rotation(flat, np.repeat(relief, 17, axis=0))
    np.testing.assert_allclose(there.reshape(here.shape), here, atol=2e-3)


def parcel(rng: np.random.Generator, count: int = 4) -> tuple[SimulatedSequences, list[Sequence]]:
    lines = (Timing("ME", 20, 25, 32), Timing("MaE", 60, 72, 100))
    labels = frame_labels(lines, SEQUENCE_FRAMES)
    moved = np.array([walk(rng, SEQUENCE_FRAMES, len(FACE) + 5) for _ in range(count)])
    relief = rng.normal(0.0, 40.0, (count, len(FACE) + 5, 3)).astype(np.float32)
    sequences = [Sequence(lines, SEQUENCE_FRAMES, 30.0, m, r) for m, r in zip(moved, relief, strict=True)]
    return (
        SimulatedSequences(
            moved,
            relief,
            np.repeat(labels.classes[None].astype(np.int8), count, axis=0),
            np.repeat(labels.soft[None], count, axis=0),
            np.repeat(labels.contrast[None].astype(np.int8), count, axis=0),
            rng.integers(SEQUENCE_FRAMES, size=(count, 64)),
            np.zeros((count, 2), np.float32),
        ),
        sequences,
    )


def test_the_device_cuts_the_windows_that_the_simulator_cuts() -> None:
    rng = np.random.default_rng(5)
    new, sequences = parcel(rng)
    bank = SequenceBank(FACE, 6, SEQUENCE_FRAMES, CPU)
    bank.add(new)
    bank.add(new)  # two of them find room
    assert len(bank) == 6
    centres = np.array([0, 7, 100, SEQUENCE_FRAMES - 1])
    generator = torch.Generator().manual_seed(0)
    for place, sequence in enumerate(sequences):
        there = bank.windows(torch.full((4,), place), torch.from_numpy(centres), generator).numpy()
        np.testing.assert_allclose(there, sequence.windows(centres, rng), atol=2e-3)
    targets = bank.targets(torch.zeros(4, dtype=torch.long), torch.from_numpy(centres))
    labels = frame_labels(sequences[0].timelines, SEQUENCE_FRAMES).take(centres)
    np.testing.assert_array_equal(targets.classes.numpy(), labels.classes)
    np.testing.assert_array_equal(targets.contrast.numpy(), labels.contrast)


def test_films_run_backwards_slower_and_mirrored() -> None:
    rng = np.random.default_rng(6)
    moved = walk(rng, 17, 24)
    window = (moved - moved[:1])[None]
    backwards = (moved[::-1] - moved[-1])[None]
    there = torch.from_numpy(window)
    np.testing.assert_allclose(reversed_in_time(there).numpy(), backwards, atol=1e-6)
    np.testing.assert_allclose(slowed(there, torch.ones(1)).numpy(), window, atol=1e-6)
    np.testing.assert_allclose(slowed(there, torch.tensor([0.5]))[0, 16].numpy(), window[0, 8], atol=1e-6)
    np.testing.assert_array_equal(mirrored_on_device(there, FACE).numpy(), mirrored(window, FACE))


def test_a_batch_holds_what_the_mix_says() -> None:
    rng = np.random.default_rng(7)
    runs = [
        ("train real", run_named("real.mp4", "P1", 1, 300)),
        ("train rendered", run_named("r.mp4", "P2", 2, 300)),
    ]
    config = MixConfig(rendered=0.5, real=0.5, laid_over=0.0, drop_region=0.0, drop_part=0.0, noisy=0.0)
    recorded = RecordedWindows(runs, FACE, config, CPU)
    bank = SequenceBank(FACE, 8, SEQUENCE_FRAMES, CPU)
    bank.add(parcel(rng)[0])
    generator = torch.Generator().manual_seed(0)
    windows, targets = DeviceBatches(recorded, bank, bank, config, FACE).draw(64, generator)
    assert windows.shape == (64, 17, 24, 2)
    assert (targets.contrast > 0).float().mean() > 0.4  # expressions are drawn oftener than they are
    assert not windows[:, 0].any()
    bare = MixConfig(rendered=0.0, real=0.0, laid_over=1.0, bare=1.0)
    windows, targets = DeviceBatches(recorded, bank, bank, bare, FACE).draw(64, generator)
    assert not targets.contrast.any()
    assert (targets.classes == 2).all()


def test_a_whole_call_leaves_weights_and_a_log(tmp_path: Path, demo_mesh: Float32Array) -> None:
    network = {"dim": 8, "batch": 32, "warmup_steps": 5}
    recipe = {
        "call": {"seconds": 4.0, "look_every_s": 60.0, "capacity": 16, "overlay_capacity": 16, "workers": 1},
        "networks": [
            {"name": "wide", "regions": "face", **network},
            {"name": "ten", "regions": "paper", **network},
        ],
    }
    sets = {
        "train real": (run_named("real.mp4", "P1", 1),),
        "train rendered": (run_named("r.mp4", "P2", 2),),
        "validation": (run_named("v.mp4", "P3", 3),),
    }
    write_bundle(tmp_path / "b", Bundle(sets, (demo_mesh,), recipe))
    run_call(read_bundle(tmp_path / "b"), tmp_path / "out", CPU)
    rows = json.loads((tmp_path / "out" / "log.json").read_text())
    assert [row["network"] for row in rows if "done" in row] == ["wide", "ten"]
    assert not [row for row in rows if "look failed" in row or "judge failed" in row]
    for name, layout in (("wide", FACE), ("ten", PAPER)):
        states = load_file(tmp_path / "out" / f"{name}.safetensors")
        fresh = SpotFormer(SpotFormerConfig(dim=8, regions=layout.name))
        for state in ("last", "best"):
            mine = {
                key.removeprefix(f"{state}."): v for key, v in states.items() if key.startswith(f"{state}.")
            }
            fresh.load_state_dict(
                {key: value.float() if value.is_floating_point() else value for key, value in mine.items()}
            )
