"""Stamps from arrivals, by simulated arrivals: how far they are off what the camera's script says."""

from __future__ import annotations

from collections.abc import Iterable

import loopback_camera as cameras
import numpy as np
import pytest

from livespot.capture.stamps import ArrivalStamps

KNOWN_S = 1.0  # the rate is known after a second, which a live source spends on warming up


def stamped(
    script: Iterable[cameras.Shot], noise_s: float, seed: int
) -> tuple[ArrivalStamps, np.ndarray, np.ndarray]:
    """The step, stamp and arrival of each shot; each arrives later by an exponentially spread delay, in order."""
    due = np.array([shot.due_s for shot in script])
    late = np.random.default_rng(seed).exponential(noise_s, len(due)) if noise_s else 0.0
    arrivals = np.maximum.accumulate(due + late)
    step, made = ArrivalStamps(), []
    for arrival in arrivals.tolist():
        if (limit := step.wait_until_s) is not None and arrival >= limit:
            made += step.flush()
        made += step.push(arrival)
    return step, np.array(made + step.flush()), arrivals


def errors_ms(script: list[cameras.Shot], stamps: np.ndarray, fps: float) -> np.ndarray:
    taken = np.array([shot.number for shot in script]) / fps
    off = (stamps - taken)[round(KNOWN_S * fps) :]
    return 1e3 * np.abs(off - np.median(off))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("noise_s", [0.0, 0.001])
@pytest.mark.parametrize(
    ("kind", "fps", "worst_ms"),
    [
        ("steady", 30.0, 2.0), ("bursts of 3", 30.0, 3.0), ("bursts of 6", 30.0, 4.0), ("thinned", 30.0, 2.0),
        ("steady", 60.0, 2.0),
    ],
)  # fmt: skip
def test_stamps_are_those_of_a_steady_camera_however_frames_arrive(kind, fps, worst_ms, noise_s, seed):
    script = list(
        {
            "steady": lambda: cameras.steady(fps, 8.0),
            "bursts of 3": lambda: cameras.in_bursts(fps, 8.0),
            "bursts of 6": lambda: cameras.in_bursts(fps, 8.0, burst=6),
            "thinned": lambda: cameras.thinned(cameras.steady(fps, 8.0), 20),
        }[kind]()
    )
    step, stamps, arrivals = stamped(script, noise_s, seed)
    assert len(stamps) == len(script)
    assert np.percentile(errors_ms(script, stamps, fps), 95) < worst_ms
    assert step.lost == script[-1].number + 1 - len(script)
    assert step.rate_hz == pytest.approx(fps, rel=0.01)
    assert (np.diff(stamps) >= 0).all() and (stamps <= arrivals + 1e-9).all()


def test_a_rate_that_wanders_or_changes_is_followed():
    script = list(cameras.wandering(30.0, 12.0, share=0.04))
    step, stamps, _ = stamped(script, 0.001, 0)
    off = stamps - np.array([shot.due_s for shot in script])
    assert np.percentile(1e3 * np.abs(off[30:] - np.median(off[30:])), 95) < 12.0 and step.lost == 0
    step, _, _ = stamped(cameras.changing_rate([(30.0, 5.0), (15.0, 5.0)]), 0.001, 0)
    assert step.rate_hz == pytest.approx(15.0, rel=0.01) and step.lost <= 3
    step, _, _ = stamped(cameras.changing_rate([(15.0, 5.0), (30.0, 5.0)]), 0.001, 0)
    assert step.rate_hz == pytest.approx(30.0, rel=0.01) and step.lost == 0
