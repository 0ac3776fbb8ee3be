"""How long an engine takes: one window after the other, and batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livespot.inference.runner import MAX_BATCH, BatchRunner
from livespot.types import Float32Array

_WARM_CALLS = 20


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes
    ----------
    p50_ms, p95_ms, p99_ms : float
        One window, from the array that enters to the array that leaves.
    calls : int
        How many windows these are of.
    batch : int
    windows_per_s : float
        In batches of ``batch``.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    calls: int
    batch: int
    windows_per_s: float


def measured(
    runner: BatchRunner,
    windows: Float32Array,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Speed:
    """Measure a runner; the first calls are left out.

    Parameters
    ----------
    runner : BatchRunner
    windows : (n, 17, R, 2) float32
        Real ones; n at least :data:`~livespot.inference.runner.MAX_BATCH`.
    seconds : float
        For the single windows, and again for the batches.
    clock : callable, optional
    """
    for window in windows[:_WARM_CALLS]:
        runner.infer(window)
    taken: list[float] = []
    end = clock() + seconds
    while (began := clock()) < end or not taken:
        runner.infer(windows[len(taken) % len(windows)])
        taken.append(clock() - began)
    batch = windows[:MAX_BATCH]
    runner.infer_batch(batch)
    batches, began = 0, clock()
    while clock() < began + seconds or not batches:
        runner.infer_batch(batch)
        batches += 1
    p50, p95, p99 = (float(p) * 1000.0 for p in np.percentile(taken, (50, 95, 99)))
    rate = batches * len(batch) / max(clock() - began, 1e-9)
    return Speed(p50, p95, p99, len(taken), len(batch), rate)
